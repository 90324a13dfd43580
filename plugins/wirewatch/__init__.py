"""Wirewatch: every new article once, each copy recognised and explained, in Postgres."""

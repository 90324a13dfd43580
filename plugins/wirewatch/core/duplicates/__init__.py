"""Copies: what is compared, how it is measured, and when one text is held to be a copy of another."""

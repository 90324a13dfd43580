"""The Newsroom: the page inside Airflow's UI. Server-rendered, no outside asset, login on every route."""

"""The system on one machine: the embedded Postgres and Airflow, started, watched and stopped."""

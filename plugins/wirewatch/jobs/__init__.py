"""One function for each Airflow task: read, decide, write; plain arguments in, counts out."""

"""Pure decisions on values: no clock, no network, no SQL, no Airflow."""

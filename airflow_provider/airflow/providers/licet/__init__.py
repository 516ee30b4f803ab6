"""Airflow starts what a Licet hub does: jobs under a key, waited for without a worker, ended if nobody wants them."""

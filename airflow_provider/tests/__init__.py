"""The provider without a scheduler: what it asks, what it makes of answers. ``make airflow`` sets up where they run."""

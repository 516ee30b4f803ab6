"""The shared language: canonical records, transmissions, failures, and the one reader of foreign JSON and XML."""

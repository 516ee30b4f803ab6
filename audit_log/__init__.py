"""What really happened: the sync audit log, provable to strangers. Imports nothing of the hub."""

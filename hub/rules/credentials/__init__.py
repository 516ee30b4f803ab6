"""Credentials as lives: what was said of each number, what the hub gave, and what follows over time."""

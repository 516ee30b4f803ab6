"""The hub's own log: signing it, reading it."""

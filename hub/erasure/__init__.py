"""Erasing a person: what hinders it, where they are named, and what is destroyed."""

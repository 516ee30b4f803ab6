"""Certificates of what the hub issued: signed facts, and a page that people can read."""

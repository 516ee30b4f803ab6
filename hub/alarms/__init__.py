"""Somebody hears: what a person must look at stays until a person has."""

"""Packages: mapping documents and position rules, signed by author and approver, encrypted to the hubs they are for."""

"""Calls to other systems that other processes carry out for the decider."""

"""Rounds of asking a system: all pages of a window, one a poll, from where the last one left off.

How a page is asked for is the adapter's; settings say what an answer tells of itself, its items and the next page.
"""

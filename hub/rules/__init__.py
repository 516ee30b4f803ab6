"""Link rules: pure functions from a dossier, a position and an instant to a standing. No clock, no I/O.

Evidence becomes units (``attendance``), each clause one timeline (``demands``), a credential's life a list of events
(``credentials``), a post its rungs and scope (``posts``), and what there is to tell is read off these (``telling``).
"""

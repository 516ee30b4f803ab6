"""Proofs about position files, for every person there could be; a counter-example is one of them."""

"""Keys: ours and those of others, each with one use, one algorithm and a life."""

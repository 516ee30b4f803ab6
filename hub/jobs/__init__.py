"""Work that is asked for from outside: kept under a key, done once, seen while it is done, ended when asked."""

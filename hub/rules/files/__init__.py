"""Position files: read with the line of every fault, refused where they could not mean what they say, and warned of."""

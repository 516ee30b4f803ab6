"""One module an aggregate: its tables, the texts that read and change them, the types of their rows."""

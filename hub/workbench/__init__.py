"""The workbench of mapping documents for a browser: who may use it, what it shows, and where that is worked out."""

"""Makes the doors what they must be, and reads them back."""

"""What follows from the evidence: reviews, and dates that pass."""

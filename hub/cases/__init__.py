"""Cases: what a person at HR has to decide, kept with the review that finds it, and decided as facts."""

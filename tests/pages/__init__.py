"""The pages of the documentation that are derived from the code, and the site that all pages are made into."""

"""DAGs to begin with: copy one into the folder of DAGs and name your own connectors."""

"""Full-text search: one port, its engines, and the analysis that they share."""

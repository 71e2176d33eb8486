"""A course on a hub: nbgrader's exchange, and what formgrader's buttons do."""

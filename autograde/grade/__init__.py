"""From submitted/ to points in the gradebook: intake, run, record."""

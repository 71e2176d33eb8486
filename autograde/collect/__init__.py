"""From the files that platforms export to submitted/."""

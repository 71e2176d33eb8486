"""`check` and what it rests on. Imports NumPy alone, so that it also runs in the page."""

"""What the book's pages need for experiments: evidence, luck, plots, numbers for the prose."""

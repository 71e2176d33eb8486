"""Speed and memory of the reference cells, measured; not part of the tests."""

"""The commands of `autograde`, by stage. Each imports what is slow to load when it runs: help answers at once."""

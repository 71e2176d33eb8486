"""The hostile corpus: notebooks and files that try to earn points, to read secrets or to break the grader."""

"""`python -m autograde.hosted /autograder`: on Gradescope, grade the hand-in that lies there; see `run_autograder`."""

from __future__ import annotations

import sys
from pathlib import Path

from autograde.hosted.gradescope import grade_there

if __name__ == "__main__":
    grade_there(Path(sys.argv[1]))

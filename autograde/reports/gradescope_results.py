#!/usr/bin/env python3
"""On Gradescope: hands out the results that were made beforehand. Nothing of a hand-in runs."""

import json
import shutil
import sys
from pathlib import Path


def main(place):
    """Copy the result of the hand-in that the folder `place` is about; without one, say so and fail."""
    number = json.loads((place / "submission_metadata.json").read_text(encoding="utf-8"))["id"]
    result = place / "source" / "results" / "{}.json".format(number)  # noqa: UP032 - any Python 3
    if not result.is_file():
        sys.exit("This hand-in has not been graded yet. Its result comes when your instructor has graded it.")
    shutil.copy(str(result), str(place / "results" / "results.json"))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "/autograder"))

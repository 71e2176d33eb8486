"""Makes everything of `make course` after the set-up. A step that fails does not stop the others.

At the end each step has its place, or a sentence that says how to go on; the exit status is 1 where one failed.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Step:
    """One command, what it leaves (what, where), and the command that goes on after it failed."""

    name: str
    command: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    again: str


# The release and the demo class need no built book, and the book takes longest: it comes last.
STEPS = (
    Step("release", (str(BIN / "autograde"), "release"), (("student bundles", "_build/bundle/"),), "make release"),
    Step(
        "demo class",
        (str(BIN / "autograde"), "demo"),
        # It plays two assignments; `autograde demo --all` plays every one.
        (("demo class", "_build/demo/"), ("class report", "_build/demo/_build/report/index.html")),
        "make demo",
    ),
    Step("book", (sys.executable, "book/build.py"), (("the book", "_build/html/index.html"),), "make book"),
)


def make(steps: tuple[Step, ...] = STEPS, root: Path = ROOT) -> int:
    """Run all steps, print where to look, and return 0, or 1 where one failed."""
    failed = []
    for number, step in enumerate(steps, start=1):
        print(f"\n[{number}/{len(steps)}] {step.name}", flush=True)
        try:
            status = subprocess.run(step.command, cwd=root, check=False).returncode
        except OSError as error:
            print(f"{step.name}: {error}", file=sys.stderr)
            status = 1
        if status:
            failed.append(step)
    print("\nWhere to look:", flush=True)
    for step in steps:
        if step in failed:
            print(
                f"  {step.name:<16} failed, see [{steps.index(step) + 1}/{len(steps)}] above; go on with: {step.again}"
            )
            continue
        for what, place in step.places:
            # A demo class without a sandbox is made, but not graded: it has no report.
            print(f"  {what:<16} {place if (root / place).exists() else 'not made, see above'}")
    return 1 if failed else 0


def run(steps: tuple[Step, ...] = STEPS) -> int:
    """Make the steps; Ctrl-C ends in a sentence."""
    try:
        return make(steps)
    except KeyboardInterrupt:
        print("\nStopped. What is finished is kept; `make course` goes on from here.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(run())

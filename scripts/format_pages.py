"""Formats the code of pages and assignments (`make format`): nbqa, and the front matter kept as it was.

jupytext, with which nbqa writes the text back, drops keys of the front matter that it does not know.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("book", "solutions/exercises")
FENCE = "\n---\n"


def parts(text: str) -> tuple[str, str]:
    """Front matter and the rest."""
    front, fence, rest = text.partition(FENCE)
    return (front + fence, rest) if text.startswith("---\n") else ("", text)


def main() -> int:
    """Format, then put the front matter of each page back."""
    pages = {path: path.read_text("utf-8") for folder in FOLDERS for path in (ROOT / folder).rglob("*.md")}
    status = subprocess.run(
        [sys.executable, "-m", "nbqa", "ruff format --config scripts/ruff-pages.toml", *FOLDERS], cwd=ROOT
    ).returncode
    for path, before in pages.items():
        after = parts(before)[0] + parts(path.read_text("utf-8"))[1]
        if after != path.read_text("utf-8"):
            path.write_text(after, "utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())

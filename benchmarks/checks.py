"""Keeps which checks of a page no change of the code beside them makes fail: there may be none (`make portable`).

`tests/book/breaking.py` finds them, in a minute or so a page. A page whose code is as it was is not run again; tests
read the record, `benchmarks/checks.json`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.portable import ONE_THREAD, ROOT, cells, pages
from unrolled.lab import provenance
from unrolled.lab.records import records_read

RECORD = ROOT / "benchmarks/checks.json"
TOOL = ROOT / "tests/book/breaking.py"
LONGEST = 900  # seconds a page


def digest(page: str) -> str:
    """The hash of all that decides: the page's cells, what they import and read, libraries, what changes the code."""
    sources = [TOOL.read_text(encoding="utf-8"), *cells(pages()[page])]
    return provenance.digest(sources, [one for source in sources for one in records_read(source)])


def changed(path: Path) -> dict[str, Any]:
    """How many checks the page at `path` has, and which of them cannot fail.

    Raises:
        RuntimeError: a cell fails as it stands.
    """
    command = [sys.executable, "-W", "ignore", "-m", "tests.book.breaking", str(path)]
    environment = {**os.environ, **ONE_THREAD, "MPLBACKEND": "agg"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONGEST)
    if done.returncode:
        raise RuntimeError(f"{path.name}: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def known() -> dict[str, Any]:
    """The record, by page."""
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    return found


def main() -> int:
    """Run the pages that the record does not know as they are; status 1 where a check cannot fail."""
    record = {page: entry for page, entry in known().items() if page in pages()}
    stale = [page for page in pages() if record.get(page, {}).get("hash") != digest(page)]
    for page in stale:
        key = digest(page)  # before it runs: it may be edited meanwhile
        record[page] = {"hash": key, **changed(pages()[page])}
        ordered = {name: record[name] for name in pages() if name in record}
        RECORD.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(
            f"checks: {page}: {record[page]['sites']}, of which cannot fail: {record[page]['unbroken'] or 'none'}",
            flush=True,
        )
    return 1 if any(record[page]["unbroken"] for page in stale) else 0


if __name__ == "__main__":
    sys.exit(main())

"""Builds the book (`python book/build.py`): a fresh cache where needed, and no warning let through.

Claims that do not hold on this machine are listed at the end; `--strict` makes them an error, as CI does.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PORT_CLASH = "Address already in use"
READING = re.compile(r"reading sources\.\.\. \[ *(\d+)%\] (\S+)")
WRITING = re.compile(r"writing output\.\.\. \[ *(100)%\]")
PROBLEM = re.compile(r": (WARNING|ERROR|CRITICAL): ")
# Groups of runs without any spread are no mistake; SciPy's remark on them would put a path of this machine on the page.
QUIET = "ignore:Precision loss occurred in moment calculation:RuntimeWarning"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LOG_TAIL = 25

# What the results of executed cells depend on besides the cells, which the cache looks at itself.
CELL_INPUTS = ("book/unrolled/**/*.py", "requirements.txt")
# What the pages depend on besides their own text, which Sphinx looks at itself.
PAGE_INPUTS = (*CELL_INPUTS, "book/extensions/**/*.py", "book/figures/**/*", "_config.yml", "_toc.yml")


def digest(root: Path, patterns: Iterable[str]) -> str:
    """One hash over the names and the bytes of all files under `root` that match one of the glob patterns."""
    total = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()}):
        total.update(f"{path.relative_to(root).as_posix()}\0{path.stat().st_size}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def forget_stale(root: Path) -> list[str]:
    """Delete what earlier builds left that no longer holds, remember today's hashes, and say what went."""
    build = root / "_build"
    stamp = build / "book-inputs.json"
    try:
        before = json.loads(stamp.read_text())
    except (FileNotFoundError, ValueError):
        before = {}
    now = {"results": digest(root, CELL_INPUTS), "pages": digest(root, PAGE_INPUTS)}
    stale = [name for name in now if now[name] != before.get(name)]
    folders = {"results": [build / ".jupyter_cache"], "pages": [build / ".doctrees", build / "html"]}
    for name in stale:
        for folder in folders[name]:
            shutil.rmtree(folder, ignore_errors=True)
    build.mkdir(exist_ok=True)
    stamp.write_text(json.dumps(now, indent=1) + "\n")
    return stale


class Progress:
    """Turns Sphinx' words into a line a page, with the time left.

    Nearly all of the time goes into running cells, and each page is run when it is read; so the number of a page's
    code cells stands for the time that it takes.
    """

    def __init__(self, root: Path) -> None:
        self.cells = {
            path.relative_to(root).with_suffix("").as_posix(): path.read_text(encoding="utf-8").count("```{code-cell}")
            for path in (root / "book").rglob("*.md")
        }
        self.started = time.monotonic()
        self.read: list[str] = []

    def line(self, text: str) -> str:
        """What to show for a line of Sphinx'; empty for most."""
        if PROBLEM.search(text):
            return text.rstrip()
        if WRITING.match(text):
            return "pages written"
        if not (found := READING.match(text)):
            return ""
        percent, page = int(found[1]), found[2]
        if not self.read:
            self.started = time.monotonic()  # what came before says nothing about pages
        done = sum(self.cells.get(name, 0) for name in self.read)
        left = sum(cells for name, cells in self.cells.items() if name >= page)  # Sphinx reads in this order
        self.read.append(page)
        spent = time.monotonic() - self.started
        gone = f"{int(spent) // 60}:{int(spent) % 60:02}"
        guess = f", about {max(1, round(spent / done * left / 60))} min left" if done and spent > 5 else ""
        return f"{percent:3} %  {page} ({gone} gone{guess})"


def run_jupyter_book(root: Path, log: Path) -> int:
    """Run the build with every warning an error, show its progress, keep all of its words in `log`."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [str(program), "build", str(root), "-W", "-n", "--keep-going"]
    progress = Progress(root)
    with (
        log.open("w", encoding="utf-8") as record,
        subprocess.Popen(
            command,
            cwd=root,
            env={**os.environ, "PYTHONWARNINGS": QUIET},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as build,
    ):
        assert build.stdout is not None
        for coloured in build.stdout:
            line = COLOUR.sub("", coloured)
            record.write(line)
            if shown := progress.line(line):
                print("  " + shown, flush=True)
    return build.returncode


def explain_failure(root: Path, log: Path) -> None:
    """Print why the build failed: the error of each failing cell if there is one, and the end of the log."""
    for report in sorted((root / "_build/html/reports").rglob("*.log")):
        words = COLOUR.sub("", report.read_text(encoding="utf-8"))
        page, cell = report.name.removesuffix(".err.log"), words.partition("CellExecutionError: ")[2]
        print(f"\nA cell of {page} failed: {cell or words}", file=sys.stderr)
    tail = log.read_text(encoding="utf-8").splitlines()[-LOG_TAIL:]
    print("\n".join(["", f"The end of {log.relative_to(root)}:", *tail]), file=sys.stderr)
    print("\nbook: the build failed (see above); correct the page and run `make book` again", file=sys.stderr)


def failed_claims(root: Path) -> list[dict[str, Any]]:
    """The claims of the built book that did not hold, as `extensions/evidence.py` wrote them."""
    try:
        claims = json.loads((root / "_build/claims.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [claim for claim in claims if not claim["holds"]]


def build(root: Path, strict: bool = False) -> int:
    """Build the book into `_build/html`; return 0, or 1 after saying what failed."""
    if missing := [name for name in ("_config.yml", "_toc.yml") if not (root / name).exists()]:
        print(f"book: {missing[0]} is missing; take it from a fresh copy of the course", file=sys.stderr)
        return 1
    stale = forget_stale(root)
    print("book: building" + (f" (new: {' and '.join(stale)})" if stale else ""), flush=True)
    log = root / "_build/book.log"
    shutil.rmtree(root / "_build/html/reports", ignore_errors=True)
    status = run_jupyter_book(root, log)
    if status and PORT_CLASH in log.read_text(encoding="utf-8"):
        print("book: a kernel found its port taken; building once more", flush=True)
        status = run_jupyter_book(root, log)
    if status:
        explain_failure(root, log)
        # Otherwise Sphinx would take the failed page for a finished one and the next build would pass.
        shutil.rmtree(root / "_build/.doctrees", ignore_errors=True)
        return 1
    failed = failed_claims(root)
    if failed:
        print("book: these claims did not hold on this machine; their sentences are marked:")
        for claim in failed:
            print(f"  {claim['page']}: {claim['what']} (margin {claim['margin']})")
    print(f"book: the first page is {(root / '_build/html/index.html').relative_to(root)}")
    return 1 if failed and strict else 0


def main() -> int:
    """Build, and turn what the machine lacks into one sentence with its remedy."""
    try:
        return build(ROOT, strict="--strict" in sys.argv[1:])
    except FileNotFoundError as error:
        print(f"book: {error.filename} is missing; run `make setup`, then `make book` again", file=sys.stderr)
    except OSError as error:
        print(f"book: {error}; make room (or permission) for _build and run `make book` again", file=sys.stderr)
    except KeyboardInterrupt:
        print("book: stopped; pages that were run are kept, `make book` goes on from there", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())

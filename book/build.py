"""Builds the book (`python book/build.py`): runs cells where needed, then Sphinx, and lets no warning through.

Claims that do not hold on this machine are listed at the end; `--strict` makes them an error, as CI does.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# jsonschema builds a grammar of internationalised web addresses on import, a second each time, unless that is blocked.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from execution import COLOUR, execute, read_seconds  # noqa: E402 (after the block)
from runtime import NotAsLocked, NotFetched, install  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
WRITING = re.compile(r"writing output\.\.\. \[ *(100)%\]")
PROBLEM = re.compile(r": (WARNING|ERROR|CRITICAL): ")
LOG_TAIL = 25
JUPYTER_BOOK = "import sys; sys.modules['rfc3987_syntax'] = None; from jupyter_book.cli.main import main; main()"
BUDGET = 45  # seconds of the processor that a page may take

# What all pages depend on besides their text, which Sphinx looks at itself, and their results.
PAGE_INPUTS = (
    "requirements.txt",
    "book/extensions/**/*.py",
    "book/figures/**/*",
    "book/templates/*",
    "book/theme/**/*",
    "_config.yml",
    "_toc.yml",
    "CITATION.cff",  # the version at the foot of each page
)


def digest(root: Path, patterns: Iterable[str]) -> str:
    """One hash over the names and the bytes of all files under `root` that match one of the glob patterns."""
    total = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()}):
        total.update(f"{path.relative_to(root).as_posix()}\0{path.stat().st_size}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def forget_stale(root: Path, new: list[str], everything: bool) -> None:
    """Delete what Sphinx made of the pages with new results, which it cannot know of, or all that it made."""
    build = root / "_build"
    for name in new:
        (build / f".doctrees/{name}.doctree").unlink(missing_ok=True)
    if everything:
        for folder in (build / ".doctrees", build / "html"):
            shutil.rmtree(folder, ignore_errors=True)


def worth_showing(text: str) -> str:
    """What to show for a line of Sphinx'; empty for most."""
    return text.rstrip() if PROBLEM.search(text) else "pages written" if WRITING.match(text) else ""


def run_jupyter_book(root: Path, log: Path) -> int:
    """Run the build with every warning an error, show its problems, append all of its words to `log`."""
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(root), "-W", "-n", "--keep-going"]
    with (
        log.open("a", encoding="utf-8") as record,
        subprocess.Popen(
            command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as build,
    ):
        assert build.stdout is not None
        for coloured in build.stdout:
            line = COLOUR.sub("", coloured)
            record.write(line)
            if shown := worth_showing(line):
                print("  " + shown, flush=True)
    return build.returncode


def explain_failure(root: Path, log: Path, errors: dict[str, str]) -> None:
    """Print why the build failed: the error of each page whose cells failed, or else the end of Sphinx' log."""
    for page, error in sorted(errors.items()):
        print(f"\nA cell of {page} failed: {error}", file=sys.stderr)
    if not errors:
        tail = log.read_text(encoding="utf-8").splitlines()[-LOG_TAIL:]
        print("\n".join(["", f"The end of {log.relative_to(root)}:", *tail]), file=sys.stderr)
    print("\nbook: the build failed (see above); correct the page and run `make book` again", file=sys.stderr)


def show_seconds(root: Path, pages: list[str]) -> None:
    """Print what these pages took, the longest first, and which of them take too long."""
    seconds = read_seconds(root)
    for page in sorted(pages, key=lambda page: -seconds[page]["cpu"]):
        over = f"  over the budget of {BUDGET} s" if seconds[page]["cpu"] > BUDGET else ""
        print(f"  {page:<32}{seconds[page]['wall']:7.1f} s{seconds[page]['cpu']:7.1f} s of the processor{over}")


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
    (root / "_build").mkdir(exist_ok=True)
    stamp, log = root / "_build/book-inputs", root / "_build/book.log"
    inputs, before = digest(root, PAGE_INPUTS), stamp.read_text(encoding="utf-8") if stamp.exists() else ""
    stamp.unlink(missing_ok=True)  # comes back when all is done: a build that was stopped leaves nothing to trust
    with log.open("w", encoding="utf-8") as record:
        new, errors = execute(root, record)
    show_seconds(root, new)
    if not errors:
        print("book: writing pages", flush=True)
        forget_stale(root, new, everything=inputs != before)
    if errors or run_jupyter_book(root, log):
        explain_failure(root, log, errors)
        return 1
    stamp.write_text(inputs, encoding="utf-8")
    failed = failed_claims(root)
    if failed:
        print("book: these claims did not hold on this machine; their sentences are marked:")
        for claim in failed:
            print(f"  {claim['page']}: {claim['what']} (margin {claim['margin']})")
    print(f"book: the first page is {(root / '_build/html/index.html').relative_to(root)}")
    return 1 if failed and strict else 0


def add_python(root: Path, strict: bool = False) -> int:
    """Put Python for the page into the built book; return 0, or 1 after saying why it is not there.

    Without a network the book is whole but for that, which is an error for `strict` only.
    """
    try:
        install(root, root / "_build/html")
    except NotFetched as error:
        print(
            "book: the pages are there, but their cells cannot run in a browser: Python for the page could not be down"
            f"loaded ({error}). With a network, `make book` fetches it; README, *Python in the page*, says how else",
            file=sys.stderr,
        )
        return 1 if strict else 0
    except NotAsLocked as error:
        print(f"book: Python for the page was refused: {error}", file=sys.stderr)
        return 1
    return 0


def main() -> int:
    """Build, and turn what the machine lacks into one sentence with its remedy."""
    strict = "--strict" in sys.argv[1:]
    try:
        return build(ROOT, strict) or add_python(ROOT, strict)
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

"""`python -m printing [PAGE …]`, in book/: writes _build/print/unrolled.pdf and unrolled.epub of what is built.

With names of pages (`gru`), of these alone.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from printing.browser import NoBrowserError, launched
from printing.epub import write_epub
from printing.gather import PrintError, gather
from printing.pdf import write_pdf
from printing.whole import write_whole

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "_build/print"
WHOLE, PART = "unrolled", "part"  # the files' name, without and with pages chosen


def size(file: Path) -> str:
    """A file's size as one says it."""
    return f"{file.stat().st_size / 1e6:.1f} MB"


def is_up_to_date(root: Path) -> bool:
    """Whether both files are newer than every built page, and than what makes them."""
    sources = [
        *(root / "_build/html/book").rglob("*.html"),
        *(root / "book/printing").rglob("*"),
        root / "CITATION.cff",
    ]
    files = [root / FOLDER / f"{WHOLE}.{kind}" for kind in ("pdf", "epub")]
    return all(file.exists() for file in files) and max(one.stat().st_mtime for one in sources) <= min(
        file.stat().st_mtime for file in files
    )


def write(root: Path, pages: list[str]) -> None:
    """Write both files, each beside its place first, so that what is there is whole.

    Raises:
        PrintError: the book is not built, or a page is not in it.
        NoBrowserError: there is no browser.
    """
    site, place = root / "_build/html", root / FOLDER
    book = gather(root, time.strftime("%Y-%m-%d"), pages)
    whole, pdf, epub = (place / f"{PART if pages else WHOLE}.{kind}" for kind in ("html", "pdf", "epub"))
    write_whole(book, site, whole)
    with launched() as browser:
        count = write_pdf(browser, book, whole, pdf.with_suffix(".pdf.new"))
        pdf.with_suffix(".pdf.new").replace(pdf)
        print(f"print: {pdf.relative_to(root)}, {count} pages, {size(pdf)}", flush=True)
        write_epub(browser, book, site, whole, epub.with_suffix(".epub.new"))
    epub.with_suffix(".epub.new").replace(epub)
    print(f"print: {epub.relative_to(root)}, {len(book.chapters)} chapters, {size(epub)}", flush=True)


def main() -> int:
    """Write, and turn what is missing into one sentence with its remedy."""
    try:
        pages = sys.argv[1:]
        if not pages and is_up_to_date(ROOT):
            print(f"print: {FOLDER}/ is up to date")
        else:
            write(ROOT, pages)
    except (PrintError, NoBrowserError) as error:
        print(f"print: {error}", file=sys.stderr)
    except OSError as error:
        print(f"print: {error}; make room (or permission) for {FOLDER} and run `make print` again", file=sys.stderr)
    except KeyboardInterrupt:
        print("print: stopped; nothing is half written", file=sys.stderr)
        return 130
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())

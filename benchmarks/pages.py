"""A book of so many pages like the course's: what building it costs, first, anew and after an edit, and what it weighs.

Its pages are made up, so that any number of them stands beside each other: prose, labelled equations, a figure, cells.
Configuration, extensions and theme are the real ones.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import yaml

from unrolled.data.text import python_reference

ROOT = Path(__file__).resolve().parents[1]
PAGES = 4
SECTIONS = 8
LETTERS = 1_500  # of prose, a section
# What a page is made with; the folder has pages of its own.
REAL = ("_config.yml", "CITATION.cff", "requirements.txt", "records")
REAL_IN_BOOK = ("extensions", "figures", "templates", "theme", "references.bib", "claims.toml", "unrolled")
TITLE = """\
---
jupytext: {{text_representation: {{extension: .md, format_name: myst}}}}
kernelspec: {{name: python3, display_name: Python 3}}
---

# Page {page}

"""
SECTION = """\
## Section {section} of page {page}

{prose}

$$ h_{{t}} = \\tanh(W x_{{t}} + U h_{{t - 1}} + b_{{{page}}}) $$ (eq-{page}-{section})

By {{eq}}`eq-{page}-{section}` the state depends on all inputs so far.

```{{code-cell}} ipython3
import numpy as np

print(np.tanh({page} * np.arange({section})))
```

"""


def write_book(root: Path, pages: int) -> list[Path]:
    """Write a book of so many pages; returns their files."""
    (root / "book").mkdir(parents=True)
    for name in (*REAL, *(f"book/{name}" for name in REAL_IN_BOOK)):
        (root / name).symlink_to(ROOT / name)
    words = " ".join(re.findall(r"[A-Za-z]+[,.]?", python_reference()))
    (root / "book/index.md").write_text("# A book\n\nIt grows.\n", "utf-8")
    files = [root / f"book/page-{page}.md" for page in range(pages)]
    for page, file in enumerate(files):
        text = TITLE.format(page=page)
        for section in range(SECTIONS):
            start = (page * SECTIONS + section) * LETTERS
            text += SECTION.format(page=page, section=section, prose=words[start : start + LETTERS])
        file.write_text(text, "utf-8")
    contents = {"format": "jb-book", "root": "book/index", "chapters": [{"file": f"book/{one.stem}"} for one in files]}
    (root / "_toc.yml").write_text(yaml.safe_dump(contents), "utf-8")
    return files


def builds(
    factor: int, folder: Path, seconds: Callable[[Callable[[], object]], float]
) -> dict[str, tuple[float, float]]:
    """What each build of a book costs, and kB (compressed) of its pages and its search's index; by page.

    Raises:
        RuntimeError: the book could not be built, or an edit of prose ran cells.
    """
    sys.path.insert(0, str(ROOT / "book"))
    import build

    files = write_book(folder, PAGES * factor)
    told = StringIO()

    def once() -> None:
        with redirect_stdout(told):
            if build.build(folder):
                raise RuntimeError(f"the book of the benchmark could not be built:\n{told.getvalue()}")

    found = {"built cold": seconds(once), "nothing new": seconds(once)}
    files[0].write_text(files[0].read_text("utf-8").replace("so far.", "so far, and on no other."), "utf-8")
    found["prose edited"] = seconds(once)
    if told.getvalue().count("book: running") != 1:
        raise RuntimeError(f"an edit of prose ran cells:\n{told.getvalue()}")
    site = folder / "_build/html"
    sent = [*(site / "book").glob("*.html"), site / "_static/search-index.js"]
    found["kB sent"] = sum(len(gzip.compress(file.read_bytes())) for file in sent) / 1000
    return {f"a page, {what}": (float(len(files)), cost) for what, cost in found.items()}

"""Gives the site a font with just the Chinese characters that stand on its pages, for readers whose system has none."""

from __future__ import annotations

import re
from importlib.metadata import files
from pathlib import Path
from typing import Any

from fontTools import subset
from sphinx.application import Sphinx
from sphinx.util import logging

PACKAGE, FONT, LICENCE = "zhplot", "NotoSansSC-Regular.ttf", "OFL.txt"
CHINESE = re.compile(r"[\u2e80-\u2fdf\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
TARGET = "_static/chinese.woff"
logger = logging.getLogger(__name__)


def characters(site: Path) -> str:
    """All Chinese characters and punctuation of the site's pages, in order of their code points."""
    return "".join(
        sorted({found for page in site.rglob("*.html") for found in CHINESE.findall(page.read_text("utf-8"))})
    )


def cut(font: Path, text: str, target: Path) -> None:
    """Write the part of `font` that shows `text`, as WOFF."""
    options = subset.Options(flavor="woff", layout_features=["*"], notdef_outline=True, hinting=False)
    whole = subset.load_font(str(font), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=text)
    cutter.subset(whole)
    subset.save_font(whole, str(target), options)


def packaged(name: str) -> Path:
    """A file of the package that carries the font.

    Raises:
        PackageNotFoundError: it is not installed.
        FileNotFoundError: it has no such file.
    """
    for file in files(PACKAGE) or ():
        if file.name == name:
            return Path(str(file.locate()))
    raise FileNotFoundError(f"{name} of the package {PACKAGE}")


def write_font(app: Sphinx, error: Exception | None) -> None:
    """Cut the font when all pages are written, and lay its licence beside it."""
    site = Path(app.outdir)
    if error is not None or app.builder.format != "html" or not (text := characters(site)):
        return
    target = site / TARGET
    wanted = target.with_suffix(".txt")  # which characters it has: an unchanged set is not cut again
    if not (target.exists() and wanted.exists() and wanted.read_text("utf-8") == text):
        cut(packaged(FONT), text, target)
        wanted.write_text(text, "utf-8")
    target.with_suffix(".licence.txt").write_bytes(packaged(LICENCE).read_bytes())


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", write_font, priority=950)  # after the theme's files are copied
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

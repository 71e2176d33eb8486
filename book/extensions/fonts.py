"""Cuts fonts down to what the site's pages show: Chinese, for systems that have none, and the theme's icons."""

from __future__ import annotations

import re
from importlib.metadata import files
from pathlib import Path
from typing import Any

from fontTools import subset
from sphinx.application import Sphinx

PACKAGE, FONT, LICENCE = "zhplot", "NotoSansSC-Regular.ttf", "OFL.txt"
CHINESE = re.compile(r"[\u2e80-\u2fdf\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
TARGET = "_static/chinese.woff2"

ICONS = "_static/vendor/fontawesome/webfonts/fa-solid-900"
ICON_STYLE = "_static/styles/pydata-sphinx-theme.css"
ICON_NAME = re.compile(r"\bfa-[a-z0-9-]+")
ICON_RULE = re.compile(r"((?:\.fa-[a-z0-9-]+:{1,2}before,?)+)\{content:\"\\([0-9a-f]+)\"\}")
ICON_CODE = re.compile(r"\"\\(f[0-9a-f]{3})\"")


def characters(site: Path) -> str:
    """All Chinese characters and punctuation of the site's pages, in order of their code points."""
    texts = (page.read_text("utf-8") for page in site.rglob("*.html"))
    return "".join(sorted({found for text in texts for found in CHINESE.findall(text)}))


def named_icons(site: Path) -> set[str]:
    """The names of icons that stand in pages and scripts of the site."""
    places = (*site.rglob("*.html"), *site.rglob("*.js"))
    return {name for place in places for name in ICON_NAME.findall(place.read_text("utf-8", errors="replace"))}


def icons(site: Path, used: set[str]) -> str:
    """The icons of these names and those of styles of the site, in order of their code points."""
    style = (site / ICON_STYLE).read_text("utf-8")
    codes = {code for names, code in ICON_RULE.findall(style) if used & set(ICON_NAME.findall(names))}
    for sheet in (site / "_static").rglob("*.css"):
        codes |= set(ICON_CODE.findall(ICON_RULE.sub("", sheet.read_text("utf-8", errors="replace"))))
    return "".join(sorted(chr(int(code, 16)) for code in codes))


def drop_icon_rules(style: Path, used: set[str]) -> None:
    """Remove the rules of all other icons from the theme's style: a fifth of what a page without mathematics loads."""
    rules = ICON_RULE.sub(
        lambda rule: rule[0] if used & set(ICON_NAME.findall(rule[1])) else "", style.read_text("utf-8")
    )
    style.write_text(rules, encoding="utf-8")


def cut(font: Path, text: str, target: Path) -> None:
    """Write the part of `font` that shows `text`, as WOFF2."""
    options = subset.Options(flavor="woff2", layout_features=["*"], notdef_outline=True, hinting=False)
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


def write_fonts(app: Sphinx, error: Exception | None) -> None:
    """Cut both fonts when all pages are written, and lay the licence of the one that is not the theme's beside it."""
    site = Path(app.outdir)
    if error is not None or app.builder.format != "html":
        return
    if text := characters(site):
        cut(packaged(FONT), text, site / TARGET)
        (site / TARGET).with_suffix(".licence.txt").write_bytes(packaged(LICENCE).read_bytes())
    if (whole := site / f"{ICONS}.ttf").exists():
        used = named_icons(site)
        cut(whole, icons(site, used), site / f"{ICONS}.woff2")
        drop_icon_rules(site / ICON_STYLE, used)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", write_fonts, priority=950)  # after the theme's files are copied
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

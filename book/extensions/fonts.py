"""Cuts fonts down to what the site's pages show: Chinese, for systems that have none, and the theme's icons."""

from __future__ import annotations

import re
from collections import Counter
from importlib.metadata import files
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools import subset
from sphinx.application import Sphinx

PACKAGE, FONT, LICENCE = "zhplot", "NotoSansSC-Regular.ttf", "OFL.txt"
CHINESE = re.compile(r"[\u2e80-\u2fdf\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
WHOLE, RULES = "_static/chinese.woff2", "_static/chinese.css"
SHARED = "shared"
RULE = """@font-face {{
  font-display: swap;
  font-family: "Unrolled Chinese";
  src: url("{file}") format("woff2");
  unicode-range: {codes};
}}
"""

ICONS = "_static/vendor/fontawesome/webfonts/fa-solid-900"
ICON_STYLE = "_static/styles/pydata-sphinx-theme.css"
ICON_NAME = re.compile(r"\bfa-[a-z0-9-]+")
ICON_RULE = re.compile(r"((?:\.fa-[a-z0-9-]+:{1,2}before,?)+)\{content:\"\\([0-9a-f]+)\"\}")
ICON_CODE = re.compile(r"\"\\(f[0-9a-f]{3})\"")


def characters(site: Path) -> dict[str, str]:
    """Chinese characters and punctuation of the site's pages, in order of their code points, in parts.

    A page loads the part that it shares with other pages and its own, so that no page grows with another's poems.

    Returns:
        The characters of each part by its name: `SHARED`, or a page's. Each character has one part.
    """
    pages = {
        "-".join(page.relative_to(site).with_suffix("").parts): set(CHINESE.findall(page.read_text("utf-8")))
        for page in sorted(site.rglob("*.html"))
    }
    counts = Counter(character for found in pages.values() for character in found)
    own = {name: "".join(sorted(one for one in found if counts[one] == 1)) for name, found in pages.items()}
    shared = "".join(sorted(character for character, many in counts.items() if many > 1))
    return {name: text for name, text in {SHARED: shared, **own}.items() if text}


def write_chinese(font: Path, parts: dict[str, str], site: Path) -> None:
    """Write one font of all parts, for the printed book, one of each, and the rules by which pages choose.

    Nothing is written where the pages show what they showed before.
    """
    whole, rules = site / WHOLE, site / RULES
    files = {name: whole.with_stem(f"{whole.stem}-{name}") for name in parts}
    codes = {name: ", ".join(f"U+{ord(character):X}" for character in text) for name, text in parts.items()}
    written = "".join(RULE.format(file=files[name].name, codes=codes[name]) for name in parts)
    if rules.exists() and rules.read_text("utf-8") == written:
        return
    rules.unlink(missing_ok=True)  # comes back when all fonts are there
    for before in whole.parent.glob(f"{whole.stem}-*.woff2"):
        before.unlink()
    every = "".join(parts.values())
    unpacked = BytesIO()  # in which each part reads only what it needs
    cut(font, every, unpacked, flavor=None)
    for text, target in [(every, whole), *((parts[name], files[name]) for name in parts)]:
        cut(BytesIO(unpacked.getvalue()), text, target)
    rules.write_text(written, "utf-8")


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


def cut(font: Path | BytesIO, text: str, target: Path | BytesIO, flavor: str | None = "woff2") -> None:
    """Write the part of `font` that shows `text`, as WOFF2 or unpacked."""
    options = subset.Options(flavor=flavor, layout_features=["*"], notdef_outline=True, hinting=False)
    with subset.load_font(font, options) as whole:
        cutter = subset.Subsetter(options)
        cutter.populate(text=text)
        cutter.subset(whole)
        subset.save_font(whole, target, options)


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
    write_chinese(packaged(FONT), characters(site), site)
    (site / WHOLE).with_suffix(".licence.txt").write_bytes(packaged(LICENCE).read_bytes())
    if (whole := site / f"{ICONS}.ttf").exists():
        used = named_icons(site)
        cut(whole, icons(site, used), site / f"{ICONS}.woff2")
        drop_icon_rules(site / ICON_STYLE, used)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", write_fonts, priority=950)  # after the theme's files are copied
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

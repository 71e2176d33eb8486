"""The extension `lighter`: what a page loads before its first words; nothing is lost or put in another order."""

import sys
from types import SimpleNamespace

import pytest

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book/extensions"))

import lighter

STYLES = {
    "_static/styles/theme.css": '/* first */ @import "../basic.css";',
    "_static/basic.css": "p { background: url(file.png); }",
    "_static/styles/icons.css": '@charset "UTF-8"; @font-face { src: url("../fonts/a.woff2"), url(data:x); }',
    "_static/run.css": ".run { color: red; }",
    "_static/unrolled.css": '@import url("chinese.css");\n.own { color: blue; }',
    "_static/chinese.css": "@font-face { src: url('chinese.woff2'); }",
}
HEAD = """<html><head>
<link href="{up}_static/styles/theme.css?digest=1" rel="stylesheet" />
<link rel="preload" as="font" href="{up}_static/fonts/a.woff2" />
<link rel="stylesheet" type="text/css" href="{up}_static/styles/icons.css?v=2" />
{more}<link rel="stylesheet" type="text/css" href="{up}_static/unrolled.css?v=3" />
<link media="print" rel="stylesheet" type="text/css" href="{up}_static/print.css?v=4" />
<script src="{up}_static/documentation_options.js?v=5"></script>
<script src="{up}_static/doctools.js?v=6"></script>
<script defer="defer" src="{up}_static/mathjax/startup.js"></script>
<script>DOCUMENTATION_OPTIONS.pagename = "page";</script>
</head><body><p>Words.</p><script src="{up}_static/figure.js"></script></body></html>
"""
RUN = '<link rel="stylesheet" type="text/css" href="../_static/run.css?v=7" />\n'


@pytest.fixture
def app(tmp_path):
    """A site of two pages, one of which has a style of its own."""
    for name, text in STYLES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "book").mkdir()
    (tmp_path / "search.html").write_text(HEAD.format(up="", more=""), "utf-8")
    (tmp_path / "book/page.html").write_text(HEAD.format(up="../", more=RUN), "utf-8")
    (tmp_path / "404.html").write_text("<html><head></head><body>Lost.</body></html>", "utf-8")
    (tmp_path / "trees").mkdir()
    config = SimpleNamespace(html_css_files=[("unrolled.css", {}), ("print.css", {"media": "print"})])
    builder = SimpleNamespace(format="html")
    return SimpleNamespace(outdir=str(tmp_path), doctreedir=str(tmp_path / "trees"), config=config, builder=builder)


def pages(tmp_path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted(tmp_path.rglob("*.html"))}


def test_styles_of_all_pages_come_in_two_files_and_others_stay_between_them(app, tmp_path):
    lighter.lighten(app, None)
    loaded = {name: lighter.styles_of(text) for name, text in pages(tmp_path).items()}
    assert loaded == {
        "404.html": [],
        "page.html": [lighter.THEME, "_static/run.css", lighter.OWN],
        "search.html": [lighter.THEME, lighter.OWN],
    }
    assert 'media="print"' in pages(tmp_path)["page.html"]
    assert f'href="../{lighter.THEME}?v=' in pages(tmp_path)["page.html"]


def test_what_styles_import_stands_in_them_and_addresses_lead_where_they_led(app, tmp_path):
    lighter.lighten(app, None)
    theme, own = ((tmp_path / name).read_text("utf-8") for name in (lighter.THEME, lighter.OWN))
    assert "@import" not in theme + own and "@charset" not in theme
    assert theme.index("url(file.png)") < theme.index('url("fonts/a.woff2")') and "url(data:x)" in theme
    assert own.index("url('chinese.woff2')") < own.index(".own")


def test_scripts_wait_but_the_one_that_lines_in_the_page_need(app, tmp_path):
    lighter.lighten(app, None)
    head, _, body = pages(tmp_path)["page.html"].partition("</head>")
    assert '<script src="../_static/documentation_options.js?v=5">' in head
    assert '<script defer src="../_static/doctools.js?v=6">' in head
    assert head.count("defer") == 3 and '<script defer="defer" src="../_static/mathjax' in head
    assert "<script>DOCUMENTATION_OPTIONS" in head and '<script src="../_static/figure.js">' in body


def test_again_it_changes_nothing_and_pages_that_were_not_written_get_new_styles(app, tmp_path):
    lighter.lighten(app, None)
    first = pages(tmp_path)
    lighter.lighten(app, None)
    assert pages(tmp_path) == first
    # an edit: one page is written anew, and with it a part of the Chinese font
    (tmp_path / "book/page.html").write_text(HEAD.format(up="../", more=RUN), "utf-8")
    (tmp_path / "_static/chinese.css").write_text("@font-face { src: url('other.woff2'); }", "utf-8")
    lighter.lighten(app, None)
    again = pages(tmp_path)
    assert "other.woff2" in (tmp_path / lighter.OWN).read_text("utf-8")
    assert again["search.html"] != first["search.html"]
    assert lighter.styles_of(again["page.html"]) == lighter.styles_of(first["page.html"])
    links = [
        next(line for line in text.splitlines() if lighter.OWN in line)
        for text in again.values()
        if lighter.OWN in text
    ]
    assert len({line.partition(lighter.OWN)[2] for line in links}) == 1

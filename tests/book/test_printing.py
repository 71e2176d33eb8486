"""Joining the built pages in one, without a browser: ids, links, what stays away, and what is said where it fails."""

import os
import sys

import pytest
import yaml

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book"))
from printing import __main__ as printing
from printing import browser
from printing.gather import PrintError, gather

PAGE = """<html><head>
<link rel="stylesheet" href="../../_static/a.css?v=1" />
<script>window.MathJax = {"tex": {"macros": {}}}</script></head><body><article class="bd-article">
<style>.bd-article .d0{fill: red}</style>
<section id="title"><h1>%(number)s. %(title)s<a class="headerlink" href="#title">#</a></h1>
<section id="first"><h2>%(number)s.1. First<a class="headerlink" href="#first">#</a></h2>
<svg viewBox="0 0 1 1"><defs><marker id="tip"/></defs><path marker-end="url(#tip)"/></svg>
<svg viewBox="0 0 1 1"><defs><marker id="tip"/></defs><path style="marker-end: url(#tip)"/></svg>
%(body)s
</section></section></article></body></html>"""


@pytest.fixture
def course(tmp_path):
    """A built book of two chapters, and a way to write another text into one."""
    toc = {"root": "book/one/a", "parts": [{"caption": "Part", "chapters": [{"file": "book/two/b"}]}]}
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc), "utf-8")
    (tmp_path / "CITATION.cff").write_text(
        "title: 'T: s'\nversion: 1.2\nauthors: [{given-names: A, family-names: B}, {name: The C}]\n", "utf-8"
    )

    def write(name, number, body=""):
        path = tmp_path / f"_build/html/{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGE % {"number": number, "title": name[-1].upper(), "body": body}, "utf-8")

    write("book/one/a", 1)
    write("book/two/b", 2)
    return tmp_path, write


def test_chapters_come_with_their_titles_sections_and_parts(course):
    book = gather(course[0], "2030-01-02")
    assert [(one.key, one.part, one.title) for one in book.chapters] == [
        ("one-a", "", "1. A"),
        ("two-b", "Part", "2. B"),
    ]
    assert [(one.target, one.title) for one in book.chapters[1].sections] == [("two-b--first", "2.1. First")]
    assert book.edition.authors == ("A B", "The C")
    assert (book.edition.version, book.edition.date) == ("1.2", "2030-01-02")
    assert book.styles == ("_static/a.css",)
    assert book.mathjax == {"tex": {"macros": {}}}
    assert book.chapters[0].style == ".bd-article .d0{fill: red}"


def test_each_drawing_keeps_its_own_arrow_tips(course):
    body = gather(course[0], "").chapters[0].body
    assert 'marker-end="url(#one-a--d0-tip)"' in body
    assert 'style="marker-end: url(#one-a--d1-tip)"' in body
    assert body.count('id="one-a--d0-tip"') == body.count('id="one-a--d1-tip"') == 1


def test_links_lead_to_chapters_and_others_become_text(course):
    root, write = course
    links = ["#first", "a.html#title", "../two/b.html#first", "../two/b.html", "../../genindex.html", "https://x.org/y"]
    write("book/one/a", 1, " ".join(f'<a href="{link}">{number}</a>' for number, link in enumerate(links)))
    body = gather(root, "").chapters[0].body
    for link in (
        '<a href="#one-a--first">0</a>',
        '<a href="#one-a--title">1</a>',
        '<a href="#two-b--first">2</a>',
        '<a href="#two-b">3</a>',
        "<span>4</span>",
        '<a href="https://x.org/y">5</a>',
    ):
        assert link in body


def test_a_link_to_a_chapter_that_is_not_chosen_becomes_text(course):
    root, write = course
    write("book/one/a", 1, '<a href="../two/b.html">other</a>')
    (chapter,) = gather(root, "", ["a"]).chapters
    assert "<span>other</span>" in chapter.body


def test_what_a_reader_operates_stays_away_and_what_is_folded_stays(course):
    root, write = course
    write(
        "book/one/a",
        1,
        "<script>go()</script><button>Run</button><div class='knobs'><label>k</label></div><p hidden>later</p>"
        "<details><summary>Answer</summary><p>a &lt; b</p></details>",
    )
    body = gather(root, "").chapters[0].body
    for gone in ("go()", "Run", "knobs", "later", "headerlink"):
        assert gone not in body
    assert "a &lt; b" in body


def test_ids_that_a_page_has_twice_are_kept_once(course):
    root, write = course
    write("book/one/a", 1, '<p id="x">1</p><p id="x">2</p>')
    assert gather(root, "").chapters[0].body.count('id="one-a--x"') == 1


def test_a_dead_link_an_unbuilt_and_an_unknown_page_are_named(course):
    root, write = course
    write("book/one/a", 1, '<a href="../two/b.html#gone">x</a>')
    with pytest.raises(PrintError, match="one-a → two-b--gone"):
        gather(root, "")
    with pytest.raises(PrintError, match="no page c;"):
        gather(root, "", ["c"])
    (root / "_build/html/book/one/a.html").unlink()
    with pytest.raises(PrintError, match="book/one/a is not built; run `make book`"):
        gather(root, "")


def test_without_a_browser_one_sentence_says_how_to_get_one(course, monkeypatch, capsys):
    monkeypatch.setattr(browser.shutil, "which", lambda name: None)
    monkeypatch.setattr(browser, "MAC_BROWSER", course[0] / "none")
    monkeypatch.setattr(printing, "ROOT", course[0])
    monkeypatch.setattr(sys, "argv", ["printing"])
    assert printing.main() == 1
    assert "print: no Chrome or Chromium found; install one" in capsys.readouterr().err


def test_nothing_is_printed_again_until_a_page_is_newer(course):
    root, _ = course
    place = root / "_build/print"
    place.mkdir()
    assert not printing.is_up_to_date(root)
    for kind in ("pdf", "epub"):
        (place / f"unrolled.{kind}").write_bytes(b"")
    assert printing.is_up_to_date(root)
    page = root / "_build/html/book/one/a.html"
    later = (place / "unrolled.pdf").stat().st_mtime + 10
    os.utime(page, (later, later))
    assert not printing.is_up_to_date(root)

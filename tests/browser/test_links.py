"""The files of the built site: every link and anchor leads somewhere, and nothing of the builder's machine is in it."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from solutions.judging import places
from tests.places import ROOT

pytestmark = pytest.mark.slow

TEXT_SUFFIXES = {".html", ".js", ".css", ".md", ".txt", ".json", ".svg"}


@cache
def soup_of(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors_of(path: Path) -> frozenset[str]:
    """All ids of a page."""
    return frozenset(tag["id"] for tag in soup_of(path).find_all(id=True))


def references_of(path: Path) -> Iterator[str]:
    """What a page links to or loads, as written."""
    for attribute in ("href", "src"):
        for tag in soup_of(path).find_all(attrs={attribute: True}):
            yield tag[attribute]


def test_local_links_and_anchors_exist(page_name, site, is_local):
    page = site / f"{page_name}.html"
    broken = []
    for reference in filter(is_local, references_of(page)):
        parts = urlsplit(reference)
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        to_anchor = bool(parts.fragment) and target.suffix == ".html"
        if not target.is_file() or (to_anchor and unquote(parts.fragment) not in anchors_of(target)):
            broken.append(reference)
    assert broken == []


def test_hints_number_equations_as_the_page_does(page_name, site):
    for equation in soup_of(site / f"{page_name}.html").select("div.math[id^=equation-eq-]:has(> .eqno)"):
        number = equation.select_one(".eqno").get_text().strip("#\n ")
        label = equation["id"].removeprefix("equation-")
        assert f" Eq. {number[: number.index(')') + 1]}: " in places.reading(f"{page_name.split('/')[-1]}#{label}")


def test_nothing_is_loaded_from_elsewhere(page_name, site, is_local):
    loading = soup_of(site / f"{page_name}.html").select("script[src], link[href], img[src], iframe[src], source[src]")
    addresses = [tag.get("src") or tag["href"] for tag in loading]
    assert [one for one in addresses if not is_local(one) and not one.startswith("data:")] == []


def test_site_names_no_path_of_this_machine(site):
    files = [path for path in site.rglob("*") if path.suffix in TEXT_SUFFIXES and "mathjax" not in path.parts]
    assert files
    assert [path for path in files if str(ROOT) in path.read_text(encoding="utf-8", errors="replace")] == []

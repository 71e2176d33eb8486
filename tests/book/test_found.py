"""How the site is found and shared: descriptions, addresses, the page for lost readers, how to cite, bundles."""

import re
import shutil
import struct
import sys

import pytest
import yaml

from tests.book import small_book
from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book/extensions"))
import about
import bundle_links
import fonts
import offline
from lost import lost_page

ADDRESS = "https://book.example/course/"
PAGE = '# One & all\n\nAn opening.\n\n**The question.** Who asks "why"\nfirst?\n\n$$ 1 $$\n'
HEAD = re.compile(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"')


@pytest.fixture(scope="module", params=["", ADDRESS], ids=["without an address", "with an address"])
def built(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("found")
    settings = f"html_baseurl = {request.param!r}\nhtml_title = 'The book'\nnb_execution_mode = 'off'\n"
    return request.param, small_book.build(folder, PAGE, "found", settings=settings)


@pytest.mark.slow
def test_a_page_is_described_by_its_question(built):
    tags = dict(HEAD.findall(built[1].page))
    assert tags["description"] == tags["og:description"] == "Who asks “why” first?"
    assert tags["og:title"] == "One &amp; all" and tags["og:site_name"] == "The book"
    assert built[1].warnings == ""


@pytest.mark.slow
def test_addresses_stand_there_only_where_one_is_set(built):
    address, site = built[0], built[1].site
    tags = dict(HEAD.findall(built[1].page))
    canonical = re.findall(r'<link rel="canonical" href="([^"]+)"', built[1].page)
    if not address:
        assert canonical == [] and "og:image" not in tags
        assert not (site / "sitemap.xml").exists() and not (site / "robots.txt").exists()
        return
    assert canonical == [tags["og:url"]] == [f"{ADDRESS}page.html"]
    card = (site / tags["og:image"].removeprefix(ADDRESS)).read_bytes()
    assert card[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", card[16:24]) == (1200, 630)
    places = re.findall("<loc>(.*?)</loc>", (site / "sitemap.xml").read_text("utf-8"))
    assert places == [f"{ADDRESS}index.html", f"{ADDRESS}page.html"]
    assert f"Sitemap: {ADDRESS}sitemap.xml" in (site / "robots.txt").read_text("utf-8")


@pytest.mark.slow
def test_there_is_a_page_for_lost_readers(built):
    page = (built[1].site / "404.html").read_text("utf-8")
    assert 'href="page.html">One &amp; all</a>' in page
    assert (f'<base href="{ADDRESS}"/>' in page) == bool(built[0])


def test_the_page_for_lost_readers_loads_nothing():
    page = lost_page("A <book>", {"A & b": "a.html"}, "")
    assert re.findall(r'\ssrc=|<link(?! rel="icon" href="data:,")|@import|url\(', page) == []
    assert "A &lt;book&gt;" in page and "<book>" not in page


def test_bibtex_comes_from_the_citation_file(tmp_path):
    shutil.copy(ROOT / about.CITATION, tmp_path)
    work = about.citation(tmp_path)
    entry = about.bibtex(work, ADDRESS)
    said = dict(re.findall(r"^  (\w+) *= \{(.*)\},$", entry, re.MULTILINE))
    assert said["title"] == f"{{{work['title']}}}" and said["version"] == work["version"] and said["url"] == ADDRESS
    assert said["author"] == "{The authors of Unrolled}" and said["year"] == str(work["date-released"])[:4]
    assert entry.count("{") == entry.count("}")
    assert about.authors({"authors": [{"given-names": "Ada", "family-names": "Lovelace"}]}) == ["Ada Lovelace"]


def test_the_version_is_the_same_everywhere():
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'\nversion = "{about.citation(ROOT)["version"]}"\n' in project


def test_a_mistake_is_reported_with_the_name_of_the_page():
    assert about.report_address("", "book/a") == ""
    assert about.report_address("https://f.example/new?title={page}", "book/a b") == (
        "https://f.example/new?title=book%2Fa%20b"
    )


def test_no_address_is_set_in_the_repository():
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    assert not settings["html"]["baseurl"] and not settings["sphinx"]["config"]["mistakes_to"]


def test_places_for_bundles_are_filled_where_there_are_some():
    page = f"<p>{bundle_links.mark('gru')}, {bundle_links.mark('bptt')}</p>{bundle_links.mark_all()}"
    assert bundle_links.fill(page, {}, "") == page
    gru = bundle_links.Bundle("unrolled-gru.zip", 123_456, "2026-11-29")
    filled = bundle_links.fill(page, {"gru": gru}, "../../")
    link = '<a href="../../bundles/unrolled-gru.zip" download>unrolled-gru.zip</a> (123 kB, 2026-11-29)'
    assert filled.count(link) == 2 and bundle_links.mark("bptt") in filled
    assert bundle_links.ALL_WITHOUT not in filled
    assert bundle_links.fill(filled, {"gru": gru}, "../../") == filled
    assert bundle_links.fill(filled, {}, "") == page


def test_rules_of_icons_that_no_page_names_go(tmp_path):
    style = tmp_path / "style.css"
    style.write_text('.fa-a:before,.fa-b:before{content:"\\f001"}.fa-c:before{content:"\\f002"}.x{color:red}', "utf-8")
    fonts.drop_icon_rules(style, {"fa-b"})
    assert style.read_text("utf-8") == '.fa-a:before,.fa-b:before{content:"\\f001"}.x{color:red}'


def test_maps_to_the_themes_sources_go(tmp_path):
    static = tmp_path / "_static/scripts"
    static.mkdir(parents=True)
    for name, text in (
        ("a.js", "f();\n//# sourceMappingURL=a.js.map"),
        ("b.css", "p{}\n/*# sourceMappingURL=b.css.map*/"),
    ):
        (static / name).write_text(text)
        (static / f"{name}.map").write_text("{}")

    class App:
        outdir = tmp_path

    offline.drop_maps(App(), None)
    assert {path.name: path.read_text() for path in static.iterdir()} == {"a.js": "f();\n", "b.css": "p{}\n"}

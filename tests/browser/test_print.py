"""The printed book of two chapters: the site's numbers, what is folded, dark on white, nothing cut, links that lead."""

import io
import re
import sys
import zipfile
from urllib.parse import unquote, urldefrag, urljoin
from xml.etree import ElementTree

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image
from pypdf import PdfReader

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book"))
from printing.browser import typeset
from printing.epub import write_epub
from printing.gather import gather
from printing.pdf import COLUMN, write_pdf
from printing.whole import write_whole

pytestmark = pytest.mark.slow

PAGES = {"recurrence-bptt": "book/recurrence/bptt", "gates-gru-backward": "book/gates/gru-backward"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
XHTML = "{http://www.w3.org/1999/xhtml}"
OPF = "{http://www.idpf.org/2007/opf}"
BEYOND = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.matches("svg, mjx-math") || !one.closest("svg, mjx-container"))
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((one) => `${one.tagName} ${one.className.baseVal ?? one.className} ${one.textContent.slice(0, 40)}`)"""


def squeezed(text: str) -> str:
    """Without blanks, of which a PDF keeps others than a page."""
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def book(site):
    return gather(ROOT, "2030-01-02", ["bptt", "gru-backward"])


@pytest.fixture(scope="module")
def whole(book, site, tmp_path_factory):
    """The joined page."""
    target = tmp_path_factory.mktemp("print") / "whole.html"
    write_whole(book, site, target)
    return target


@pytest.fixture(scope="module")
def pdf(browser, book, whole):
    target = whole.with_suffix(".pdf")
    assert write_pdf(browser, book, whole, target) > 40
    return PdfReader(target)


@pytest.fixture(scope="module")
def epub(browser, book, site, whole):
    target = whole.with_suffix(".epub")
    write_epub(browser, book, site, whole, target)
    with zipfile.ZipFile(target) as archive:
        yield archive


@pytest.fixture(scope="module")
def leaves(pdf):
    """The text of each page of the PDF, without blanks."""
    return [squeezed(page.extract_text()) for page in pdf.pages]


@pytest.fixture(scope="module")
def texts(book, pdf, leaves):
    """The text of each chapter in the PDF, without blanks."""
    starts = [page_of(pdf, chapter.key) for chapter in book.chapters] + [len(pdf.pages)]
    return {
        chapter.key: "".join(leaves[first:end])
        for chapter, first, end in zip(book.chapters, starts, starts[1:], strict=False)
    }


@pytest.fixture(scope="module")
def articles(site):
    """The chapters as the site shows them."""
    return {
        key: BeautifulSoup((site / f"{page}.html").read_text("utf-8"), "html.parser").find("article")
        for key, page in PAGES.items()
    }


def page_of(pdf, name: str) -> int:
    return pdf.get_destination_page_number(pdf.named_destinations[f"/{name}"])


def words(article, selector: str) -> list[str]:
    """What elements of the site say, without blanks, formulas and the sign of a heading's link."""
    return [squeezed(one.get_text()).rstrip("#") for one in article.select(selector) if not one.select(".math")]


def test_numbers_are_those_of_the_site(texts, articles):
    for key, article in articles.items():
        numbers = words(article, ".eqno, .caption-number, .section-number")
        glued = words(article, ".pasted-text")
        assert len(numbers) > 40
        assert len(glued) > 5
        assert [one for one in numbers + glued if one not in texts[key]] == []


def test_what_is_folded_is_printed(texts, articles):
    for key, article in articles.items():
        code = [one.get_text().strip().split("\n") for one in article.select("details pre")]
        assert len(code) > 20
        missing = [lines[0] for lines in code if squeezed(lines[0]) not in texts[key]]
        missing += [lines[-1] for lines in code if squeezed(lines[-1]) not in texts[key]]
        assert missing == []
        assert [one for one in words(article, ".u-predict details p") if one not in texts[key]] == []


def test_contents_and_bookmarks_lead_to_the_headings(book, pdf, leaves):
    contents = "".join(leaves[1:3])
    bookmarks = {}
    queue = list(pdf.outline)
    for one in queue:
        queue.extend(one) if isinstance(one, list) else bookmarks.setdefault(one.title, []).append(
            pdf.get_destination_page_number(one)
        )
    for chapter in book.chapters:
        assert bookmarks[chapter.part]
        assert bookmarks[chapter.title] == [page_of(pdf, chapter.key)]
        for section in chapter.sections:
            page = page_of(pdf, section.target)
            assert page in bookmarks[section.title]
            assert squeezed(section.title) in leaves[page]
            assert squeezed(f"{section.title}{page + 1}") in contents


def test_links_stay_in_the_book_or_go_to_the_web(pdf):
    within, outside = 0, set()
    for page in pdf.pages:
        for link in (one.get_object() for one in page.get("/Annots", [])):
            if "/Dest" in link:
                within += str(link["/Dest"]) in pdf.named_destinations
            else:
                outside.add(link["/A"]["/URI"].split(":")[0])
    assert within > 150
    assert outside <= {"http", "https"}


def test_fonts_are_in_the_file_and_show_chinese(pdf, texts, articles):
    fonts = {}
    for page in pdf.pages:
        for font in (one.get_object() for one in page["/Resources"].get("/Font", {}).values()):
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            fonts[str(font.get("/BaseFont", font["/Subtype"]))] = inner
    assert len(fonts) > 3
    for name, font in fonts.items():
        kinds = font.get("/FontDescriptor", {})
        assert font["/Subtype"] == "/Type3" or {"/FontFile", "/FontFile2", "/FontFile3"} & set(kinds), name
    for key, article in articles.items():
        chinese = [one for one in words(article, ".u-chinese, th, td") if CHINESE.search(one)]
        assert len(chinese) > 5
        assert [one for one in chinese if one not in texts[key]] == []


def test_it_says_what_it_is(pdf):
    assert pdf.metadata.title == "Unrolled: recurrent networks from the math up"
    assert pdf.metadata.author
    assert re.fullmatch(r"Version [\d.]+, 2030-01-02", pdf.metadata.subject)
    assert (pdf.root_object["/Lang"], pdf.root_object["/MarkInfo"]["/Marked"]) == ("en", True)


def test_nothing_is_cut_at_the_right(browser, whole):
    with typeset(browser, whole, COLUMN) as page:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate(BEYOND) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_single_page_prints_dark_on_white_and_opened(theme, address, new_visit):
    visit = new_visit().open(f"{address}{PAGES['recurrence-bptt']}.html", idle=True)
    page = visit.page
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    folded = page.locator(".bd-article details:not([open])").count()
    assert folded > 20
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".bd-article details:not([open])").count() == 0
    assert not page.locator(".bd-sidebar-primary").is_visible()
    assert page.locator(".bd-article h1").is_visible()
    pixels = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L"))
    assert np.median(pixels) == 255
    assert np.mean(pixels > 200) > 0.85
    assert pixels.min() < 80
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert page.locator(".bd-article details:not([open])").count() == folded


def test_a_browser_opens_what_is_folded_by_itself(address, articles, new_visit):
    page = new_visit().open(f"{address}{PAGES['recurrence-bptt']}.html", idle=True).page
    printed = squeezed("".join(one.extract_text() for one in PdfReader(io.BytesIO(page.pdf())).pages))
    code = articles["recurrence-bptt"].select_one("details pre").get_text().strip().split("\n")
    assert squeezed(code[0]) in printed
    assert squeezed(code[-1]) in printed


def trees(epub):
    """Each chapter of the EPUB, parsed: whoever reads it does so as XML."""
    return {key: ElementTree.fromstring(epub.read(f"EPUB/{key}.xhtml")) for key in PAGES}


def test_the_epub_is_made_as_its_format_asks(epub):
    first, *others = epub.infolist()
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert epub.read(first) == b"application/epub+zip"
    container = ElementTree.fromstring(epub.read("META-INF/container.xml"))
    (root,) = (one.get("full-path") for one in container.iter() if one.tag.endswith("rootfile"))
    package = ElementTree.fromstring(epub.read(root))
    items = {one.get("id"): one.get("href") for one in package.iter(f"{OPF}item")}
    listed = {urljoin(root, href) for href in items.values()}
    assert listed == {one.filename for one in others} - {root, "META-INF/container.xml"}
    spine = [items[one.get("idref")] for one in package.iter(f"{OPF}itemref")]
    assert spine == ["title.xhtml", "nav.xhtml", *(f"{key}.xhtml" for key in PAGES)]


def test_its_links_have_targets_and_its_ids_are_single(epub):
    pages = {name: ElementTree.fromstring(epub.read(name)) for name in epub.namelist() if name.endswith(".xhtml")}
    ids = {name: [one.get("id") for one in page.iter() if one.get("id")] for name, page in pages.items()}
    assert all(len(own) == len(set(own)) for own in ids.values())
    for name, page in pages.items():
        for link in page.iter(f"{XHTML}a"):
            target, fragment = urldefrag(urljoin(name, link.get("href", name)))
            if not target.startswith("http"):
                assert target in pages
                assert not fragment or unquote(fragment) in ids[target], link.get("href")


def test_it_holds_what_the_site_holds(epub, articles):
    for key, tree in trees(epub).items():
        text = squeezed("".join(tree.itertext()))
        article = articles[key]
        shown = words(article, ".eqno, .caption-number, .section-number, .pasted-text, details pre, .u-chinese")
        assert [one for one in shown if one not in text] == []
        formulas = [one for one in tree.iter() if "formula" in one.get("class", "").split()]
        assert len(formulas) == len(article.select(".math"))
        assert all(one.get("aria-label") and one.get("width") for one in formulas)
        raw = epub.read(f"EPUB/{key}.xhtml").decode()
        for foreign in ("<script", "<details", "<button", "<input", "mjx-container", "var(--", "file:"):
            assert foreign not in raw

"""Plots on the page follow the theme, carry a text alternative and never share ids."""

import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest

from unrolled.plotting import GRID, SERIES, show, use_style


@pytest.fixture
def figure():
    """A small plot in the book's style with a line per series."""
    with plt.rc_context():
        use_style()
        fig, ax = plt.subplots()
        for rank in range(len(SERIES)):
            ax.plot([0, 1], [0, rank], label=f"series {rank}")
        ax.fill_between([0, 1], [0, 1], alpha=0.2)
        ax.legend()
        yield fig
        plt.close(fig)


def svg_of(shown):
    """Parse the drawing inside what `show` returned."""
    return ElementTree.fromstring(re.search(r"<svg.*</svg>", shown.data, flags=re.DOTALL).group())


def test_colours_come_from_the_theme(figure):
    page = show(figure, alt="lines").data
    assert "#000000" not in page
    assert page.count(GRID) == page.count(f"var(--u-grid, {GRID})") > 0
    for rank, colour in enumerate(SERIES, start=1):
        assert page.count(colour) == page.count(f"var(--u-series-{rank}, {colour})") > 0


def test_text_alternative_is_required(figure):
    with pytest.raises(ValueError, match="text alternative"):
        show(figure, alt="  ")


def test_quotes_in_texts_do_not_break_the_markup(figure):
    shown = show(figure, alt='a "rising" <line>', caption="a < b")
    assert svg_of(shown).get("aria-label") == 'a "rising" <line>'
    assert svg_of(shown).get("role") == "img"
    assert "<figcaption>a &lt; b</figcaption>" in shown.data


def test_text_stays_text_and_ground_is_transparent(figure):
    shown = show(figure, alt="lines")
    words = "".join(svg_of(shown).itertext())
    assert "series 3" in words
    assert "<style" not in shown.data and "<metadata" not in shown.data
    assert "#ffffff" not in shown.data


def ids(page):
    return set(re.findall(r'\bid="([^"]+)"', page))


def test_two_plots_share_no_id_and_references_hold(figure):
    first = show(figure, alt="one").data
    other, ax = plt.subplots()
    ax.plot([0, 1], [1, 0])
    second = show(other, alt="two").data
    assert ids(first) and ids(second) and not ids(first) & ids(second)
    for page in (first, second):
        assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', page)) <= ids(page)


def test_same_plot_gives_same_markup():
    def draw():
        fig, ax = plt.subplots()
        ax.plot([0, 1, 2], [1, 3, 2])
        return show(fig, alt="a line").data

    assert draw() == draw()

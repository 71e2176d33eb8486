"""Plots on the page follow the theme, carry a text alternative and never share ids."""

import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest

from unrolled.lab.plotting import GRID, SERIES, draw, follow_theme, show, use_style


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


@pytest.fixture
def curves():
    """A drawing with curved paths, markers, a filled area and texts."""
    with plt.rc_context():
        use_style()
        fig, ax = plt.subplots()
        x = np.linspace(0, 1, 50)
        ax.plot(x, np.sin(9 * x), marker="o")
        ax.fill_between(x, x**3, alpha=0.2)
        ax.contour(x, x, np.outer(x, x))
        ax.set_title("curves")
        ax.set_ylabel("turned")
        yield fig
        plt.close(fig)


NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
PLACE = re.compile(r'\s(d|points|x|y|width|height)="([^"]*)"')


def test_coordinates_are_short_and_the_drawing_stays(curves):
    long = draw(curves)
    before, after = PLACE.findall(long), PLACE.findall(follow_theme(long))
    assert {"d", "x", "y", "width", "height"} <= {name for name, _ in before}
    for (name, exact), (same_name, rounded) in zip(before, after, strict=True):
        assert name == same_name
        assert re.findall("[A-Za-z]", exact) == re.findall("[A-Za-z]", rounded)
        for number, shortened in zip(NUMBER.findall(exact), NUMBER.findall(rounded), strict=True):
            assert abs(float(number) - float(shortened)) <= 0.00501
            assert len(shortened.partition(".")[2]) <= 2


def test_what_nothing_refers_to_is_gone_and_the_rest_is_there(curves):
    long = draw(curves)
    short = follow_theme(long)
    assert len(short) < 0.7 * len(long)
    assert "xlink:href" not in short and "rotate(-0" not in short
    assert ids(short) == set(re.findall(r'(?:url\(#|href="#)([^")]+)', short))
    assert short.count("DejaVu Sans") == 1 < long.count("DejaVu Sans")
    for element in ("path", "use", "text", "clipPath"):
        assert short.count(f"<{element} ") == long.count(f"<{element} ")
    words = [node.text for node in ElementTree.fromstring(short).iter("{http://www.w3.org/2000/svg}text")]
    assert words == re.findall("<text[^>]*>([^<]*)</text>", long)
    turned = re.findall(r'transform="rotate\((-?[1-9][^)]*)\)"', long)
    assert turned and turned == re.findall(r'transform="rotate\(([^)]*)\)"', short)

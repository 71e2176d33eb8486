"""One plotting style for the book, and `show`, which puts a figure on the page as theme-aware SVG."""

from __future__ import annotations

import hashlib
import html
import io
import re

import matplotlib as mpl
import matplotlib.pyplot as plt
from IPython.display import HTML
from matplotlib.figure import Figure

# Stand-ins drawn by Matplotlib; the page replaces each with the theme's variable of the same rank.
SERIES = ("#0b4492", "#c54c07", "#1d8161", "#ad45c9", "#46424a")
GRID = "#dcdcd4"
# Matplotlib writes a millionth of a point; a hundredth is finer than any screen.
COORDINATES = re.compile(r'(?<=\s)(d|points|x|y|width|height)="([^"]*)"')
DECIMAL = re.compile(r"-?\d+\.\d+")
PLAIN_GROUP = re.compile(r"<g>((?:(?!</?g[ >]).)*)</g>", flags=re.DOTALL)

STYLE = {
    "figure.figsize": (5.0, 3.2),
    "font.size": 11.5,
    "font.family": "sans-serif",
    "axes.prop_cycle": mpl.cycler(color=SERIES),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 12,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "text.color": "#000000",
    "axes.edgecolor": "#000000",
    "axes.labelcolor": "#000000",
    "xtick.color": "#000000",
    "ytick.color": "#000000",
}


def use_style() -> None:
    """Set the book's style for every figure made afterwards."""
    mpl.rcParams.update(STYLE)


def show(fig: Figure, alt: str, caption: str | None = None) -> HTML:
    """Return `fig` as inline SVG that follows the page's light or dark theme, and close it.

    `alt` says in words what the plot shows, for readers who do not see it; `caption` stands below it.
    Raises ValueError where `alt` is empty.
    """
    if not alt.strip():
        raise ValueError("a plot needs a text alternative: pass what it shows as `alt`")
    svg = follow_theme(draw(fig))
    label = f' role="img" aria-label="{html.escape(alt, quote=True)}"'
    svg = svg.replace("<svg ", f"<svg{label} ", 1)
    below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return HTML(f'<figure class="u-plot">{svg}{below}</figure>')


def draw(fig: Figure) -> str:
    """Draw `fig` as SVG with its text as text and a transparent ground."""
    page = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "unrolled"}):
        fig.savefig(page, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None})
    plt.close(fig)
    svg = page.getvalue()
    return svg[svg.index("<svg") :]


def follow_theme(svg: str) -> str:
    """Replace the style's colours by the theme's variables and make every id unique to this drawing."""
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    svg = lighten(svg)
    svg = svg.replace("#000000", "currentColor").replace(GRID, f"var(--u-grid, {GRID})")
    for rank, colour in enumerate(SERIES, start=1):
        svg = svg.replace(colour, f"var(--u-series-{rank}, {colour})")
    prefix = "p" + hashlib.sha256(svg.encode()).hexdigest()[:8]
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    return re.sub(r'(url\(#|href="#)', rf"\1{prefix}-", svg)


def lighten(svg: str) -> str:
    """Write the same drawing in about half the characters.

    Coordinates are rounded to hundredths, the font is named once, and what nothing refers to goes: ids, groups without
    attributes, turns by nothing, blanks.
    """
    svg = COORDINATES.sub(lambda found: f'{found[1]}="{_short_coordinates(found[2])}"', svg)
    svg = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", svg).replace("xlink:href", "href")
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', svg))
    svg = re.sub(r'\sid="([^"]*)"', lambda found: found[0] if found[1] in used else "", svg)
    if font := re.search(r"font-family: [^;\"]+", svg):
        svg = re.sub(re.escape(font[0]) + "(?:; )?", "", svg).replace("<svg ", f'<svg style="{font[0]}" ', 1)
    svg = re.sub(r">\s+<", "><", svg)
    groups = 1
    while groups:
        svg, groups = PLAIN_GROUP.subn(r"\1", svg)
    return svg


def _short_coordinates(text: str) -> str:
    text = DECIMAL.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), text)
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", text).strip() if text[:1] == "M" else text

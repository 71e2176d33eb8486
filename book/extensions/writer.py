"""Sphinx directive `writer`: the small LSTM of the experiment `writer`, which continues what the reader types.

The page shows a text that it wrote, coloured by one unit's state; `writer.js` makes that a figure to play with, and
loads the weights, which the build writes beside it, when the reader first touches it.
"""

from __future__ import annotations

import hashlib
import html
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from unrolled.data.text import encode
from unrolled.lab.character_net import CharacterNet, continued, read, unpack
from unrolled.lab.records import path_of, recorded

NAME, FIGURE, NET = "writer", "writer", "writer-net.js"
PROMPT, LENGTH, SEED = 'the "with" statement ', 220, 5
TEMPERATURES = (0.3, 0.7, 1.0)
TEMPERATURE = 0.7  # at first, and of the still
SIGNS = {"quotes": "open quotes", "word": "length of the word", "vowel": "vowels"}


@cache
def facts() -> dict[str, Any]:
    """What the first run recorded: the run whose net is shown."""
    return recorded(NAME).runs[0]


@cache
def script() -> str:
    """The file that carries the weights."""
    return f"globalThis.unrolledNet = {json.dumps(facts()['net'])};\n"


def coloured(net: CharacterNet, prompt: str, written: str, unit: int) -> str:
    """HTML of a text: each character with the tanh of a unit's cell state behind it, as `writer.js` draws it."""
    ids = encode("\n" + prompt + written, net.symbols)
    values = np.tanh(read(net.weights, ids[None])[1][0, 1:, unit]).tolist()  # the line end before the text is not shown
    return "".join(
        f"<{tag}{' class=down' * (value < 0)} style=--v:{abs(value):.2f}>{html.escape(symbol)}</{tag}>"
        for tag, symbol, value in zip("b" * len(prompt) + "i" * len(written), prompt + written, values, strict=True)
    )


def still(net: CharacterNet, unit: int) -> str:
    """A text that the net wrote when the page was built."""
    rng = np.random.default_rng(SEED)
    written = continued(net, encode("\n" + PROMPT, net.symbols), LENGTH, TEMPERATURE, rng)
    words = html.escape(f"A text that the net wrote: {PROMPT}{written}")
    return f'<p class="written" role="img" aria-label="{words}">{coloured(net, PROMPT, written, unit)}</p>'


def told(found: dict[str, Any], units: int) -> str:
    """The caption: what the colours are, and how well the net guesses."""
    best = min(found["counts"], key=lambda order: found["counts"][order])
    return (
        f"Bold: what was there; the rest the net has written, a character at a time. Behind each character stands "
        f"tanh&thinsp;<i>c</i> of one of its {units} units, just after it was read: up and orange where positive, down "
        f"and blue where negative. On text that it has not read the net needs {found['bits']['in bytes']:.2f} bits a "
        f"character. A simple table of counts, at its best with the last {int(best) - 1} characters, needs "
        f"{found['counts'][best]:.2f}; better ones need less than the net."
    )


def figure() -> str:
    """The whole figure as HTML."""
    found, net = facts(), unpack(facts()["net"])
    units = len(net.weights.U)
    first = found["units"]["quotes"]["unit"]
    temperatures = "".join(
        f'<label><input type="radio" name="temperature" value="{value}"{" checked" * (value == TEMPERATURE)}> '
        f"{value}</label>"
        for value in TEMPERATURES
    )
    signs = "".join(
        f'<button type="button" data-unit="{one["unit"] + 1}" data-correlation="{one["correlation"]:.2f}" '
        f'aria-pressed="{str(one["unit"] == first).lower()}">{SIGNS[name]}</button>'
        for name, one in found["units"].items()
    )
    version = hashlib.sha256(script().encode()).hexdigest()[:8]
    return f"""
<figure class="u-plot" id="{FIGURE}" data-net="{NET}?v={version}">
<form hidden autocomplete="off">
<label for="writer-text">Your text</label>
<textarea id="writer-text" rows="2" maxlength="300" spellcheck="false" autocapitalize="off">{PROMPT}</textarea>
<div class="knobs"><button type="button" name="go">Continue</button><button type="button" name="stop"
 disabled>Stop</button><button type="button" name="clear">Clear</button>
<fieldset><legend>temperature</legend>{temperatures}</fieldset></div>
<div class="knobs"><label>unit&nbsp;<input type="range" name="unit" min="1" max="{units}" value="{first + 1}"></label>
<fieldset><legend>the unit that goes with</legend>{signs}</fieldset></div>
<p class="unit" aria-live="polite"></p>
</form>
{still(net, first)}
<div class="guesses" hidden><span id="writer-next">Its five best guesses of the next character</span>
<ol aria-labelledby="writer-next"></ol></div>
<p class="visually-hidden" role="status"></p>
<figcaption>{told(found, units)}</figcaption>
</figure>
{recorded(NAME)._repr_html_()}
"""


class Writer(SphinxDirective):
    """`{writer}`: the figure, made from today's record."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(path_of(NAME)))
        return [nodes.raw("", figure(), format="html")]


def load_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give the page with the figure, and no other, its script and its look."""
    if f'id="{FIGURE}"' in context.get("body", ""):
        app.add_js_file("writer.js", loading_method="defer")
        app.add_css_file("writer.css")


def write_net(app: Sphinx, error: Exception | None) -> None:
    """Write the weights where `writer.js` finds them."""
    if error is None:
        Path(app.outdir, "_static", NET).write_text(script(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("writer", Writer)
    app.connect("html-page-context", load_script)
    app.connect("build-finished", write_net)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

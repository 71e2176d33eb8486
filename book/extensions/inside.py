"""Sphinx directive `inside`: source code, each character with the state of a unit of `inner_units`' net behind it.

The page shows a function of Python's library, coloured by the unit that goes with brackets; `inside.js` lets the reader
choose other units and another text, and loads the weights, which the build writes beside it, at the first touch.
"""

from __future__ import annotations

import hashlib
import html
import inspect
import itertools
import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from unrolled.data.source_code import SIGNS
from unrolled.data.text import encode
from unrolled.lab.character_net import CharacterNet, read, unpack
from unrolled.lab.records import path_of, recorded

NAME, FIGURE, NET = "inner_units", "inside", "inside-net.js"
FIRST = "bracket depth"  # the sign whose unit is shown at first
LABEL = "Source code, with a state behind each character; in words below"
HIGH = 0.5  # from here on a state is called high, in words


@cache
def facts() -> dict[str, Any]:
    """What the first run recorded: the run whose net is shown."""
    return recorded(NAME).runs[0]


@cache
def script() -> str:
    """The file that carries the weights."""
    return f"globalThis.unrolledNet = {json.dumps(facts()['net'])};\n"


def sample() -> str:
    """Source code that the net has not read; it lies in the installed Python, not in this repository."""
    function = shutil._check_unpack_options  # type: ignore[attr-defined]  # the stubs leave out what is private
    return inspect.getsource(function).rstrip()


def states(net: CharacterNet, text: str, unit: int) -> np.ndarray:
    """The tanh of a unit's cell state behind each character, (N,); the line end before the text is not shown."""
    return np.tanh(read(net.weights, encode("\n" + text, net.symbols)[None])[1][0, 1:, unit])


def coloured(text: str, values: np.ndarray) -> str:
    """HTML of a text with these states, as `inside.js` draws it."""
    return "".join(
        f"<i{' class=down' * (value < 0)} style=--v:{abs(value):.2f}>{html.escape(symbol)}</i>"
        for symbol, value in zip(text, values.tolist(), strict=True)
    )


def in_words(text: str, values: np.ndarray) -> str:
    """HTML of a list: each stretch in which the state is high, and what is read there; `inside.js` writes the same."""
    rows, line = [], 1
    for sign, run in itertools.groupby(
        zip(text, values, strict=True), lambda pair: int(pair[1] >= HIGH) - int(pair[1] <= -HIGH)
    ):
        stretch = "".join(symbol for symbol, _ in run)
        if sign and stretch.strip():
            way = "up" if sign > 0 else "down"
            rows.append(f"<li>line {line}, {way}: <code>{html.escape(' '.join(stretch.split()))}</code></li>")
        line += stretch.count("\n")
    return "".join(rows)


def figure() -> str:
    """The whole figure as HTML."""
    found, net, text = facts(), unpack(facts()["net"]), sample()
    units = len(net.weights.U)
    best = {sign: found["signs"][sign]["net"] for sign in SIGNS}
    first = best[FIRST]["unit"]
    values = states(net, text, first)
    buttons = "".join(
        f'<button type="button" data-unit="{one["unit"] + 1}" data-share="{100 * one["judged"]:.0f}" '
        f'aria-pressed="{str(sign == FIRST).lower()}">{sign}</button>'
        for sign, one in best.items()
    )
    version = hashlib.sha256(script().encode()).hexdigest()[:8]
    return f"""
<figure class="u-plot" id="{FIGURE}" data-net="{NET}?v={version}" data-high="{HIGH}">
<form hidden autocomplete="off">
<div class="knobs"><fieldset><legend>the unit that goes with</legend>{buttons}</fieldset></div>
<div class="knobs"><label>unit&nbsp;<input type="range" name="unit" min="1" max="{units}"
 value="{first + 1}"></label></div>
<p class="unit" aria-live="polite"></p>
</form>
<p class="written" role="img" aria-label="{LABEL}">{coloured(text, values)}</p>
<details class="words"><summary>The same in words</summary><ul>{in_words(text, values)}</ul></details>
<form hidden autocomplete="off" class="own">
<label for="inside-text">Your own text, in Python or not</label>
<textarea id="inside-text" rows="3" maxlength="1500" spellcheck="false" autocapitalize="off"></textarea>
<div class="knobs"><button type="button" name="back">The library's text again</button></div>
</form>
<figcaption>Behind each character stands tanh&thinsp;<i>c</i> of one of {units} units of an LSTM, just after it read the
character: up and orange where positive, down and blue where negative. It has learnt to guess the next character of
source code; this function was not among it. The function is
<code>shutil._check_unpack_options</code> of Python, © Python Software Foundation, under its licence (PSF).</figcaption>
</figure>
{recorded(NAME)._repr_html_()}
"""


class Inside(SphinxDirective):
    """`{inside}`: the figure, made from today's record."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(path_of(NAME)))
        return [nodes.raw("", figure(), format="html")]


def load_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give the page with the figure, and no other, its scripts and its look; `writer.js` has the LSTM."""
    if f'id="{FIGURE}"' in context.get("body", ""):
        app.add_js_file("writer.js", loading_method="defer")
        app.add_js_file("inside.js", loading_method="defer")
        app.add_css_file("writer.css")


def write_net(app: Sphinx, error: Exception | None) -> None:
    """Write the weights where `inside.js` finds them."""
    if error is None:
        Path(app.outdir, "_static", NET).write_text(script(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("inside", Inside)
    app.connect("html-page-context", load_script)
    app.connect("build-finished", write_net)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

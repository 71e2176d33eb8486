"""What cells verified and claimed, on the page: equation numbers in outputs, marks on claims that did not hold.

`verify("eq-bptt-total, …")` prints a label; the page shows the number of that equation. The role {claim}`name` stands
behind a sentence that rests on `claim("name: …")`: it is empty where the claim held, and a mark where it did not.
`_build/claims.json` lists all claims of the book.
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.ext.glue.utils import RetrievalError, retrieve_glue_data
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

MARK = "did not hold on this machine"
LABEL = re.compile(r"\beq-[\w-]*\w")
GLUED = "claim-"
logger = logging.getLogger(__name__)


def claim_role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, options: Any = None, content: Any = ()
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """The role: nothing, or the mark with what was claimed as its title."""
    try:
        claim = read_claim({"data": retrieve_glue_data(inliner.document, GLUED + text).data})
    except RetrievalError:
        return [], [inliner.reporter.error(f"no cell of this page claims {text!r}", line=lineno)]
    _of(inliner.document.settings.env)["sentences"].setdefault(inliner.document.settings.env.docname, set()).add(text)
    if claim["holds"]:
        return [], []
    return [nodes.Text(" "), nodes.inline(rawtext, f"({MARK})", classes=["u-not-held"])], []


def read_claim(output: dict[str, Any]) -> dict[str, Any]:
    """What `unrolled.lab.evidence.claim` left in an output: `what`, `holds` and `margin`."""
    return ast.literal_eval(output["data"]["text/plain"])


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the claims of a page that was just read."""
    page, kept = app.env.docname, _of(app.env)
    keys = NbMetadataCollector.get_doc_data(app.env).get(page, {}).get("glue", ())
    names = [key.removeprefix(GLUED) for key in keys if key.startswith(GLUED)]
    # myst-nb's own reader of this file remembers what it read before
    place = Path(app.env.mystnb_config.output_folder, f"{page}.glue.json")
    glued = json.loads(place.read_text(encoding="utf-8")) if names else {}
    kept["claims"][page] = [{"page": page, "name": name, **read_claim(glued[GLUED + name])} for name in names]
    for name in sorted(set(names) - kept["sentences"].get(page, set())):
        logger.warning("no sentence rests on the claim %r: write {claim}`%s` behind it", name, name, location=page)


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Drop what an earlier build knew of a page."""
    for kept in _of(env).values():
        kept.pop(page, None)


def number_outputs(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Replace the labels of equations in printed outputs by their numbers."""
    for block in doctree.findall(nodes.literal_block):
        if "stream" not in block["classes"]:
            continue
        text = LABEL.sub(lambda found: equation_number(app, page, found[0]), block.astext())
        if text != block.astext():
            block.rawsource = text  # Sphinx highlights where both are equal
            block[:] = [nodes.Text(text)]


def equation_number(app: Sphinx, page: str, label: str) -> str:
    """The number of a labelled equation as it stands on its page, in brackets; warns where the book has none."""
    place = app.env.get_domain("math").equations.get(label)
    number = place and app.env.toc_fignumbers.get(place[0], {}).get("displaymath", {}).get(f"equation-{label}")
    if not number:
        logger.warning("an output names the equation %r, which the book does not have", label, location=page)
        return label
    return f"({'.'.join(map(str, number))})"


def write_claims(app: Sphinx, error: Exception | None) -> None:
    """Write all claims of the book to `_build/claims.json`, page by page."""
    claims = [claim for page in sorted(_of(app.env)["claims"]) for claim in _of(app.env)["claims"][page]]
    place = Path(app.outdir).parent / "claims.json"
    place.write_text(json.dumps(claims, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _of(env: BuildEnvironment) -> dict[str, dict[str, Any]]:
    if not hasattr(env, "unrolled_evidence"):
        env.unrolled_evidence = {"claims": {}, "sentences": {}}
    return env.unrolled_evidence


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_role("claim", claim_role)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("doctree-resolved", number_outputs)
    app.connect("build-finished", write_claims)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}

"""What a page keeps folded until it is asked for: answers to “predict first”, and claims of the source articles.

```{predict} The question, which is seen.       ```{said} 000-1, 003-3
The answer, which opens on a click.             :verdict: false
```                                             :english: What the article says, translated.
                                                :chinese: 原文

                                                Why the verdict is what it is.
                                                ```
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

VERDICTS = ("true", "false", "depends", "unsupported")
CLAIM = re.compile(r"00[0-4]-\d+")
MEASURED = re.compile(r"\{claim\}`([\w-]+)`")


class Fold(nodes.General, nodes.Element):
    """`<details>`: a `FoldLine`, then what is folded."""


class FoldLine(nodes.General, nodes.TextElement):
    """`<summary>`: the line that is always seen."""


class Predict(SphinxDirective):
    """A question that the reader answers before reading on; the answer opens on a click."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        if not self.arguments[0].endswith(("?", ".", ")", "”")):
            raise self.error(f"predict: the question is one line; this one has no end: {self.arguments[0]!r}")
        question, problems = self.state.inline_text(self.arguments[0], self.lineno)
        answer = Fold("", FoldLine("", "Answer"))
        self.state.nested_parse(self.content, self.content_offset, answer)
        if len(answer) == 1:
            raise self.error("predict: the answer is missing; it stands behind the question's line")
        asked = nodes.paragraph("", "", nodes.strong("", "Predict first. "), *question, classes=["u-question"])
        return [nodes.container("", asked, answer, classes=["u-predict"]), *problems]


class Said(SphinxDirective):
    """A claim of the source articles: English and the verdict are seen, the words and the reason open on a click."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar = {
        "verdict": lambda word: directives.choice(word, VERDICTS),
        "english": directives.unchanged_required,
        "chinese": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        claims = [claim.strip() for claim in self.arguments[0].split(",")]
        if wrong := [claim for claim in claims if not CLAIM.fullmatch(claim)]:
            raise self.error(f"said: {', '.join(wrong)} is no claim; 003-12 is the twelfth of article 003")
        if missing := {"verdict", "english", "chinese"} - set(self.options):
            raise self.error(f"said {self.arguments[0]}: add {', '.join(f':{name}:' for name in sorted(missing))}")
        if not self.content:
            raise self.error(f"said {self.arguments[0]}: why the verdict? Say so in the body")
        verdict = self.options["verdict"]
        english, problems = self.state.inline_text(self.options["english"].replace("\n", " "), self.lineno)
        pill = nodes.inline("", verdict, classes=["u-verdict"])
        line = FoldLine("", "", pill, nodes.Text(" "), nodes.inline("", "", *english, classes=["u-said"]))
        chinese = nodes.inline("", self.options["chinese"].replace("\n", ""), classes=["u-chinese", "language-zh"])
        source = nodes.paragraph("", "", chinese, nodes.Text(" "), *self.links(claims), classes=["u-source"])
        rests_on = MEASURED.findall("\n".join(self.content))
        whole = Fold("", line, source, classes=["u-claim", verdict], claims=claims, rests_on=rests_on)
        whole["ids"] = [self.anchor(claims[0])]
        self.state.nested_parse(self.content, self.content_offset, whole)
        return [whole, *problems]

    def anchor(self, claim: str) -> str:
        """The name under which a link reaches this claim, once more where a page judges it in parts."""
        count = self.env.temp_data.setdefault("said", Counter())
        count[claim] += 1
        return f"said-{claim}" + (f"-{count[claim]}" if count[claim] > 1 else "")

    def links(self, claims: list[str]) -> list[nodes.Node]:
        """Each claim's number, as a link to the place that names its article in full."""
        found: list[nodes.Node] = []
        for claim in claims:
            link = addnodes.pending_xref(
                "",
                nodes.inline("", claim),
                refdomain="std",
                reftype="ref",
                reftarget=f"source-{claim.split('-')[0]}",
                refdoc=self.env.docname,
                refexplicit=True,
                refwarn=True,
            )
            found += [nodes.Text(", " if found else "Article and claim "), link]
        return found


def visit_fold(writer: Any, node: Fold) -> None:
    writer.body.append(writer.starttag(node, "details", CLASS="u-fold"))


def depart_fold(writer: Any, node: Fold) -> None:
    writer.body.append("</details>\n")


def visit_fold_line(writer: Any, node: FoldLine) -> None:
    writer.body.append(writer.starttag(node, "summary", ""))


def depart_fold_line(writer: Any, node: FoldLine) -> None:
    writer.body.append("</summary>\n")


def as_it_is(writer: Any, node: nodes.Node) -> None:
    """Other writers know no folds: they show what is inside."""


def setup(app: Sphinx) -> dict[str, Any]:
    others = {name: (as_it_is, as_it_is) for name in ("latex", "text")}
    app.add_node(Fold, html=(visit_fold, depart_fold), **others)
    app.add_node(FoldLine, html=(visit_fold_line, depart_fold_line), **others)
    app.add_directive("predict", Predict)
    app.add_directive("said", Said)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

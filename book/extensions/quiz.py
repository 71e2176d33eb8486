"""Questions with choices: each choice opens to whether it is right, and why.

```{quiz} The question, in one line?      The answers are lists: `-` is a wrong choice, `+` a right one.
- A choice.

  Why it is wrong.

+ Another choice.

  Why it is right.
```

Each choice is a fold, so that it works with a thumb, with the keyboard, and without JavaScript; quiz.js notes in the
browser which questions were answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from folds import Fold, FoldLine
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

RIGHT, WRONG = "+", "-"
VERDICT = {RIGHT: "Right. ", WRONG: "No. "}
KIND = {RIGHT: "right", WRONG: "wrong"}


class Quiz(SphinxDirective):
    """A question with two choices or more, one of them right; all have their reasons."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        text = self.arguments[0]
        if "\n" in text or not text.endswith(("?", ".", ":")):
            raise self.error(f"quiz: the question is one line; this one has no end: {text!r}")
        question, problems = self.state.inline_text(text, self.lineno)
        body = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, body)
        choices = list(self.choices(body))
        if len(choices) < 2 or sum("right" in choice["classes"] for choice in choices) != 1:
            raise self.error(f"quiz: two choices or more, one of them right (`+`), the others wrong (`-`): {text!r}")
        name = f"quiz-{self.env.new_serialno('quiz')}"
        asked = nodes.paragraph("", "", *question, ids=[name], classes=["u-question"])
        group = QuizGroup("", asked, *choices, classes=["u-quiz"], question=name)
        return [group, *problems]

    def choices(self, body: nodes.Element) -> Iterator[Fold]:
        """Each item of the lists as a fold: its first paragraph is seen, the verdict and the reason open."""
        for one in body.children:
            kind = one.get("bullet") if isinstance(one, nodes.bullet_list) else None
            if kind not in VERDICT:
                raise self.error(f"quiz: only lists with - and + stand below the question, not {one.astext()[:60]!r}")
            for item in one.children:
                choice, *reason = item.children
                if not reason or not isinstance(reason[0], nodes.paragraph):
                    raise self.error(f"quiz: why? A paragraph below the choice says it: {choice.astext()[:60]!r}")
                reason[0].insert(0, nodes.strong("", VERDICT[kind]))
                yield Fold("", FoldLine("", "", *choice.children), *reason, classes=["u-choice", KIND[kind]])


class QuizGroup(nodes.General, nodes.Element):
    """A group that has the question as its name."""


def visit_group(writer: Any, node: QuizGroup) -> None:
    named = {"role": "group", "aria-labelledby": node["question"]}
    writer.body.append(writer.starttag(node, "div", **named))


def depart_group(writer: Any, node: QuizGroup) -> None:
    writer.body.append("</div>\n")


def as_it_is(writer: Any, node: nodes.Node) -> None:
    """Other writers show what is inside."""


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("folds")
    others = {name: (as_it_is, as_it_is) for name in ("latex", "text")}
    app.add_node(QuizGroup, html=(visit_group, depart_group), **others)
    app.add_directive("quiz", Quiz)
    app.add_css_file("quiz.css")
    app.add_js_file("progress.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

"""All claims of the source articles in one table, gathered from the `said` blocks of the whole book.

`book/claims.toml`, the ledger, has the claims; verdict and reason stand where a chapter judges one. The directive
`verdicts` shows a row for each; `tally` how many there are by `article` or by `kind`; the role {judged}`false` how many
in a word of prose (a verdict, a kind, `measured`, or `all`); {ruling}`003-6` leads to a row.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from evidence import MARK
from folds import VERDICTS, Fold, FoldLine
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import clean_astext

LEDGER = Path(__file__).resolve().parents[1] / "claims.toml"
KINDS = {
    "name": "a word or letter for another thing",
    "part": "one part’s work given to another",
    "turned": "the wrong way round",
    "reason": "a wrong reason",
    "strong": "too strong by a word",
    "unsaid": "a condition left out",
    "comparison": "a comparison without a measurement",
    "code": "a program or formula that does something else",
    "itself": "the text against itself",
    "date": "right of another time",
    "source": "nothing behind it",
}
HEADS = ("Claim", "What is said", "Verdict", "What decides")
SENTENCE = re.compile(r"[.!?][”)]?(?=\s|$)")
MANY = 1000  # a margin beyond it is told so
ENOUGH = 80  # characters: a first sentence that is shorter takes the next one with it


@dataclass(frozen=True)
class Line:
    """One line of the ledger: a claim's number, what kind of fault it has ("" for none), and the claim."""

    number: str
    kind: str
    words: str

    @property
    def article(self) -> str:
        return self.number.partition("-")[0]


@dataclass(frozen=True)
class Judged:
    """What a `said` block says of a claim: where it stands, the verdict, and the beginning of the reason."""

    page: str
    anchor: str
    verdict: str
    chinese: str
    rests_on: list[str]
    decides: list[nodes.Node]


def ledger() -> list[Line]:
    """The claims in order.

    Raises:
        ValueError: a line has a kind that `KINDS` does not know.
    """
    lines = []
    for article, claims in tomllib.loads(LEDGER.read_text("utf-8")).items():
        for number, (kind, words) in claims.items():
            if kind and kind not in KINDS:
                raise ValueError(f"{LEDGER.name}: {article}-{number} is of no known kind: {kind!r}")
            lines.append(Line(f"{article}-{number}", kind, words))
    return lines


class Number(nodes.Inline, nodes.TextElement):
    """Stands where the number of some claims will stand."""


class Tally(nodes.General, nodes.Element):
    """Stands where bars will stand."""


class ShowTally(SphinxDirective):
    """Bars: how many claims have which verdict, by article or by kind of fault."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        if self.arguments[0] not in ("article", "kind"):
            raise self.error("tally: by `article` or by `kind`")
        return [Tally("", by=self.arguments[0])]


class Verdicts(SphinxDirective):
    """The table, of which the end of the build fills verdicts, reasons and links."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(LEDGER))
        group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in (8, 36, 14, 42)), cols=len(HEADS))
        group += nodes.thead("", nodes.row("", *(cell(nodes.Text(head)) for head in HEADS)))
        body = nodes.tbody()
        problems: list[nodes.Node] = []
        for line in ledger():
            words, wrong = self.state.inline_text(line.words, self.lineno)
            row = nodes.row("", cell(nodes.Text(line.number)), cell(*words), cell(), cell(), claim=line.number)
            row["ids"], row["classes"] = [f"claim-{line.number}"], [f"kind-{line.kind or 'none'}"]
            body += row
            problems += wrong
        group += body
        return [nodes.table("", group, classes=["u-verdicts"]), *problems]


def cell(*content: nodes.Node) -> nodes.entry:
    return nodes.entry("", nodes.paragraph("", "", *content))


def number_role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, options: Any = None, content: Any = ()
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    return [Number(rawtext, what=text)], []


def ruling_role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, options: Any = None, content: Any = ()
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    if text not in (line.number for line in ledger()):
        return [], [inliner.reporter.error(f"ruling: {LEDGER.name} has no claim {text!r}", line=lineno)]
    return [nodes.reference(rawtext, text, internal=True, refuri=f"#claim-{text}")], []


def gather(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the claims that the page just read has judged."""
    found = {}
    for fold in doctree.findall(Fold):
        if "u-claim" in fold["classes"]:
            _, source, reason, *_ = fold.children
            verdict = next(word for word in VERDICTS if word in fold["classes"])
            chinese = next(one for one in source.findall(nodes.inline) if "u-chinese" in one["classes"]).astext()
            decides = opening(reason) if len(fold["claims"]) == 1 else (one.deepcopy() for one in reason.children)
            judged = Judged(app.env.docname, fold["ids"][0], verdict, chinese, fold["rests_on"], list(decides))
            found |= dict.fromkeys(fold["claims"], judged)
    judged_claims(app.env)[app.env.docname] = found
    if any(isinstance(one, Number | Tally) or "claim" in one.attributes for one in doctree.findall(nodes.Element)):
        showing(app.env).add(app.env.docname)


def opening(paragraph: nodes.Node) -> Iterator[nodes.Node]:
    """The first sentences of a paragraph, `ENOUGH` characters or more; formulas and links in them as they are."""
    length = 0
    for node in paragraph.children:
        if not isinstance(node, nodes.Text):
            length += len(node.astext())
            yield node.deepcopy()
            continue
        text = node.astext()
        end = next((one.end() for one in SENTENCE.finditer(text) if length + one.end() >= ENOUGH), None)
        if end is not None:
            yield nodes.Text(text[:end])
            return
        length += len(text)
        yield nodes.Text(text)


def judged_claims(env: BuildEnvironment) -> dict[str, dict[str, Judged]]:
    """By page, the claims that it judges."""
    if not hasattr(env, "unrolled_judged"):
        env.unrolled_judged = {}
    return env.unrolled_judged


def showing(env: BuildEnvironment) -> set[str]:
    """The pages that show what all pages judge."""
    if not hasattr(env, "unrolled_showing"):
        env.unrolled_showing = set()
    return env.unrolled_showing


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Drop what an earlier build knew of a page."""
    judged_claims(env).pop(page, None)
    showing(env).discard(page)


def written_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Whatever was read: another page may have judged otherwise."""
    return sorted(showing(env))


class FillVerdicts(SphinxPostTransform):
    """Fills table, bars and numbers, before links are resolved."""

    default_priority = 5

    def run(self, **options: Any) -> None:
        verdicts = {number: one for page in judged_claims(self.env).values() for number, one in page.items()}
        for row in list(self.document.findall(nodes.row)):
            if judged := verdicts.get(row.get("claim", "")):
                self.fill(row, judged)
        lines = [(line, verdicts[line.number]) for line in ledger() if line.number in verdicts]
        for number in list(self.document.findall(Number)):
            number.replace_self(nodes.Text(str(count(lines, number["what"]))))
        for tally in list(self.document.findall(Tally)):
            tally.replace_self(nodes.raw("", bars(lines, tally["by"]), format="html"))

    def fill(self, row: nodes.Element, judged: Judged) -> None:
        _, words, verdict, decides = row.children
        row["classes"].append(judged.verdict)
        pill = nodes.inline("", judged.verdict, classes=["u-verdict"])
        verdict[0].extend([pill])
        kind = next(name.removeprefix("kind-") for name in row["classes"] if name.startswith("kind-"))
        if kind in KINDS:
            verdict.append(nodes.paragraph("", KINDS[kind], classes=["u-kind"]))
        chinese = nodes.inline("", judged.chinese, classes=["u-chinese", "language-zh"])
        words.append(
            Fold("", FoldLine("", "原文 and evidence"), nodes.paragraph("", "", chinese), *self.evidence(judged))
        )
        for node in judged.decides:
            copied = node.deepcopy()
            for link in copied.findall(lambda one: "refdoc" in getattr(one, "attributes", {})):
                link["refdoc"] = self.env.docname
            decides[0].append(copied)
        place = self.app.builder.get_relative_uri(self.env.docname, judged.page)
        title = clean_astext(self.env.titles[judged.page])
        link = nodes.reference("", title, internal=True, refuri=f"{place}#{judged.anchor}")
        decides.append(nodes.paragraph("", "", link, classes=["u-place"]))

    def evidence(self, judged: Judged) -> Iterator[nodes.Node]:
        """What the runs of the page showed, where the verdict rests on them."""
        known = {one["name"]: one for one in self.env.unrolled_evidence["claims"].get(judged.page, ())}
        listed = nodes.bullet_list("")
        for one in (known[name] for name in judged.rests_on if name in known):
            margin = f"margin {one['margin']:.3g}" if one["margin"] < MANY else f"margin over {MANY:,}"
            words = f"{one['what']} ({margin if one['holds'] else f'{MARK}: {margin}'})"
            listed += nodes.list_item("", nodes.paragraph("", words))
        if len(listed):
            yield nodes.paragraph("", "Measured there:")
            yield listed


def count(lines: list[tuple[Line, Judged]], what: str) -> int:
    """How many claims have this verdict or kind; `all`: how many there are; `measured`: how many rest on runs."""
    if what == "measured":
        return sum(bool(judged.rests_on) for _, judged in lines)
    return sum(what in ("all", line.kind, judged.verdict) for line, judged in lines)


def bars(lines: list[tuple[Line, Judged]], by: str) -> str:
    """HTML of a table with a bar in each row, in whose parts the numbers stand."""
    counts: dict[str, Counter[str]] = {}
    for line, judged in lines:
        counts.setdefault(getattr(line, by), Counter())[judged.verdict] += 1
    counts.pop("", None)  # true ones have no kind of fault
    names = {one: f"Article {one}" for one in counts} if by == "article" else KINDS
    order = sorted(counts) if by == "article" else sorted(counts, key=lambda one: -counts[one].total())
    most = max(found.total() for found in counts.values())
    rows = []
    for one in order:
        parts = "".join(
            f'<span class="{verdict}" style="--n:{counts[one][verdict]}">{counts[one][verdict]}'
            f'<span class="visually-hidden"> {verdict} </span></span>'
            for verdict in VERDICTS
            if counts[one][verdict]
        )
        width = f"{100 * counts[one].total() / most:.0f}%"
        rows.append(
            f'<tr><th scope="row">{escape(names[one])}</th>'
            f'<td><div class="u-bar" style="width:{width}">{parts}</div></td></tr>'
        )
    legend = "".join(f'<span class="{verdict}">{verdict}</span>' for verdict in VERDICTS)
    return f'<div class="u-tally"><p aria-hidden="true">{legend}</p><table>{"".join(rows)}</table></div>'


def load_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Add look and filter where there is the table."""
    if "u-verdicts" in context.get("body", ""):
        app.add_css_file("verdicts.css")
        app.add_js_file("verdicts.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("evidence")
    app.setup_extension("folds")
    app.add_directive("verdicts", Verdicts)
    app.add_directive("tally", ShowTally)
    app.add_role("judged", number_role)
    app.add_role("ruling", ruling_role)
    app.add_post_transform(FillVerdicts)
    app.connect("doctree-read", gather)
    app.connect("env-purge-doc", forget)
    app.connect("env-updated", written_again)
    app.connect("html-page-context", load_script)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}

"""The claims of the source articles: each has one verdict, and the table leads to it."""

import re
import sys
from collections import Counter

import pytest
import yaml
from bs4 import BeautifulSoup

from tests.book import small_book
from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book/extensions"))

import verdicts

CHAPTERS = [
    chapter["file"]
    for part in yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]
    if part.get("numbered")
    for chapter in part["chapters"]
]
BLOCK = re.compile(r"^```\{said\} (?P<claims>.+)\n:verdict: (?P<verdict>\w+)$", re.MULTILINE)
LEDGER = """[000]
1 = ["name", "A gate is $\\\\tanh$."]
2 = ["", "It keeps."]
[003]
7 = ["code", "It runs."]
"""
PAGE = r"""# A page

{judged}`all` claims, {judged}`false` false; see {ruling}`000-1`.

$$ 1 + 1 = 2 $$ (eq-sum)

```{tally} article
```

```{tally} kind
```

```{verdicts}
```

## Said elsewhere

```{said} 000-1, 003-7
:verdict: false
:english: A gate is an activation.
:chinese: 门控单元

No. By {eq}`eq-sum` a gate multiplies something else, always. More words.
```

```{said} 000-2
:verdict: true
:english: It keeps.
:chinese: 它保留

So it is. By {eq}`eq-sum` it keeps what it is given, and nothing else, through all of the steps. More words.
```
"""
SOURCES = "".join(f"\n(source-00{number})=\n## Article 00{number}\n" for number in range(5))


def blocks() -> list[tuple[str, str]]:
    """Each claim that a chapter judges, with its verdict."""
    texts = [(ROOT / f"{name}.md").read_text("utf-8") for name in CHAPTERS]
    found = [block for text in texts for block in BLOCK.finditer(text)]
    return [(claim.strip(), block["verdict"]) for block in found for claim in block["claims"].split(",")]


def test_each_claim_of_the_ledger_has_one_verdict():
    counts = Counter(claim for claim, _ in blocks())
    assert {line.number for line in verdicts.ledger() if not counts[line.number]} == set()
    assert {claim for claim, many in counts.items() if many > 1} == set()
    assert set(counts) - {line.number for line in verdicts.ledger()} == set()


def test_what_is_true_has_no_fault_and_all_else_has_one():
    kinds = {line.number: line.kind for line in verdicts.ledger()}
    assert [claim for claim, verdict in blocks() if (verdict == "true") == bool(kinds.get(claim))] == []


def test_commands_of_the_checklist_exist():
    text = (ROOT / "book/appendix/sources.md").read_text("utf-8")
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    commands = re.findall(r"`make ([\w-]+)(?: NAME=(\w+))?`", text)
    assert commands and {target for target, _ in commands} <= set(targets)
    missing = [name for _, name in commands if name and not (ROOT / f"records/experiments/{name}.json").is_file()]
    assert missing == []


def test_each_row_of_the_checklist_leads_somewhere():
    text = (ROOT / "book/appendix/sources.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "Where it works" not in line]
    assert len(rows) > 60 and [row for row in rows if not re.search(r"\]\(|\{eq\}|\{ref\}", row)] == []


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Builds a book of one page with a ledger of its own."""
    (tmp_path / "claims.toml").write_text(LEDGER, "utf-8")
    monkeypatch.setattr(verdicts, "LEDGER", tmp_path / "claims.toml")

    def build(page: str) -> small_book.Built:
        return small_book.build(tmp_path, page + SOURCES, "verdicts")

    return build


def words(element) -> str:
    return " ".join(element.get_text().split())


@pytest.mark.slow
def test_the_table_shows_verdict_and_reason_and_leads_to_the_block(book):
    built = book(PAGE)
    page = BeautifulSoup(built.page, "html.parser")
    rows = page.select("table.u-verdicts tbody tr")
    assert built.warnings == "" and [row["id"] for row in rows] == ["claim-000-1", "claim-000-2", "claim-003-7"]
    first, second, third = ([words(cell) for cell in row.find_all("td")] for row in rows)
    assert first[0] == "000-1" and "门控单元" in first[1]
    assert first[2] == f"false {verdicts.KINDS['name']}" and second[2] == "true"
    assert (
        first[3] == "No. By (1.1) a gate multiplies something else, always. More words. A page" and third[3] == first[3]
    )
    assert (
        second[3] == "So it is. By (1.1) it keeps what it is given, and nothing else, through all of the steps. A page"
    )
    for row in rows:
        (link,) = row.select(".u-place a")
        assert page.find(id=link["href"].partition("#")[2])["class"][:2] == [
            "u-claim",
            row.select_one(".u-verdict").text,
        ]
    assert "3 claims, 2 false; see 000-1." in words(page.p)
    assert page.p.a["href"] == "#claim-000-1"
    by_article, by_kind = (" ".join(table.get_text(" ").split()) for table in page.select(".u-tally table"))
    assert by_article == "Article 000 1 true 1 false Article 003 1 false"
    assert verdicts.KINDS["name"] in by_kind and "true" not in by_kind


@pytest.mark.slow
def test_a_claim_without_a_verdict_has_an_empty_row(book):
    page = BeautifulSoup(book(PAGE.replace("```{said} 000-2", "```{said} 000-1")).page, "html.parser")
    assert [bool(row.select(".u-verdict")) for row in page.select("table.u-verdicts tbody tr")] == [True, False, True]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "said"),
    [
        (PAGE.replace("{ruling}`000-1`", "{ruling}`000-3`"), "no claim '000-3'"),
        (PAGE.replace("} kind", "} page"), "tally"),
    ],
)
def test_what_is_not_there_is_a_warning(book, page, said):
    assert said in book(page).warnings


def test_a_kind_that_nobody_knows_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "claims.toml").write_text(LEDGER.replace('"code"', '"cod"'), "utf-8")
    monkeypatch.setattr(verdicts, "LEDGER", tmp_path / "claims.toml")
    with pytest.raises(ValueError, match="003-7 is of no known kind: 'cod'"):
        verdicts.ledger()

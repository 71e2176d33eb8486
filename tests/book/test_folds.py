"""What a page keeps folded: answers, claims of the articles, cells that only verify; and how long the rest takes."""

import re
from html import unescape

import pytest

from tests.book import small_book

pytestmark = pytest.mark.slow

EXTENSIONS = ("evidence", "folds", "checks", "minutes")
SOURCES = "".join(f"\n(source-00{number})=\n## Article 00{number}\n" for number in range(5))
PREDICT = """```{predict} What is $1 + 1$?
It is *two*.
```
"""
SAID = """```{said} 000-1, 003-3
:verdict: depends
:english: Everything is *two*.
:chinese: 一切都是二

Not everything.
```
"""
CHECK = """$$ 1 + 1 = 2 $$ (eq-first)

$$ 2 + 2 = 4 $$ (eq-sum)

```{code-cell} ipython3
:tags: [check]

from unrolled.lab.evidence import verify
verify("eq-sum, by counting", [4.0, 2e-16], [4.0, 0.0])
verify("eq-sum, by adding", 2.0 + 2.0, 4.0)
verify("eq-first, from above", 2.0, at_most=3.0)
verify("eq-first, roughly", 2.01, 2.0, within=0.1)
```
"""


def build(folder, page: str) -> small_book.Built:
    return small_book.build(folder, page + SOURCES, *EXTENSIONS)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> small_book.Built:
    return build(tmp_path_factory.mktemp("folds"), f"# A page\n\n{PREDICT}\n{SAID}\n{CHECK}")


def folds(page: str, kind: str) -> list[str]:
    return re.findall(rf'<details class="[^"]*{kind}[^"]*"[^>]*>.*?</details>', page, re.DOTALL)


def words(markup: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", markup)).split())


def test_nothing_of_it_is_a_warning(built):
    assert built.warnings == ""


def test_the_question_is_seen_and_the_answer_folded(built):
    question, answer = re.search(
        r'<div class="u-predict[^>]*>(.*?)<details[^>]*>(.*?)</details>', built.page, re.S
    ).groups()
    assert words(question).startswith("Predict first. What is") and "two" not in question
    assert words(answer) == "Answer It is two ."


def test_the_verdict_and_the_english_are_seen_the_rest_is_folded(built):
    (claim,) = folds(built.page, "u-claim")
    line, _, rest = claim.partition("</summary>")
    assert "depends" in claim.partition(">")[0] and words(line) == "depends Everything is two ."
    assert 'lang="zh"' in rest and "一切都是二" in rest and "Not everything." in rest
    assert re.findall(r'href="(#[^"]+)"', rest) == ["#source-000", "#source-003"]


def test_a_cell_that_only_verifies_is_one_line_with_the_numbers_of_its_equations(built):
    (check,) = folds(built.page, "u-checks")
    line, _, rest = check.partition("</summary>")
    assert words(line) == "4 formulas checked, largest deviation 2e-16 (1.2) (1.1)"
    assert "href" not in line and 'href="#equation-eq-sum"' in rest
    assert "by counting" in words(rest) and "verify" in rest


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (PREDICT.replace("It is *two*.\n", ""), "the answer is missing"),
        (PREDICT.replace("1 + 1$?", "1 +\n1$?"), "the question is one line"),
        (SAID.replace("depends", "perhaps"), "perhaps"),
        (SAID.replace("000-1", "005-1"), "005-1 is no claim"),
        (SAID.replace(":english: Everything is *two*.\n", ""), "add :english:"),
        (SAID.replace("\nNot everything.\n", ""), "why the verdict?"),
        (re.sub(r"verify\(.*", "", CHECK), "verified nothing"),
        ("{minutes}`listen`", "{minutes}`read`"),
    ],
)
def test_what_is_missing_is_a_warning(tmp_path, page, said):
    assert said in build(tmp_path, f"# A page\n\n{page}").warnings


LINE = "one two three four five six seven eight nine ten " * 20  # a minute
HIDDEN = '```{code-cell} ipython3\n:tags: [hide-input]\n\n"' + LINE + '";\n```\n'
WHOLE = '```{code-cell} ipython3\n:tags: [hide-cell]\n\nprint("' + LINE + '")\n```\n'


def test_minutes_count_what_is_seen(tmp_path):
    seen = "\n\n".join([LINE] * 30) + "".join(f"\n\n$$ {number} $$ (eq-{number})" for number in range(10))
    dropdown = f"```{{dropdown}} More\n{LINE}\n\n$$ 1 $$ (eq-more)\n```"
    folded = "\n\n".join(["", dropdown, PREDICT, SAID, CHECK, HIDDEN, WHOLE])
    built = build(tmp_path, f"# A page\n\nIt takes {{minutes}}`read` minutes.\n\n{seen}{folded}")
    # the equations of CHECK stand outside its cell
    assert built.warnings == "" and "It takes 42 minutes." in built.page


@pytest.mark.parametrize(("many", "said"), [(29, "29 minutes"), (46, "46 minutes")])
def test_a_page_that_takes_too_long_or_says_too_little_is_a_warning(tmp_path, many, said):
    built = build(tmp_path, "# A page\n\n{minutes}`read`\n\n" + "\n\n".join([LINE] * many))
    assert f"takes {said} to read" in built.warnings

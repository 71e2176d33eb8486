"""Questions with a reason for each choice, and the box on what an assignment needs."""

import re
from html import unescape

import pytest

from tests.book import small_book

pytestmark = pytest.mark.slow

QUIZ = """```{quiz} What is $1 + 1$?
- Three.

  That is one too many.

+ Two, as in {eq}`eq-sum`.

  Count.

  Twice.
```
"""
NEEDED = "```{needed} sums\nadd: eq-sum\n```\n"
SUM = "\n## Adding `numbers`\n\n$$ 1 + 1 = 2 $$ (eq-sum)\n"


def build(folder, page: str) -> small_book.Built:
    return small_book.build(folder, f"# A page\n\n{page}", "quiz", "needed", settings="nb_execution_mode = 'off'\n")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> small_book.Built:
    return build(tmp_path_factory.mktemp("quiz"), NEEDED + SUM + QUIZ)


def words(markup: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", markup)).split())


def test_nothing_of_it_is_a_warning(built):
    assert built.warnings == ""


def test_a_choice_opens_to_its_verdict_and_its_reason(built):
    choices = re.findall(r'<details class="u-choice (\w+) u-fold">(.*?)</summary>(.*?)</details>', built.page, re.S)
    assert [(kind, words(choice), words(why)) for kind, choice, why in choices] == [
        ("wrong", "Three.", "No. That is one too many."),
        ("right", "Two, as in (1.1) .", "Right. Count. Twice."),
    ]
    assert "open" not in "".join(re.findall(r"<details[^>]*>", built.page))


def test_the_question_is_the_name_of_the_group(built):
    (name,) = re.findall(r'<div aria-labelledby="([^"]+)"[^>]*role="group"', built.page)
    assert words(re.search(rf'<p[^>]*id="{name}"[^>]*>(.*?)</p>', built.page, re.S)[1]).startswith("What is")


def test_the_box_links_each_function_with_its_equation_and_its_section(built):
    box = re.search(r'<details class="u-needed u-fold">(.*?)</details>', built.page, re.S)[1]
    assert words(box).startswith("For the assignment sums you need add : Eq. (1.1) , Adding numbers")
    assert 'href="#equation-eq-sum"' in box and 'data-bundle="sums"' in box


def asking(question: str) -> str:
    return QUIZ.replace("What is $1 + 1$?", question)


WRONG = {
    "one of them right (`+`), the others wrong (`-`): 'None?'": asking("None?").replace("+ Two", "- Two"),
    "one of them right (`+`), the others wrong (`-`): 'Both?'": asking("Both?").replace("- Three", "+ Three"),
    "A paragraph below the choice says it: 'Three.'": QUIZ.replace("\n  That is one too many.\n", ""),
    "stand below the question, not 'More.'": QUIZ.replace("```\n", "\nMore.\n```\n"),
    "this one has no end: 'Well'": asking("Well"),
    "each line is a function and a label": NEEDED.replace("add: eq-sum", "add"),
    "names the equation 'eq-product', which the book does not have": NEEDED.replace("eq-sum", "eq-product"),
}


def test_what_is_missing_is_a_warning(tmp_path):
    warnings = build(tmp_path, "\n".join(WRONG.values()) + SUM).warnings
    assert [said for said in WRONG if said not in warnings] == []

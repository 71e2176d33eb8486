"""The form of a chapter (CONTRIBUTING.md), page by page: what its text alone can show."""

import re

import jupytext
import pytest
import yaml

from tests.places import ROOT

CHAPTERS = [
    chapter["file"]
    for part in yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]
    if part.get("numbered")
    for chapter in part["chapters"]
]
END = ("What goes wrong", "Quiz", "Exercise", "Summary", "Said elsewhere", "References")
FENCE = re.compile(r"^(?P<fence>`{3,}|:{3,})")
UNSEEN = {"hide-input", "hide-cell", "remove-input", "remove-cell", "check"}
LINES, COLUMNS = 24, 74
# Letters that mean one thing in the whole book, written for another.
STRAY = {
    r"(?<!bar )(?<![\\a-zA-Z])A_\{?t\b": "the Jacobian of a step is J_t",
    r"\\tilde\{?\s*[ch]": "candidates are g_t and n_t; another's notation stands in a bridge table",
}


def sections(text: str) -> list[tuple[str, str]]:
    """Title and text of each `##` and `###` section in order, the opening first; a line in a fence is no heading."""
    found, fence = [["", ""]], ""
    for line in text.splitlines():
        mark = FENCE.match(line)
        if fence and mark and line.rstrip() == mark["fence"] and len(mark["fence"]) >= len(fence):
            fence = ""
        elif not fence and mark:
            fence = mark["fence"]
        elif not fence and (heading := re.fullmatch(r"#{2,3} (.+)", line)):
            found.append([heading[1], ""])
            continue
        found[-1][1] += line + "\n"
    return [(title, content) for title, content in found]


@pytest.fixture(scope="module", params=CHAPTERS)
def page(request):
    text = (ROOT / f"{request.param}.md").read_text("utf-8")
    return text, sections(text), jupytext.reads(text, fmt="md:myst")


def code_cells(page):
    return [cell for cell in page[2].cells if cell.cell_type == "code"]


def test_it_opens_with_a_picture_and_a_puzzle(page):
    opening = page[1][0][1]
    pictures = ("{diagram}", "{figure}", "{raw} html", "{inside}", "show(")
    assert any(picture in opening for picture in pictures)
    places = [
        opening.find(words) for words in ("**The question.**", "**You need**", "**It takes** about {minutes}`read` ")
    ]
    assert min(places) > 0 and places == sorted(places)
    assert "|---" not in opening


def test_shapes_are_folded_behind_the_motivation(page):
    assert "## Shapes first" not in page[0]
    place = page[0].find("{dropdown} Shapes")
    assert page[0].find("\n## ") < place


def test_it_ends_in_the_same_order(page):
    titles = [title for title, _ in page[1]]
    places = [next(n for n, title in enumerate(titles) if title in (name, f"{name}s")) for name in END]
    assert places == sorted(places) and titles[-1] == "References"


def test_claims_of_the_articles_stand_at_the_end_only(page):
    kept = {title: content for title, content in page[1] if "{said}" in content}
    assert list(kept) == ["Said elsewhere"] and ":class: claim" not in page[0]
    outside = re.sub(r"\{ruling\}`.+?`", "", page[0].replace(kept["Said elsewhere"], ""))
    assert not re.findall(r"\b00[0-4]-\d|[Ss]ources? 00[0-4]|[Cc]laim 00[0-4]", outside)


def test_two_questions_or_more_are_to_be_answered_before_reading_on(page):
    assert 2 <= page[0].count("```{predict} ") <= 4
    # A fence whose first line holds a backtick is none, and swallows what follows.
    assert not re.findall(r"^`{3,}\{\w+\}.*`.*", page[0], re.MULTILINE)


def test_a_quiz_asks_two_or_three_questions_and_each_has_a_right_choice_in_another_place(page):
    (quiz,) = [content for title, content in page[1] if title == "Quiz"]
    signs = [re.findall(r"^([-+]) ", one, re.MULTILINE) for one in quiz.split("```{quiz} ")[1:]]
    assert 2 <= len(signs) <= 3
    places = [one.index("+") for one in signs]
    assert len(set(places)) > 1, "the right choice always stands in the same place"


def test_code_that_is_seen_is_short_and_fits(page):
    shown = [cell.source for cell in code_cells(page) if not UNSEEN & set(cell.metadata.get("tags", ()))]
    assert shown, "no code teaches"
    assert [source for source in shown if len(source.splitlines()) > LINES] == []
    assert [line for source in shown for line in source.splitlines() if len(line) > COLUMNS] == []


def test_verifying_cells_are_folded_and_do_nothing_else(page):
    for cell in code_cells(page):
        checks = "check" in cell.metadata.get("tags", ())
        assert not checks or re.search(r"\bverify\(", cell.source), cell.source
        assert not checks or not re.search(r"\b(claim|show|table)\(", cell.source), cell.source


def test_an_experiment_has_its_question_before_it_and_its_answer_behind_it(page):
    for title, content in page[1]:
        before, experiment, behind = content.partition("claim(")
        if experiment:
            assert re.search(r"^\*\*[^*]+\?\*\*", before, re.MULTILINE), f"{title}: no bold question before it"
            assert re.search(r"^\*\*[^*]+\*\*", behind, re.MULTILINE), f"{title}: no bold answer behind it"


@pytest.mark.parametrize("letter", STRAY)
def test_one_letter_means_one_thing(page, letter):
    bridges = re.sub(r"^\|.*", "", page[0], flags=re.MULTILINE)
    bridges = re.sub(r"```\{said\}.*?\n```", "", bridges, flags=re.DOTALL)
    assert not re.findall(letter, bridges), STRAY[letter]

"""What cells verified and claimed, as it comes onto the page: numbers for labels, marks, warnings, a list."""

import json
from pathlib import Path

import pytest

from tests.book import small_book

pytestmark = pytest.mark.slow

PAGE = """# A page

$$ 1 + 1 = 2 $$ (eq-first)

$$ 2 + 2 = 4 $$ (eq-sum)

```{code-cell} ipython3
from unrolled.lab.evidence import below, claim, verify
verify("eq-sum, by counting", 2 + 2, 4)
claim("small: three is below ten", *below(3, 10))
claim("large: twelve is below ten", *below(12, 10))
```

Three is small.{claim}`small` Twelve is small.{claim}`large` So says {eq}`eq-sum`.
"""


def build(folder: Path, page: str) -> tuple[str, str, list[dict]]:
    """Build one page; its text, the warnings, the list of claims."""
    built = small_book.build(folder, page, "evidence")
    return built.page, built.warnings, json.loads((folder / "_build/claims.json").read_text())


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("book"), PAGE)


def test_the_page_builds_without_a_warning_though_a_claim_failed(built):
    assert built[1] == ""


def test_an_output_names_the_equation_by_its_number(built):
    assert "(1.2), by counting" in built[0]
    assert "eq-sum, by" not in built[0].partition("cell_output")[2]


def test_only_the_sentence_that_failed_is_marked(built):
    text = built[0]
    assert "Three is small. Twelve is small." in text
    assert text.count("u-not-held") == 1
    after = text.partition("Twelve is small.")[2]
    assert after.lstrip().startswith('<span class="u-not-held">(did not hold on this machine)')


def test_all_claims_are_listed(built):
    assert [(claim["name"], claim["holds"]) for claim in built[2]] == [("small", True), ("large", False)]
    assert built[2][0] == {
        "page": "page",
        "name": "small",
        "what": "three is below ten",
        "holds": True,
        "margin": pytest.approx(3.33),
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Three is small.{claim}`small` ", "", "no sentence rests on the claim 'small'"),
        ("{claim}`small`", "{claim}`small`{claim}`smaller`", "no cell of this page claims 'smaller'"),
        ('"eq-sum, by', '"eq-summ, by', "the equation 'eq-summ'"),
    ],
)
def test_what_does_not_fit_together_is_a_warning(tmp_path, old, new, words):
    assert old in PAGE
    page = PAGE.replace(old, new)
    assert words in build(tmp_path, page)[1]


def test_a_second_build_keeps_what_the_first_knew(tmp_path):
    first = build(tmp_path, PAGE)
    assert build(tmp_path, PAGE)[2] == first[2]
    assert build(tmp_path, PAGE.replace("below(12, 10)", "below(2, 10)"))[2][1]["holds"] is True

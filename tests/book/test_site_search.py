"""What the search's index holds of a page."""

import json
import sys

import pytest

from tests.book import small_book
from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book/extensions"))

from site_search import found_on, shortened

pytestmark = pytest.mark.slow

PAGE = r"""# Gates

Opening words.

## The forget gate

It has the state $c_t$ and {eq}`eq-kept`:

$$ c_t = f_t \odot c_{t-1} $$ (eq-kept)

```python
not_indexed = True
```

### Deeper

Words of its own.

## Outer

### Inner

Words of the inner one.

## Said

```{said} 001-1
:verdict: false
:english: It forgets all.
:chinese: 它全部遗忘

It does not.
```

```{said} 001-1, 001-2
:verdict: true
:english: It keeps.
:chinese: 它保留

It does.
```

## Summary

```{dropdown} Terms
| English | 中文 |
|---|---|
| forget gate | 遗忘门 |
```

(source-001)=
## Article 001
"""


def read(path):
    name, _, data = path.read_text("utf-8").splitlines()[0].partition(" = ")
    return name, json.loads(data.removesuffix(";"))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    extensions = ("evidence", "folds", "terms", "site_search")
    built = small_book.build(
        tmp_path_factory.mktemp("search"),
        PAGE,
        *extensions,
        settings="html_theme = 'sphinx_book_theme'\nmathjax3_config = {'tex': {'macros': {'R': 'x'}}}\n",
    )
    assert built.warnings == ""
    return built.site


def test_sections_have_their_own_words_and_formulas_and_no_code(site):
    name, entries = read(site / "_static/search-index.js")
    sections = {entry[5]: entry for entry in entries if entry[0] == "section" and entry[1] == "page"}
    assert name == "window.unrolledIndex"
    assert sections["1. Gates"][6] == "Opening words."
    assert sections["1.1. The forget gate"][2:] == [
        "the-forget-gate",
        "1. Gates",
        "",
        "1.1. The forget gate",
        "It has the state \\(c_t\\) and (1.1):",
    ]
    assert sections["1.1.1. Deeper"][4] == "1.1. The forget gate"
    assert "not_indexed" not in json.dumps(entries)


def test_terms_and_claims_have_entries_and_places_of_their_own(site):
    _, entries = read(site / "_static/search-index.js")
    (term,) = [entry for entry in entries if entry[0] == "term"]
    assert term[2] == "term-forget-gate" and term[5] == "forget gate · 遗忘门"
    claims = [entry for entry in entries if entry[0] == "claim"]
    assert [claim[2] for claim in claims] == ["said-001-1", "said-001-1-2"]
    assert claims[0][5] == "It forgets all. (false)" and "它全部遗忘" in claims[0][6] and "It does not." in claims[0][6]


def test_equations_have_number_place_and_formula(site):
    name, equations = read(site / "_static/equations.js")
    assert name == "window.unrolledEquations"
    assert equations == {"eq-kept": ["(1.1)", "page", "1. Gates", "1.1. The forget gate", "c_t = f_t \\odot c_{t-1}"]}
    assert '"macros": {"R": "x"}' in (site / "_static/equations.js").read_text("utf-8")


def test_there_is_no_other_search(site):
    assert not (site / "searchindex.js").exists() and (site / "search.html").exists()


def test_the_opening_of_a_section_is_kept_under_each_of_its_names(site):
    name, openings = read(site / "_static/sections.js")
    assert name == "window.unrolledSections"
    assert openings["page"] == openings["page#gates"] == ["", "1. Gates", "Opening words."]
    place, title, first = openings["page#the-forget-gate"]
    assert (place, title) == ("1. Gates", "1.1. The forget gate")
    assert first.startswith(r"It has the state \(c_t\) and")
    assert openings["page#outer"] == ["1. Gates", "1.2. Outer", "Words of the inner one."]
    assert openings["page#source-001"] == openings["page#article-001"]


def test_an_opening_is_cut_behind_a_formula():
    formula = r"\(" + "a " * 200 + r"\)"
    assert shortened(f"{formula} and more words") == f"{formula} …"
    assert shortened("short") == "short"


def test_page_is_read_again_only_where_its_own_text_changed():
    html = "<body><nav>{}</nav><article><section id='a'><h1>A</h1><p>{} words.</p></section></article></body>"
    before = found_on("page", html.format("one page", "Some"), None)
    assert before.entries == [["section", "page", "a", "A", "", "A", "Some words."]]
    assert found_on("page", html.format("two pages", "Some"), before) is before
    after = found_on("page", html.format("two pages", "Other"), before)
    assert after.entries[0][6] == "Other words."


def test_page_without_text_of_its_own_has_nothing():
    assert found_on("page", "<body><nav>all</nav></body>", None).entries == []

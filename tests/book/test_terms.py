"""A page's terms: the first use of each, where it is seen, leads to its row in the table."""

import re

import pytest

from tests.book import small_book

pytestmark = pytest.mark.slow

PAGE = """# A page with gates

A [gate](index.md) and `gate` and *two gates*, then a gate. What aggregates is no gate.

```{dropdown} More
A hidden state.
```

The initial state comes first; a step detaches.

## Summary

```{dropdown} Terms
| English | 中文 |
|---|---|
| gate | 门 |
| hidden state, initial state (of a net) | 隐藏状态，初始状态 |
| to detach | 分离 |
```
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    built = small_book.build(tmp_path_factory.mktemp("terms"), PAGE, "folds", "terms")
    assert built.warnings == ""
    return built.page


def test_the_first_use_in_running_text_leads_to_the_row(page):
    links = re.findall(r'<a class="u-term[^"]*" href="(#[^"]+)">([^<]+)</a>', page)
    assert links == [("#term-gate", "gates"), ("#term-hidden-state", "initial state")]
    assert "<em>two <a" in page


def test_each_row_has_its_name(page):
    rows = re.findall(r'<tr[^>]* id="(term-[^"]+)"', page)
    assert rows == ["term-gate", "term-hidden-state", "term-detach"]


def test_a_page_without_terms_stays_as_it_is(tmp_path):
    built = small_book.build(tmp_path, "# Page\n\nA gate.\n", "folds", "terms")
    assert built.warnings == "" and "u-term" not in built.page

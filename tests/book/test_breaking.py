"""Every `verify` of the book fails when the code beside it is changed; and what cannot fail is found."""

import pytest

from benchmarks import checks
from benchmarks.portable import pages

RECORD = checks.known()

HEAD = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---

```{code-cell} ipython3
import numpy as np
from unrolled.lab.evidence import verify

def twice(x):
    return 2 * x
```

```{code-cell} ipython3
"""


@pytest.mark.parametrize("page", pages())
def test_the_record_is_of_todays_page_and_of_checks_that_can_fail(page):
    entry = RECORD.get(page, {})
    assert entry.get("hash") == checks.digest(page), (
        f"benchmarks/checks.json does not know today's {page}: its code, a module that it imports, a library or "
        "tests/book/breaking.py has changed. `make portable` runs what changed; commit its record."
    )
    assert entry["sites"] > 0
    assert entry["unbroken"] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page if page == "bptt" else pytest.param(page, marks=pytest.mark.full) for page in pages()]
)
def test_each_check_of_a_page_fails_when_the_code_beside_it_is_changed(page):
    found = checks.changed(pages()[page])
    assert {"hash": checks.digest(page), **found} == RECORD[page]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "found"),
    [
        ('verify("by adding", 3.0 + 3.0, 6.0)', 0),
        ('verify("a function of the page", twice(3.0), 6.0)', 0),
        ('verify("roughly", twice(3.0), 6.1, within=0.2)', 0),
        ('verify("a bound", twice(3.0), at_most=6.5)', 0),
        ('verify("two numbers", 54, 54)', 1),
        ('x = np.ones(3)\nverify("the same thing", x, x)', 1),
        ('verify("a bound that is far away", twice(3.0), at_most=1e9)', 1),
    ],
)
def test_what_cannot_fail_is_found(tmp_path, check, found):
    (tmp_path / "page.md").write_text(f"{HEAD}{check}\n```\n")
    assert len(checks.changed(tmp_path / "page.md")["unbroken"]) == found

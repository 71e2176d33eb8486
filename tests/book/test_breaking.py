"""Every `verify` of the book fails when the code beside it is changed; and what cannot fail is found."""

import json
import os
import subprocess
import sys

import pytest

from benchmarks import portable
from tests.places import ROOT

pytestmark = pytest.mark.slow

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


def unbroken(path) -> list[str]:
    environment = {**os.environ, "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", "-m", "tests.book.breaking", str(path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)["unbroken"]


@pytest.mark.parametrize("page", portable.pages())
def test_each_check_of_a_page_fails_when_the_code_beside_it_is_changed(page):
    assert unbroken(portable.pages()[page]) == []


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
    assert len(unbroken(tmp_path / "page.md")) == found

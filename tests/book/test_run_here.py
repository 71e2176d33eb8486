"""The extension `run_here` on a page, and the Python that runs its cells in the browser, run here by itself."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.book import small_book
from tests.places import ROOT

pytestmark = pytest.mark.slow

PAGE = """# A page

```{code-cell} ipython3
import numpy as np
import psutil
```

```{code-cell} ipython3
print(np.ones(2))
```

```{code-cell} ipython3
psutil.cpu_count() > 0
```

```{try} Change *n*.
n = np.arange(3)
```

```{try}
psutil.cpu_count()
```
"""
RUN = """
from cells import Cells, free

def told(code):
    messages = []
    cells = Cells(lambda kind, text, alt: messages.append((kind, text)))
    return cells.run(code, "this cell", False), messages

assert told("print('a')\\n1 + 1") == (True, [("stdout", "a\\n"), ("result", "2")])
assert told("1 + 1;") == (True, [])
shown = told("from IPython.display import HTML, display\\ndisplay(1)\\nHTML('<b>')")[1]
assert shown == [("result", "1"), ("html", "<b>")]
ok, ((kind, text),) = told("import json\\njson.loads('{')")
assert not ok and kind == "error" and "line 2" in text and "json/" not in text and "JSONDecodeError" in text
ok, messages = told("for number in range(100_000): print(number)")
assert ok and sum(len(text) for _, text in messages) < 201_000 and "not shown" in messages[-1][1]
assert not told("input()")[0] and not told("raise SystemExit")[0]
assert free("def f(x):\\n    return x + k\\n[y for y in z]") == ["k", "z"] and free("1 +") == []
from unrolled.lab.evidence import claim
from unrolled.page import table
assert claim("a: it holds", True, 2) and table(["a"], [[1]])._repr_html_()
print("done")
"""


def test_cells_that_can_run_are_marked_and_their_needs_written(tmp_path):
    built = small_book.build(tmp_path, PAGE, "run_here")
    assert built.page.count("u-runs") == 2
    assert "run.js" in built.page and 'data-page="page"' in built.page
    plan = json.loads((built.site / "_static/cells/page.json").read_text())
    (cell, needed), (asked, also_needed) = plan["cells"].items()
    assert f"u-cell-{cell}" in built.page and asked == "try0"
    assert [plan["statements"][str(number)]["code"].strip() for number in needed] == ["import numpy as np"]
    assert needed == also_needed
    assert set(plan["names"]) == {"np"}
    assert "this `try` needs what the page's Python has not: psutil" in built.warnings


LONG = """# A page

```{code-cell} ipython3
import psutil
```

```{code-cell} ipython3
few = 0
few += psutil.cpu_count()
print(few)
```

```{code-cell} ipython3
:tags: [hide-input]
def grown(a):
    a = a.sigmoid()
    return few + a
```

```{code-cell} ipython3
def plain(a):
    b = a + 1
    return b
```

```{code-cell} ipython3
print(few)
```
"""


def test_a_longer_cell_that_cannot_run_says_what_it_needs(tmp_path):
    page = small_book.build(tmp_path, LONG, "run_here").page
    said = re.findall(r'<p class="u-not-here not-printed">(.*?)</p>', page)
    assert said == ["Does not run in a browser: it needs psutil.", "Does not run in a browser: it needs PyTorch."]


def test_a_page_without_such_cells_loads_nothing_of_it(tmp_path):
    built = small_book.build(tmp_path, "# A page\n\n```{code-cell} ipython3\nimport psutil\n```\n", "run_here")
    assert "run.js" not in built.page and "u-runs" not in built.page


def test_cells_show_what_they_print_return_and_break(tmp_path):
    folders = (ROOT / "book/python_in_page/packages", ROOT / "book")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.stdout == "done\n", done.stderr

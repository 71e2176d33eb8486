"""What the runner skips of IPython, where a cell is plain Python, changes nothing of what a cell means."""

import ast
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from IPython.core.async_helpers import _should_be_async
from IPython.core.inputtransformer2 import TransformerManager

from autograde.runner.plain import SIGN, Transformers, may_await
from tests.autograde.notebooks import run

PIECES = [
    *("\n", "\n\n", "    ", "\t", " ", "\\\n", "\r\n", "\r", "\f", "\x0b", "\x85", "\u2028", ""),
    *("x", "f", "1", "=", " = ", "==", "!=", "%", "%%", "!", "!!", "?", "??", ",", ";", "/", ":", ".", "*", "$"),
    *("(", ")", "[", "]", "{", "}", "'", '"', '"""', "'''", "#", "# why", "...", "...: ", ">>> ", "In [1]: "),
    *("[nav] In [2]: ", "def f(x):\n    return x\n", "if x:\n", "ls", "%time ", "!ls "),
    *("x = %sx ls", "await f()", "async "),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
CELLS = [
    "def f(x):\n    return x % 2",
    'def f(x):\n    """Says.\n\n    >>> f(1)\n    """\n    return x\n',
    'def f(x):\n    """Says.\n   \n    more"""\n    return x\n',
    "y = (a\n% b)",
    "y = a \\\n/ b",
    "%time f(x)",
    "x = !ls",
    "In [1]: x = 1\nIn [2]: y = 2",
    "    x = 1\n    y = 2",
    "\n\nx = 1",
    "x = 1\n\n\n",
    "x = 1; y = 2",
    "x, y = 1, 2",
    "1 +",
    "x = 'unended",
]


@pytest.mark.filterwarnings("ignore:`make_tokens_by_line`:UserWarning")
@settings(max_examples=600, deadline=None)
@given(TEXTS | st.sampled_from(CELLS))
def test_a_cell_is_transformed_as_ipython_does(cell):
    try:
        as_ipython_does = TransformerManager().transform_cell(cell)
    except IndentationError:  # where that finds one, Python does
        with pytest.raises(IndentationError):
            compile(Transformers().transform_cell(cell), "<cell>", "exec")
    else:
        assert Transformers().transform_cell(cell) == as_ipython_does


def test_plain_python_is_not_split_into_tokens(monkeypatch):
    monkeypatch.setattr("IPython.core.inputtransformer2.make_tokens_by_line", None)
    plain = "import numpy as np\n\ndef f(x):\n    '''Says: 5 % of x, or so!'''\n    return x % 5 != 1  # / 2\n\nf(1)"
    assert SIGN.search(plain) is None
    assert Transformers().transform_cell(plain) == plain + "\n"


def test_a_students_own_transformation_takes_part():
    transformers = Transformers()
    transformers.line_transforms.append(lambda lines: [line.replace("old", "new") for line in lines])
    assert transformers.transform_cell("old = 1") == "new = 1\n"


@settings(max_examples=500, deadline=None)
@given(TEXTS)
@example("await f()")
@example("[x async for x in f()]")
@example("async with f():\n    pass")
def test_no_cell_that_awaits_is_missed(cell):
    assert may_await(cell) or not _should_be_async(cell)


def test_awaiting_within_a_function_is_not_awaiting():
    ast.parse(source := "async def f():\n    await g()")
    assert may_await(source), "IPython decides"
    assert not may_await("def f():\n    return awaited, asyncio")


NOTEBOOK = [
    "import numpy as np, math\nfrom math import (tau,\n    pi as half)",
    "import not_here\nx = 1",
    "x + 1",
    "x + 1;",
    "_, In[-1], len(In), Out",
    "print('a')\nx = 2\nx",
    'def f(a):\n    """Says.\n\n    more\n    """\n    return a % 2 != 1\n\nf(3)',
    "def f(a):\n    return 1 / a\n\n\n# why\nf(0)",
    "try:\n    f(0)\nexcept ZeroDivisionError as error:\n    raise ValueError('no') from error",
    "x = 3\nif True:\n    y = (1\n",
    "x = 'open",
    "if True:\nx = 1",
    "return 1",
    "raise SystemExit",
    "class A:\n    def __repr__(self):\n        return 'an A'\nA()",
    "np.ones((2, 3), dtype=np.float32)",
    "get_ipython().display_formatter and display(A(), 2)",
    "async def g():\n    return 5\nawait g()",
    "[i async for i in g()]",
    "%precision 3\nmath.pi",
    "x = !ls",
    "np.tanh?",
    "y = 7 \\\n    % 4\ny",
    "1 / 0; x = 9",
    "x: int = 4\nassert x == 5, 'x is four'",
    "for i in range(2): print(i)",
    "__name__, __doc__, 'not_here' in dir()",
    "__import__('traceback').print_stack(limit=1)",
    "sorted(name for name in globals() if not name.startswith('_'))",
]
AS_IPYTHON = """
from IPython.core import inputtransformer2, interactiveshell
get_ipython().input_transformer_manager = inputtransformer2.TransformerManager()
type(get_ipython()).should_run_async = interactiveshell.InteractiveShell.should_run_async
del inputtransformer2, interactiveshell
"""


@pytest.mark.slow
def test_what_cells_put_out_is_what_they_put_out_without_the_short_ways():
    _, *short = run("pass", *NOTEBOOK)
    _, *long = run(AS_IPYTHON, *NOTEBOOK)
    told = [[(cell.execution_count, cell.outputs) for cell in cells] for cells in (short, long)]
    for source, ours, theirs in zip(NOTEBOOK, *told, strict=True):
        assert _without_places(ours) == _without_places(theirs), source
    errors = {output.ename for _, outputs in told[0] for output in outputs if output.output_type == "error"}
    assert errors >= {"ValueError", "SyntaxError", "IndentationError", "ZeroDivisionError", "AssertionError"}


def _without_places(told):
    return re.sub(r"0x\w+", "", repr(told))

"""What students write above a `def` in JupyterLab and Colab: no such line costs the functions in its cell."""

import re

import pytest

from autograde.runner.commands import NOTE
from tests.autograde.notebooks import answer, error, graded, points, printed, run, why

pytestmark = pytest.mark.slow

LINES = [
    "!ls",
    "!pip install -q tqdm",
    "!ls &",
    "    \n!echo {np.pi} $HOME",
    "x = !ls",
    "x = !ls\nprint(x[0], x.n)",
    "!!ls",
    "for _ in range(2):\n    !ls",
    "%pip install tqdm",
    "%conda install tqdm",
    "%mamba install tqdm",
    "%uv pip install tqdm",
    "%sx ls",
    "%system ls",
    "x = %sx ls",
    "%ls",
    "%cd /content",
    "%cat x.txt",
    "%run missing.py",
    "%matplotlib inline",
    "%matplotlib notebook",
    "%matplotlib widget",
    "%config InlineBackend.figure_format = 'retina'",
    "%load_ext autoreload\n%autoreload 2",
    "%load_ext tensorboard\n%tensorboard --logdir runs",
    "%load_ext google.colab.data_table",
    "%tensorflow_version 2.x",
    "%nonsense",
    "%time sum(range(10))",
    "%timeit -n 1 -r 1 sum(range(10))",
    "%env X=1",
    "%who",
    "%pdb off",
    "%debug",
    "%history",
    "%store x",
    "np.tanh?",
    "?np.tanh",
    "get_ipython().system('ls')",
    "get_ipython().getoutput('ls')",
    "get_ipython().run_line_magic('pip', 'install tqdm')",
    "get_ipython().run_cell_magic('bash', '', 'ls')",
    "get_ipython().magic('ls')",
]
WHOLE = ["%%time", "%%capture", "%%capture out", "%%memit", "%%nonsense --option", "%%wandb"]
FUNCTION = "def f(x):\n    return x"


def test_a_line_of_ipython_s_own_costs_no_function_of_its_cell():
    names = [f"f{number}" for number in range(len(LINES))]
    cells = [answer(f"{line}\n{FUNCTION.replace('f(', name + '(')}") for line, name in zip(LINES, names, strict=True)]
    tests = [graded(f"assert {name}(1) == 1") for name in names]
    done = run("import numpy as np", *cells, *tests)
    lost = [line for line, cell in zip(LINES, done[1 + len(LINES) :], strict=True) if points(cell) != 3]
    assert lost == []
    assert [line for line, cell in zip(LINES, done[1:], strict=False) if error(cell)] == []


@pytest.mark.parametrize("first", WHOLE)
def test_a_magic_of_the_whole_cell_costs_no_function_in_it(first):
    cells = run(answer(f"{first}\n{FUNCTION}"), graded("assert f(1) == 1"))
    assert points(cells[1]) == 3, cells[0].outputs


PROGRAMS = ["%%bash", "%%sh", "%%script bash", "%%!", "%%sx", "%%system", "%%perl", "%%python3", "%%shell"]


def test_a_cell_for_another_program_says_that_it_does_not_run():
    cells = run(
        *[f"{first}\nls -l | head" for first in PROGRAMS], "%%html\n<b>x</b>", "%%writefile x.py\ny = 1", "import x"
    )
    assert [error(cell) for cell in cells] == [None] * len(cells)
    assert all(NOTE in printed(cell) for cell in cells[: len(PROGRAMS) - 1])
    assert "not known" in printed(cells[len(PROGRAMS) - 1])


def test_one_sentence_is_said_for_a_command():
    (cell,) = run("!pip install tqdm\n%pip install tqdm\n1")
    assert printed(cell).startswith(f"{NOTE}: pip install tqdm\n{NOTE}: ")
    assert re.search(r"python'? -m pip install tqdm", printed(cell))  # quoted where its path has a blank


def test_a_command_in_a_function_that_a_test_calls_is_left_out():
    cells = run(answer("def f(x):\n    !ls\n    y = !ls\n    return x + len(y)"), graded("assert f(1) == 2"))
    assert points(cells[1]) == 3


def test_what_one_s_own_code_raises_under_a_magic_is_the_cell_s_error():
    cells = run("%%time\n1 / 0", "%time 1 / 0\nx = 1", "x")
    assert error(cells[0]) == "ZeroDivisionError"
    assert cells[2].outputs[0].data["text/plain"] == "1"


IMPORTS = [
    "import torch",
    "import tqdm_is_not_here as tqdm, numpy as np\nassert np.tanh(0) == 0",
    "from tqdm_is_not_here import tqdm, trange",
    "from tqdm_is_not_here import *",
    "from numpy import tanh, not_there",
    "import numpy.not_there\nassert numpy.tanh(0) == 0",
    "from google.colab import drive\ndrive.mount('/content/drive')",
    "import torch\ndevice = 'cuda' if torch.cuda.is_available() else 'cpu'",
    "import torch\nclass Net(torch.nn.Module): pass",
    "import torch\ntorch.manual_seed(0)\nfor _ in torch.arange(3): pass",
    "from numba_is_not_here import njit\n@njit\ndef slow(x): pass",
    "try:\n    import torch\nexcept ImportError:\n    torch = None\nassert torch is None",
    "import torch, sys\nsys.stdout.write('x')",
    "import helper_that_fails",
]


def test_an_import_of_what_is_not_there_costs_only_what_needs_it():
    names = [f"f{number}" for number in range(len(IMPORTS))]
    cells = [answer(f"{line}\n{FUNCTION.replace('f(', name + '(')}") for line, name in zip(IMPORTS, names, strict=True)]
    tests = [graded(f"assert {name}(1) == 1") for name in names]
    done = run(*cells, *tests, files={"helper_that_fails.py": b"1 / 0"})
    lost = [line for line, cell in zip(IMPORTS, done[len(IMPORTS) :], strict=True) if points(cell) != 3]
    assert lost == []


def test_what_needs_an_absent_package_says_which():
    cells = run(
        answer("import torch\nfrom tqdm_is_not_here import tqdm\ndef f(x):\n    return torch.tanh(x)"),
        answer("def g(x):\n    return [y for y in tqdm(x)]\ndef h(x):\n    return x"),
        graded("f(1)"),
        graded("g([1])"),
        graded("assert h(1) == 1"),
    )
    assert [points(cell) for cell in cells[2:]] == [0, 0, 3]
    assert [error(cell) for cell in cells[2:4]] == ["ModuleNotFoundError"] * 2
    assert "works without torch" in printed(cells[0]) and "tqdm_is_not_here" in printed(cells[0])


def test_an_error_that_has_nothing_to_do_with_an_import_ends_its_cell_as_ever():
    cells = run("import torch\nx = 1\n1 / 0\nx = 2", "print(x)")
    assert error(cells[0]) == "ZeroDivisionError" and printed(cells[1]) == "1\n"


def test_a_line_of_an_import_keeps_its_number():
    (cell,) = run("import sys\n\nfrom os import path\n1 / 0")
    assert "line 4" in "".join(cell.outputs[0].traceback) or "4 1" in "".join(cell.outputs[0].traceback).replace(
        "\x1b", ""
    )
    assert why(cell) == "division by zero"

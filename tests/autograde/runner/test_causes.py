"""What a failed test says of the cause: which function and line, which name, and why it is not there."""

import pytest

from autograde.grade.outcomes import readable_error
from autograde.runner.causes import Causes
from autograde.runner.remote import error_of
from tests.autograde.notebooks import answer, error, graded, points, run, why


def told(cell):
    """What a student reads of a failed test."""
    output = next(output for output in cell.outputs if output.output_type == "error")
    return " ".join(readable_error(output)[1].split())


def rows(sources, raised, *, test=None, errors=None):
    cells = [{"kind": "student", "name": f"cell-{n}", "source": source} for n, source in enumerate(sources)]
    done = {
        index: {"outputs": [{"output_type": "error", "ename": kind, "evalue": said}]}
        for index, (kind, said) in (errors or {}).items()
    }
    return Causes(cells, done).rows(raised, len(cells) if test is None else test)


NO_F = NameError("name 'f' is not defined")


@pytest.mark.parametrize(
    "binding", ["def f(x):", "class f:", "f = 1", "f: int = 1", "async def f(x):", "!ls\ndef f(x):"]
)
def test_every_way_of_making_a_name_is_seen(binding):
    ((_, text),) = rows(["", binding], NO_F, test=1)
    assert text == "f is defined further down, in the cell cell-1: move it up, above what uses it."


@pytest.mark.parametrize("other", ["def ff(x):", "  def f(x):", "f == 1", "f(1)", "# def f"])
def test_what_does_not_make_the_name_is_no_definition(other):
    ((_, text),) = rows(["", other], NO_F, test=1)
    assert text == "no cell defines f: is it misspelt, or was it deleted?"


def test_a_cell_that_stopped_is_named_with_its_error():
    said = "invalid non-printable character U+00A0 (<ipython-input-4-3da53f048d4a>, line 2)\nmore"
    ((_, text),) = rows(["def f(x):\n\u00a0return x"], NO_F, errors={0: ("SyntaxError", said)})
    assert text == (
        "f is not defined: its cell stopped with SyntaxError: invalid non-printable character U+00A0 (line 2)"
    )


def test_causes_of_causes_are_told_and_end():
    sources = ["def f(x): pass\ng()", "def g(): pass\nf()"]
    stopped = {0: ("NameError", "name 'g' is not defined"), 1: ("NameError", "name 'f' is not defined")}
    ((_, text),) = rows(sources, NO_F, errors=stopped)
    assert text.count("stopped with") == 1 and "g is defined further down, in the cell cell-1" in text


def test_what_was_there_and_deleted_is_left_alone():
    assert rows(["def f(x): pass\ndel f"], NO_F) == []


def test_a_name_that_only_an_error_s_text_has_is_not_told():
    assert rows(["def f(x): pass"], error_of("NameError", "name 'x_31415926' is not defined", ["f", 1])) == [
        ("Where", "line 1 of the cell, in f: def f(x): pass")
    ]


def test_a_notebook_of_endless_lines_is_told_nothing():
    assert rows(["\n" * 3_000, "def f(x): pass"], NO_F, test=1) == []


SOURCE = "\n\nimport os\ndef f(x):\n    y = [\n        1,\n    ]\n\n    return 1 / x\ny = 1"


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (["f", 7], "line 9 of the cell, in f: return 1 / x"),
        (["f", 2], "line 4 of the cell, in f: def f(x):"),
        (["f", 8], ""),
        (["f", 1], ""),
        (["f", 31415926], ""),
        (["x_31415926", 7], ""),
        (["y", 8], ""),
        (["f", "7"], ""),
        (["f"], ""),
        ("f7", ""),
        (None, ""),
        ([["f"], [7]], ""),
    ],
)
def test_a_place_is_told_only_where_the_cells_have_it(place, line):
    assert rows([SOURCE], error_of("ValueError", "31415926", place)) == ([("Where", line)] if line else [])


def test_of_two_functions_of_one_name_the_last_before_the_test_counts():
    sources = ["def f(x):\n    return a", "def f(x):\n    return b", "def f(x):\n    return c"]
    ((_, text),) = rows(sources, error_of("ValueError", "", ["f", 2]), test=2)
    assert text.endswith("return b")


STEP = "def step(x):\n    raise ValueError('no')"
SEQUENCE = "def sequence(x):\n    return step(x)"


@pytest.mark.slow
def test_an_error_within_a_step_that_a_sequence_calls_says_so():
    checked = "from unrolled import check\ncheck(sigmoid, hidden='values', name='sigmoid')"
    cells = run(
        answer(STEP),
        answer(SEQUENCE),
        answer("def sigmoid(a):\n    return step(a)"),
        graded("sequence(1)"),
        graded(checked),
        graded("assert sequence is None"),
    )
    assert told(cells[3]) == "Your code raised ValueError. Where line 2 of the cell, in step: raise ValueError('no')"
    assert "Came back it raised ValueError" in told(cells[4])
    assert "Where line 2 of the cell, in step: raise ValueError('no')" in told(cells[4])


@pytest.mark.slow
def test_a_missing_name_says_which_cell_is_the_cause():
    cells = run(
        answer("def softmax(a):\n    return\u00a0np.exp(a)"),
        answer("from my_helpers import my_tanh\ndef tanh(a):\n    return my_tanh(a)"),
        answer("losses = train()"),
        answer("def train():\n    return relu(1)"),
        graded("softmax(1)"),
        graded("tanh(1)"),
        graded("losses[0]"),
        graded("train()"),
        graded("nowhere(1)"),
        answer("def relu(a):\n    return a\ndef sigmoid(a):\n    return 1 / (1 + numpi.exp(-a))"),
        graded("from unrolled import check\ncheck(softmax, hidden='values', name='softmax')"),
        graded("softmax = lambda a: a\nassert train() == 1"),
        graded("from unrolled import check\ncheck(sigmoid, hidden='values', name='sigmoid')"),
    )
    assert [points(cell) for cell in cells[4:9]] == [0] * 5
    assert error(cells[4]) == "NameError"
    for cell in (cells[4], cells[10]):
        assert "softmax is not defined: its cell stopped with SyntaxError: invalid non-printable character" in told(
            cell
        )
    assert "my_helpers is not here at grading" in told(cells[5])
    assert "losses is not defined: its cell stopped with NameError" in told(cells[6])
    assert "train is defined further down, in the cell a: move it up" in told(cells[6])
    assert "relu is defined further down" in told(cells[7])
    assert "no cell defines nowhere" in told(cells[8])
    assert points(cells[11]) == 3, why(cells[11])
    assert "Likely cause no cell defines numpi" in told(cells[12])


ASKS = [
    "input('x')",
    "import pdb; pdb.set_trace()",
    "breakpoint()",
    "import sys; sys.stdin.readline()",
    "import getpass; getpass.getpass()",
]


@pytest.mark.slow
def test_who_asks_for_input_is_told_that_nobody_answers():
    names = [f"f{number}" for number in range(len(ASKS))]
    answers = [answer(f"def {name}(a):\n    {asks}\n    return a") for name, asks in zip(names, ASKS, strict=True)]
    check = "from unrolled import check\ncheck(f0, hidden='values', name='sigmoid')"
    cells = run(*answers, *[graded(f"{name}(1)") for name in names], graded(check), graded("assert True"), "input()")
    for cell in cells[len(ASKS) : 2 * len(ASKS)]:
        assert "it asked for input; nobody can answer at grading" in told(cell)
    assert "nobody can answer" in told(cells[-3])
    assert points(cells[-2]) == 3
    assert "nobody can answer" in why(cells[-1])


QUOTES = """
from unrolled.checking.check import CheckFailed
from unrolled.checking.messages import Message
try:
    f(31415926)
except Exception as error:
    rows = (("", f"✗ f, or something that it calls, stopped with {type(error).__name__}: {error}."), ("Where", "here"))
    raise CheckFailed(Message("f", "behaviour", rows))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "told_of_it"),
    [
        ("'the inputs were ' + ' and '.join(30 * [str(x)])", "stopped with ValueError: …. Where here"),
        ("f'[exfil · {x} · {x}]\\n[{x} · {x} · {x}]'", "stopped with ValueError: …. Where here"),
        (
            "f'shapes ({x},) not aligned: {x}'",
            "stopped with ValueError: the shapes of a product do not fit. Where here",
        ),
    ],
)
def test_a_check_that_quotes_an_error_tells_none_of_its_words(text, told_of_it):
    cells = run(answer(f"def f(x):\n    raise ValueError({text})"), graded(QUOTES))
    assert told_of_it in told(cells[1])
    assert "31415926" not in str(cells[1].outputs)


@pytest.mark.slow
def test_no_name_line_or_module_carries_a_hidden_input_out():
    secret = 31415926
    made = "exec(compile({}, '<ipython-input-1>', 'exec'), names := {{}})"
    named = "f'def x_{x}():\\n    raise ValueError\\nx_{x}()'"
    long = "'\\n' * x + 'def f():\\n    raise ValueError'"
    answers = (
        f"def f(x):\n    {made.format(named)}\n"
        f"def g(x):\n    {made.format(long)}\n    names['f']()\n"
        "def h(x):\n    raise ModuleNotFoundError(f\"No module named 'x_{x}'\")\n"
        "def k(x):\n    raise NameError(f\"name 'x_{x}' is not defined\")"
    )
    tests = [f"f({secret})", "g(31415)", f"h({secret})", f"k({secret})"]
    cells = run(answer(answers), *map(graded, tests))
    assert [points(cell) for cell in cells[1:]] == [0] * 4
    assert "31415" not in str([cell.outputs for cell in cells])

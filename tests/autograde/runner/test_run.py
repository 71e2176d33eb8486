"""The runner: it fails closed, and what student code does costs its own cells only."""

import os
import re
import signal
import threading

import pytest
from nbformat.v4 import new_output

from autograde.course.confinement import Confinement
from autograde.grade.run import RunFailedError, run_notebook
from autograde.runner import warm
from autograde.runner.outputs import LONGEST_OUTPUT
from autograde.runner.student import MOST_RENEWALS
from tests.autograde.notebooks import answer, error, graded, points, printed, run, why

pytestmark = pytest.mark.slow


def test_one_honest_notebook_and_everything_that_must_not_change_its_points():
    cells = run(
        "import os, sys, warnings",
        graded("assert os.environ['UNROLLED_KEY'] == 'k'"),
        graded("assert open('beside.txt').read() == 'here'"),
        graded("warnings.warn('only a warning'); print('noise', file=sys.stderr)"),
        graded("1.0"),
        graded("5.0"),
        graded("-1.0"),
        graded("assert False, 'no'"),
        graded("# only a comment"),
        "print('stays on stderr', file=sys.stderr)",
        "open('beside.txt').read()",
        files={"beside.txt": b"here"},
    )
    assert [points(cell) for cell in cells[1:9]] == [3, 3, 3, 3, 3, 3, 0, 3]
    assert cells[9].outputs[0].name == "stderr"
    assert cells[10].outputs[0].data["text/plain"] == "'here'"
    assert [cells[index].execution_count for index in (0, 9, 10)] == [1, 2, 3]


def test_outputs_are_as_in_jupyter():
    cells = run(
        "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()",
        "from IPython.display import HTML, clear_output, display\n"
        "print('gone'); clear_output(); display(HTML('<b>x</b>'))",
        "handle = display(1, display_id=True); handle.update(2)",
        "def f(x):\n    return 1 / x\nf(0)",
        "print('a'); print('b'); 3",
        "%matplotlib inline\nimport asyncio; await asyncio.sleep(0); 'awaited'",
        "1 +",
    )
    assert "image/png" in cells[0].outputs[0].data
    assert [output.data["text/html"] for output in cells[1].outputs] == ["<b>x</b>"]
    assert [output.data["text/plain"] for output in cells[2].outputs] == ["2"]
    assert error(cells[3]) == "ZeroDivisionError"
    assert "line 2, in f(x)" in re.sub(r"\x1b\[[\d;]*m", "", "".join(cells[3].outputs[0].traceback))
    assert [output.get("text", "") for output in cells[4].outputs] == ["a\nb\n", ""]
    assert cells[5].outputs[0].data["text/plain"] == "'awaited'"
    assert error(cells[6]) == "SyntaxError"


def test_modules_beside_the_notebook_are_the_student_s_to_import_and_the_judge_s_to_trust():
    cells = run(
        "import helper",
        answer("helper.right = lambda x: True\ndef f(x):\n    return helper.double(x)"),
        graded("assert helper.right(f(2))"),
        graded("assert helper.right(f(2) + 1)"),
        files={"helper.py": b"def double(x):\n    return 2 * x\ndef right(x):\n    return x == 4\n"},
    )
    assert [points(cell) for cell in cells[2:]] == [3, 0], cells[2].outputs


def test_without_a_sandbox_the_judge_is_still_outside(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    cells = run(
        "import os",
        answer("def f(x):\n    return x\nopen('mine.txt', 'w').write('x')"),
        graded("assert f(2) == 2 and not os.path.exists('mine.txt')"),
        graded("assert f(2) == 3"),
        confinement=Confinement.NONE,
    )
    assert [points(cell) for cell in cells[2:]] == [3, 0], cells[2].outputs
    assert not list(tmp_path.glob("**/mine.txt"))


def test_an_endless_loop_costs_its_cell_and_no_other():
    cells = run("x = 1", "while True: pass", graded("assert x == 1"), timeout=1)
    assert error(cells[1]) == "TimeLimit"
    assert points(cells[2]) == 3


def test_an_endless_answer_earns_nothing_and_costs_no_other():
    cells = run(
        answer("def f(x):\n    while True: pass"),
        answer("def g(x):\n    return x"),
        graded("assert f(1) == 1"),
        graded("assert g(1) == 1"),
        timeout=1,
    )
    assert [points(cell) for cell in cells[2:]] == [0, 3]
    assert error(cells[2]) == "TimeLimit"


STUBBORN = "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass"


def test_a_loop_that_refuses_to_stop_costs_its_cell_and_what_hangs_on_it():
    cells = run("x = 1", f"y = 2\n{STUBBORN}", graded("assert x == 1"), graded("assert y == 2"), timeout=1)
    assert error(cells[1]) == "TimeLimit"
    assert [points(cell) for cell in cells[2:]] == [3, 0]
    assert error(cells[3]) == "NameError"


@pytest.mark.parametrize(
    "death",
    [
        "import os; os._exit(0)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV); os.abort()",
        "import ctypes; ctypes.string_at(0)",
    ],
)
def test_the_death_of_python_costs_its_cell_and_what_hangs_on_it(death):
    cells = run("x = 1", f"y = 2\n{death}", graded("assert x == 1"), graded("assert y == 2"), "print(x)")
    assert error(cells[1]) == "KernelDied"
    assert [points(cell) for cell in cells[2:4]] == [3, 0]
    assert printed(cells[4]) == "1\n"


def test_an_answer_that_exits_has_failed_and_nothing_else_happens():
    cells = run(
        answer(
            "import sys\ndef f(x):\n    sys.exit(0)\ndef g(x):\n    raise KeyboardInterrupt\ndef h(x):\n    return x"
        ),
        *(graded(f"assert {name}(1) == 1") for name in "fgh"),
    )
    assert [points(cell) for cell in cells[1:]] == [0, 0, 3]
    assert [error(cell) for cell in cells[1:3]] == ["StudentError"] * 2


def test_an_answer_that_ends_python_when_it_is_called_earns_nothing():
    cells = run(
        answer("def f(x):\n    import os; os._exit(0)"),
        answer("def g(x):\n    return x"),
        graded("f(1)"),
        graded("assert g(2) == 2"),
    )
    assert [points(cell) for cell in cells[2:]] == [0, 3]
    assert error(cells[2]) == "KernelDied"


def test_after_too_many_deaths_nothing_runs_any_more():
    death = "import os; os._exit(0)"
    deaths = MOST_RENEWALS + 1
    cells = run("x = 1", *[death] * deaths, graded("assert x == 1"), "print(x)")
    assert [error(cell) for cell in cells] == [None, *["KernelDied"] * deaths, "NotRun", "NotRun"]
    assert points(cells[-2]) == 0


def test_outputs_that_came_with_the_notebook_prove_nothing():
    forged = graded("assert False")
    forged.outputs = [new_output("execute_result", data={"text/plain": "3.0"})]
    forged.execution_count = 1
    assert [points(cell) for cell in run(forged, graded(""))] == [0, 0]


def test_an_output_without_end_is_cut():
    lines, line, displays = run(
        "for i in range(200_000): print('x' * 100)",
        "print('x' * 20_000_000)",
        "from IPython.display import display\nfor i in range(3_000): display('x' * 10_000)",
    )
    for cell in (lines, line):
        assert "output cut here" in printed(cell)
        assert len(printed(cell)) < LONGEST_OUTPUT + 100
    assert sum(len(str(output)) for output in displays.outputs) < 5_000_000


def test_a_test_sees_only_data_and_never_believes_an_object():
    cells = run(
        answer(
            "class Yes:\n"
            "    __bool__ = __eq__ = lambda *a: True\n"
            "    def __len__(self): return 3\n"
            "    def __getattr__(self, name): return True\n"
            "def f(x):\n    return Yes()"
        ),
        graded("assert f(1)"),
        graded("assert f(1) == 2"),
        graded("assert len(f(1)) == 3"),
        graded("assert not f(1) is None and f(1).anything"),
    )
    assert [points(cell) for cell in cells[1:4]] == [0, 0, 0]
    assert error(cells[1]) == "TypeError"


def test_what_the_student_patches_is_not_what_the_test_uses():
    cells = run(
        "import numpy as np",
        answer(
            "np.testing.assert_allclose = lambda *a, **k: None\n"
            "import builtins; builtins.callable = builtins.all = lambda *a: True\n"
            "def check(*a, **k): pass\n"
            "def f(x):\n    return 0"
        ),
        graded("np.testing.assert_allclose(f(1.0), 5.0)"),
        graded("from unrolled import check\ncheck(f, hidden='values', name='sigmoid')"),
    )
    assert [points(cell) for cell in cells[2:]] == [0, 0]


def test_arguments_that_an_answer_changes_are_changed_for_the_test_too():
    cells = run(
        "import numpy as np",
        answer(
            "def f(x, parts, names, rng):\n"
            "    x[0] = 9; parts.append(x); names['new'] = 1; rng.random()\n"
            "    return x.flags.c_contiguous, x.dtype.str"
        ),
        graded(
            "x = np.arange(12, dtype='f4')[::2]; parts = [np.ones(2)]; names = {}; rng = np.random.default_rng(1)\n"
            "assert f(x, parts, names, rng) == (False, '<f4')\n"
            "assert x[0] == 9 and len(parts) == 2 and parts[1][0] == 9 and names == {'new': 1}\n"
            "other = np.random.default_rng(1); other.random()\n"
            "assert rng.random() == other.random()"
        ),
    )
    assert points(cells[2]) == 3, why(cells[2])


def test_an_answer_may_call_a_function_of_the_test_and_keep_objects():
    cells = run(
        "import numpy as np",
        answer(
            "def derivative(f, x):\n    return (f(x + 1e-6) - f(x - 1e-6)) / 2e-6\n"
            "class Cache:\n    def __init__(self, x): self.x = x\n"
            "def forward(x):\n    return 2 * x, Cache(x)\n"
            "def backward(cache):\n    return cache.x"
        ),
        graded("np.testing.assert_allclose(derivative(lambda x: float(x) ** 3, 2.0), 12.0, rtol=1e-6)"),
        graded("y, cache = forward(np.ones(2)); assert (backward(cache) == 1).all() and (cache.x == 1).all()"),
        graded("with np.errstate(over='raise'):\n    forward(np.float64(1e308))"),
        graded("derivative(lambda x: {}[x], 2.0)"),
    )
    assert [points(cell) for cell in cells[2:]] == [3, 3, 0, 0]
    assert error(cells[4]) == "FloatingPointError"


def test_texts_of_errors_carry_no_inputs_out():
    secret = "0.123456789"
    cells = run(
        "import numpy as np",
        answer(
            "class Loud(Exception): pass\n"
            "def f(x):\n    print(x); raise ValueError(str(x))\n"
            "def g(x):\n    raise type('E' + str(x).replace('.', '_'), (Loud,), {})(str(x))\n"
            "def h(x):\n    return np.ones((2, 3)) @ np.ones((2, 3))\n"
            "def k(x):\n    return undefined_name"
        ),
        *(graded(f"{name}(np.float64({secret}))") for name in "fghk"),
    )
    for cell in cells[2:4]:
        assert secret not in str(cell.outputs) and secret.replace(".", "_") not in str(cell.outputs)
    assert [error(cell) for cell in cells[2:]] == ["ValueError", "Exception", "ValueError", "NameError"]
    assert "shapes of a product" in why(cells[4])
    assert why(cells[5]).startswith("a name is not defined\n")


LEAKS = {
    "a later cell": "print(kept)",
    "a later thread": "import time; time.sleep(0.3)",
    "a later display": "from IPython.display import display; display(str(kept))",
    "a later error": "raise ValueError(str(kept))",
}


@pytest.mark.parametrize("where", LEAKS)
def test_no_cell_that_has_seen_a_hidden_input_puts_anything_out(where):
    cells = run(
        answer(
            "import threading, time\nkept = []\ndef f(x):\n    kept.append(x)\n    return x\n"
            "def tell():\n    while True:\n        time.sleep(0.01)\n        if kept: print(kept)\n"
            "threading.Thread(target=tell, daemon=True).start()"
        ),
        graded("assert f(31415926) == 31415926"),
        answer(LEAKS[where]),
        graded("assert f(1) == 1"),
    )
    assert points(cells[1]) == 3
    assert "31415926" not in str([cell.outputs for cell in cells])


def test_texts_that_look_like_python_s_own_carry_nothing():
    texts = [
        'FloatingPointError(f"x{x} encountered in y")',
        "NameError(f\"name 'x_is_{x}' is not defined\")",
        'TypeError(f"f{x}() missing 1 required positional argument")',
        'ValueError(f"shapes ({x},{x}) and ({x},{x}) not aligned: {x} (dim 1) != {x} (dim 0)")',
        'AssertionError(f"{x}")',
    ]
    answers = "".join(f"def f{number}(x):\n    raise {text}\n" for number, text in enumerate(texts))
    tests = [graded(f"f{number}(31415926)") for number in range(len(texts))]
    cells = run(answer(answers), *tests)
    assert [points(cell) for cell in cells[1:]] == [0] * len(texts)
    assert "31415926" not in str([cell.outputs for cell in cells[1:]])


def test_a_test_sees_the_names_as_they_were_where_it_stands():
    cells = run(
        graded("assert double(1) == 2"),
        answer("def helper(x):\n    return 2 * x\ndef double(x):\n    return helper(x)\nsize = 3"),
        graded("assert double(1) == 2 and size == 3"),
        answer("def helper(x):\n    return 0\nsize = 4"),
        graded("assert double(1) == 0 and size == 4"),
        answer("del double"),
        graded("assert double(1) == 0"),
    )
    assert [points(cells[index]) for index in (0, 2, 4, 6)] == [0, 3, 3, 0]


def test_a_test_that_swallows_the_end_of_python_has_failed_and_no_other():
    cells = run(
        "import pytest",
        answer("import os\ndef f(x):\n    os._exit(1)\ndef g(x):\n    return x"),
        graded("with pytest.raises(Exception):\n    f(-1)"),
        graded("try:\n    f(1)\nexcept BaseException:\n    pass"),
        graded("from unrolled import check\ncheck(f, hidden='values', name='sigmoid')"),
        graded("assert g(1) == 1"),
    )
    assert [points(cell) for cell in cells[2:]] == [0, 0, 0, 3]
    assert [error(cell) for cell in cells[2:5]] == ["KernelDied"] * 3


def test_a_process_that_breaks_the_protocol_is_ended_and_has_few_successors():
    noise = """
import gc, sys
Channel = sys.modules["autograde.runner.frames"].Channel
def f(x):
    channel = next(thing for thing in gc.get_objects() if isinstance(thing, Channel))
    channel.connection.sendall(bytes(8) + b"noise")
    return x
"""
    cells = run(answer(noise), *[graded(f"assert f({number}) == {number}") for number in range(5)])
    assert [error(cell) for cell in cells[1:]] == ["NoAnswer"] * 3 + ["NotRun"] * 2


THREAD = """
import threading, time
from IPython.display import display
begun = threading.Event()
class Slow:
    def __str__(self):
        begun.set()
        time.sleep(0.3)
        return ""
def show():
    display({"text/plain": "shown"}, metadata={"slow": Slow()}, raw=True)
threading.Thread(target=show, daemon=True).start()
begun.wait()
def f(x):
    return x
"""


def test_a_thread_that_puts_something_out_when_its_cell_ends_answers_no_question():
    cells = run(answer(THREAD), graded("import time\ntime.sleep(0.5)\nassert f(1) == 1"))
    assert points(cells[1]) == 3, why(cells[1])


def test_an_answer_that_swallows_the_end_of_its_time_costs_no_other():
    several = (
        "from unrolled.checking.outcome import calls\nfrom unrolled.checking.outputs import near\n"
        "calls(f, [({'x': 1.0}, False), ({'x': 2.0}, False)], near('y'))"
    )
    cells = run(
        answer("def f(x):\n    try:\n        for _ in range(10**12): x + 1\n    except:\n        return x"),
        answer("def g(x):\n    return x"),
        *[graded(several) for _ in range(3)],
        graded("assert g(1) == 1"),
        timeout=1,
    )
    assert [error(cell) for cell in cells[2:]] == ["TimeLimit"] * 3 + [None]


def test_memory_that_a_cell_gave_back_is_free():
    take = "a = np.zeros(150_000_000)"  # bytes: more than half of what there is
    cells = run("import numpy as np", take, "a = None", take, "a = None", answer(take), graded("assert True"))
    assert [error(cell) for cell in cells] == [None] * 7


def test_names_that_one_message_cannot_hold_come_one_by_one():
    cells = run(
        answer("a = b = [0.5] * 30_000\nc = [0.5] * 60_000"),
        graded("assert len(a) + len(b) == 60_000"),
        graded("assert missing or a + b"),
        graded("assert a[0] + b[0] + c[0]"),
    )
    assert [error(cell) for cell in cells[1:]] == [None, "NameError", "TypeError"]


CHAIN = """
class Cache(typing.NamedTuple):
    x: float
    before: object
def forward(x, steps):
    cache = None
    for _ in range(steps): cache = Cache(x, cache)
    return x, cache
def backward(cache):
    return 0.0 if cache is None else cache.x + backward(cache.before)
def many(x):
    return [Cache(x, None) for _ in range(16_000)]
"""


def test_named_tuples_cross_as_deep_and_as_many_as_plain_ones():
    cells = run(
        "import typing",
        answer(CHAIN),
        graded("y, cache = forward(2.0, 17)\nassert backward(cache) == 34.0"),
        graded("assert len(many(2.0)) == 16_000"),
    )
    assert [error(cell) for cell in cells] == [None] * 4


def test_an_argument_that_is_no_data_hides_no_change_of_another():
    cells = run(
        "import numpy as np",
        answer(
            "def forward(x):\n    return x, {'ragged': np.array([[1], [1, 2]], dtype=object), 'sum': np.zeros(3)}\n"
            "def backward(cache):\n    cache['sum'] += 1\n    return cache['ragged'][1]\n"
            "def f(x):\n    return {frozenset([1]): x}"
        ),
        graded("y, cache = forward(1.0)\nassert backward(cache) == [1, 2] and (cache['sum'] == 1).all()"),
        graded("assert f(1.0) == {frozenset([1]): 1.0}"),
    )
    assert [error(cell) for cell in cells] == [None] * 4


def test_a_process_that_ends_late_has_few_successors():
    slow = "import os, time\ndef f(x):\n    time.sleep(0.8)\n    os._exit(0)"
    cells = run(answer(slow), *[graded(f"assert f({number}) == {number}") for number in range(5)], timeout=1)
    assert [error(cell) for cell in cells[1:]] == ["KernelDied"] * 3 + ["NotRun"] * 2


def test_a_verdict_of_pytest_s_own_is_a_verdict():
    cells = run(
        "import pytest",
        answer("def f(x):\n    return x"),
        graded("with pytest.raises(ValueError):\n    f(-1)"),
        graded("assert f(1) == 1"),
    )
    assert [points(cell) for cell in cells[2:]] == [0, 3]


def test_an_answer_cannot_use_up_the_judge():
    cells = run(
        "import numpy as np",
        answer("def count():\n    return 10**12\ndef tall():\n    return np.ones((100_000, 1))"),
        graded("for i in range(count()): pass"),
        graded("tall() @ tall().T"),
        graded("assert count() == 10**12"),
        timeout=2,
    )
    assert [points(cell) for cell in cells[2:]] == [0, 0, 3]
    assert [error(cell) for cell in cells[2:4]] == ["TimeLimit", "MemoryError"]


def test_a_regrade_draws_the_same_and_another_submission_does_not():
    draw = "import random, numpy as np; print(random.random(), np.random.rand())"

    def drawn():
        return [printed(cell) for cell in run(draw, graded(draw))]

    first = drawn()
    for parent in list(warm._parents.values()):
        parent.stop()
    assert drawn() == first
    assert len(set(first)) == 2


def test_what_a_test_writes_meets_no_other_submission():
    once = graded("import os\nassert not os.path.exists('left')\nos.makedirs('left')")
    files = {"beside.txt": b"here"}
    assert [points(run(once, files=files)[0]) for _ in range(2)] == [3, 3]


def test_a_cache_of_the_student_s_own_type_comes_back_as_it_was():
    cells = run(
        answer(
            "from collections import defaultdict, namedtuple\nCache = namedtuple('Cache', 'x y')\n"
            "def forward(x):\n    return x, Cache(x, 2)\ndef backward(cache):\n    return cache.x * cache.y\n"
            "def ahead(x):\n    return x, defaultdict(int, a=x)\ndef back(cache):\n    return cache['a'] + cache['no']"
        ),
        graded("y, cache = forward(3); assert backward(cache) == 6"),
        graded("y, cache = ahead(3); assert back(cache) == 3"),
    )
    assert [points(cell) for cell in cells[1:]] == [3, 3]


def test_a_function_of_the_test_may_call_the_student_s():
    cells = run(
        answer("def slope(f, x):\n    return (f(x + 1) - f(x - 1)) / 2\ndef square(x):\n    return x * x"),
        graded("assert slope(lambda x: square(x), 3.0) == 6.0"),
    )
    assert points(cells[1]) == 3


MODULE = """class Cell(torch.nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.W = torch.nn.Parameter(torch.ones(inputs, hidden))
        self.recurrent = torch.nn.Linear(hidden, hidden)
    def forward(self, x, h):
        return torch.tanh(x @ self.W + self.recurrent(h))
"""
TEST_OF_A_MODULE = """cell = Cell(2, 3)
state = cell.state_dict()
state["W"][:] = 2.0
cell.load_state_dict(state)
x, h = torch.randn(4, 2), torch.randn(4, 3)
def right(x, W):
    return torch.tanh(x @ W + h @ state["recurrent.weight"].T + state["recurrent.bias"])
assert torch.allclose(cell(x, h), right(x, state["W"]))
upstream = np.random.default_rng(0).normal(size=(4, 3))
outputs, found = grads(cell, x.numpy(), h.numpy(), upstream=[upstream])
x.requires_grad_(); W = state["W"].clone().requires_grad_()
(right(x, W) * torch.tensor(upstream)).sum().backward()
np.testing.assert_allclose(found["input 0"], x.grad, rtol=1e-5)
np.testing.assert_allclose(found["W"], W.grad, rtol=1e-5)
"""
KERAS = """class Twice(keras.layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=(1,), initializer="ones", name="scale")
    def call(self, x):
        return 2.0 * self.scale * x
"""
TEST_OF_A_LAYER = """layer = Twice()
outputs, found = grads(layer, np.ones((3, 2), dtype="float32"))
assert (outputs[0] == 2).all() and (found["input 0"] == 2).all()
assert [float(value[0]) for name, value in found.items() if name.endswith("scale")] == [12.0]
"""
LSTM = ("torch.nn.LSTM", "torch._VF.lstm", "aten::lstm.input")


def test_modules_layers_and_gradients_cross_the_wire_and_a_policy_holds_by_whatever_name():
    cells = run(
        "import torch, keras, numpy as np\nfrom unrolled import grads",
        answer(MODULE),
        answer(KERAS),
        answer("def plain(x):\n    return torch.nn.LSTM(3, 3)(x)[0]"),
        answer(
            "def reloaded(x):\n    import importlib, torch.nn.modules.rnn as r\n    importlib.reload(r)\n"
            "    return r.LSTM(3, 3)(x)[0]"
        ),
        answer(
            "def operator(x):\n    w = [torch.ones(12, 3)] * 2 + [torch.ones(12)] * 2\n"
            "    zero = torch.zeros(1, 2, 3)\n"
            "    return torch._C._VariableFunctions.lstm(x, [zero, zero], w, True, 1, 0.0, False, False, False)[0]"
        ),
        graded(TEST_OF_A_MODULE),
        graded(TEST_OF_A_LAYER),
        *(graded(f"{name}(torch.zeros(5, 2, 3))") for name in ("plain", "reloaded", "operator")),
        packages=("numpy", "torch", "keras"),
        forbidden=LSTM,
        timeout=60,
    )
    assert [points(cell) for cell in cells[6:8]] == [3, 3], [cells[6].outputs, cells[7].outputs]
    assert [(points(cell), error(cell)) for cell in cells[8:]] == [(0, "NotAllowedError")] * 3


def test_an_assignment_in_numpy_works_without_the_frameworks():
    torch, used, scipy = run("import torch", "torch.zeros(2)", "from scipy.special import logsumexp; logsumexp([0.0])")
    assert "works without torch" in printed(torch)
    assert error(used) == "ModuleNotFoundError"
    assert "works without torch" in why(used)
    assert error(torch) is error(scipy) is None


def test_several_threads_may_run_notebooks():
    found = {}

    def one(number):
        found[number] = run(f"x = {number}", graded(f"assert x == {number}"))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [points(found[number][1]) for number in range(6)] == [3] * 6


def test_a_killed_warm_parent_is_started_again():
    run("x = 1")
    for parent in list(warm._parents.values()):
        if parent._process is not None:
            os.kill(parent._process.pid, signal.SIGKILL)
            parent._process.wait()
    assert points(run("x = 1", graded("assert x == 1"))[1]) == 3


def test_a_judge_that_fails_gives_no_result(monkeypatch):
    from autograde.grade import run as module

    monkeypatch.setattr(module, "_outputs", lambda *args, **options: (_ for _ in ()).throw(ConnectionError("gone")))
    with pytest.raises(RunFailedError, match="gone"):
        run("x = 1")


def test_the_student_side_never_holds_anything_secret():
    source = "import sys; print([m for m in sys.modules if m.startswith(('solutions', 'autograde', 'nbgrader'))])"
    loaded = set(eval(printed(run(source)[0])))
    inside = {"absent", "agent", "asked", "child", "commands", "forbid", "frames", "later", "missing", "plain"}
    inside |= {"seeding", "shell", "values"}
    assert {name for name in loaded if name.startswith("autograde.runner.")} == {
        f"autograde.runner.{m}" for m in inside
    }
    others = {name for name in loaded if not name.startswith(("autograde.runner", "autograde.sandbox"))}
    # The names of the modes, and nothing else of the course.
    assert others == {"autograde", "autograde.course", "autograde.course.confinement"}
    assert run_notebook.__module__ == "autograde.grade.run"

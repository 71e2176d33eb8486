"""What is loaded, and when: no command waits for what it does not use, and no fork loads what its parent could have."""

import json
import subprocess
import sys

import pytest

from autograde.course.confinement import Confinement
from autograde.course.policy import Policy
from autograde.grade.kinds import PLOTS, kinds_for, warm_up
from autograde.runner import warm
from tests.autograde.notebooks import answer, graded, points, printed, run, why
from tests.places import ROOT

HEAVY = {"nbgrader", "nbformat", "nbconvert", "sqlalchemy", "jsonschema", "jinja2", "numpy", "matplotlib", "torch"}
COMPILER, DISTRIBUTED = "torch._dynamo.convert_frame", "torch.distributed.tensor._ops"


def loaded(program: str) -> set[str]:
    """The modules of a process that has run this program, which stands for a command line."""
    program += "\nimport json, sys\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(told.stdout.splitlines()[-1]))


@pytest.mark.parametrize("words", [["--help"], ["grade", "--help"], ["--version"]])
def test_help_loads_nothing_that_is_slow(words):
    program = f"import sys\nsys.argv = ['autograde', *{words!r}]\nfrom autograde.cli import main\n"
    assert not HEAVY & loaded(f"{program}try:\n    main()\nexcept SystemExit:\n    pass")


def test_the_warm_parents_are_on_their_way_before_anything_slow_is_loaded(course, hand_in):
    hand_in("ada")
    program = (
        f"import sys\nsys.argv = ['autograde', 'grade', '--course', {str(course.root)!r}]\n"
        "from autograde import cli\nfrom autograde.runner import warm\n"
        "def spawn(parents):\n    raise SystemExit([one.kind.role for one in parents] != ['student', 'judge'])\n"
        "warm._spawn = spawn\n"
        "try:\n    cli.main()\nexcept SystemExit as ended:\n    assert not ended.code"
    )
    assert not HEAVY & loaded(program)


def test_nbgrader_comes_without_its_extensions_of_jupyter_and_with_them_for_who_asks():
    program = "from autograde.course.light import import_nbgrader\nimport_nbgrader()\nimport nbgrader.converters"
    found = loaded(program)
    assert "nbgrader.converters" in found and "jupyter_server.base.handlers" not in found
    later = loaded(f"{program}\nfrom nbgrader.server_extensions.formgrader import handlers")
    assert "jupyter_server.base.handlers" in later


def test_only_a_notebook_that_plots_has_a_parent_that_does():
    plain, plotting = (
        [{"cell_type": "code", "source": "y = 2"}],
        [{"cell_type": "code", "source": "%matplotlib inline"}],
    )
    asked = {"policy": Policy(), "confinement": Confinement.SANDBOX, "private": ()}
    students, judge = kinds_for(cells=plain, **asked)
    assert PLOTS not in students.packages and "torch" in students.hidden
    others, same = kinds_for(cells=plotting, **asked)
    assert PLOTS in others.packages and same == judge


MODULES = "import sys; print(*sorted(sys.modules))"
UNUSED = ("torch", "matplotlib", "pandas", "sympy", "solutions", "nbgrader", "pytest")


def test_a_parent_has_loaded_what_its_notebooks_name_and_no_more():
    found = printed(run(MODULES)[0]).split()
    assert "numpy" in found and not {name for name in found if name.partition(".")[0] in UNUSED}


STEP = """
import sys, torch
parameter = torch.nn.Parameter(torch.ones(2))
optimiser = torch.optim.Adam([parameter])
optimiser.zero_grad()
(parameter ** 2).sum().backward()
optimiser.step()
torch.testing.assert_close(parameter.detach(), torch.full((2,), 0.999))
print(*sorted(sys.modules))
"""


@pytest.mark.slow
def test_an_optimiser_steps_and_tensors_are_compared_without_the_compiler_which_is_there_for_who_calls_it():
    compiled = "import torch\nprint(torch.compile(lambda x: 2 * x, backend='eager')(torch.ones(1)).item())"
    test = graded("import sys, torch\ntorch.testing.assert_close(y, torch.ones(2))\nassert 'sympy' not in sys.modules")
    cells = run(STEP, compiled, answer("y = torch.ones(2)"), test, packages=("numpy", "torch"))
    found = set(printed(cells[0]).split())
    assert "torch.optim.adam" in found and not {COMPILER, DISTRIBUTED, "sympy"} & found
    assert printed(cells[1]) == "2.0\n" and points(cells[3]) == 3


SHAPES_ALONE = """
import sys, torch
torch.ones(2)
assert "torch._decomp" not in sys.modules
"""
ON_META = """
import torch
print(torch.relu(torch.empty(3, device="meta")).shape)
"""


@pytest.mark.slow
def test_a_notebook_that_works_on_shapes_alone_has_pytorchs_rules_for_them_and_others_do_not_wait_for_it():
    packages = ("numpy", "torch")
    assert printed(run(SHAPES_ALONE, "print(1)", packages=packages)[1]) == "1\n"
    assert printed(run(ON_META, packages=packages)[0]) == "torch.Size([3])\n"


def test_a_judge_has_loaded_the_exercises_that_its_tests_name_and_no_more(monkeypatch):
    monkeypatch.setattr(warm, "_parents", {})
    begin = "import sys\nfrom unrolled import check\nassert {} == ('solutions.exercises.gru.step' in sys.modules)\n"
    tests = {
        "sigmoid": begin.format(False) + "check(sigmoid, hidden='values')",
        "gru_step": begin.format(True) + "check(gru_step, hidden='shapes')",
    }
    try:
        for name, test in tests.items():
            cells = run(f"def {name}(*given):\n    pass", graded(test))
            assert f"{name} is not right yet" in why(cells[1])
    finally:
        warm.stop_all()


@pytest.mark.slow
def test_parents_that_begin_together_are_two_processes_of_which_one_has_the_answers(course, hand_in, monkeypatch):
    hand_in("ada")
    monkeypatch.setattr(warm, "_parents", {})
    commands = []
    start = subprocess.Popen
    monkeypatch.setattr("subprocess.Popen", lambda words, **how: commands.append(words) or start(words, **how))
    warm_up(course, ["tiny"])
    try:
        assert len(commands) == 1 and len(warm._parents) == 2
        has, private = "'solutions' in sys.modules", tuple(map(str, course.private_folders()))
        cells = run(f"import sys; print({has})", graded(f"import sys; assert {has}"), private=private)
        assert printed(cells[0]) == "False\n" and points(cells[1]) == 3
        assert len(commands) == 1
        (process,) = {one._process for one in warm._parents.values()}
    finally:
        warm.stop_all()
    assert process.poll() is not None

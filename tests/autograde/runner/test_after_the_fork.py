"""What each notebook would pay anew, its warm parent has paid: counted inside the student's process."""

import pytest

from autograde.runner.judge import seed_from
from tests.autograde.notebooks import printed, run

# A parent freezes what it has: what the garbage collector knows of is what came later.
MADE_SINCE = "import gc, types\nprint(*(m.__name__ for m in gc.get_objects() if type(m) is types.ModuleType))"
AT_WORK = [
    "import numpy as np\nfrom unrolled import check\nrng = np.random.default_rng(0)\nnp.random.rand()",
    "def f(x):\n    return rng.normal() / x",
    "f(2.0)",
    "f('a')",
    "f(",
    "import traceback\ntraceback.format_stack()",
]
READ = """
import linecache, traceback
read, really = [], linecache.updatecache
linecache.updatecache = lambda name, *more: read.append(name) or really(name, *more)
print(len(traceback.format_stack()), *(name for name in read if not name.startswith('<')))
"""
FAULTS = "import resource\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)"
MOST_FAULTS = 2400  # pages that the process takes for its own until then; about half as many where they have 4 KiB


def test_no_module_is_made_after_the_fork():
    assert printed(run(*AT_WORK, MADE_SINCE)[-1]).split() == []


def test_a_stack_is_told_without_reading_or_searching_for_a_source():
    frames, *read = printed(run(READ)[0]).split()
    assert int(frames) > 5 and not read


def test_few_pages_are_copied_before_the_students_code_runs():
    assert int(printed(run("import numpy as np", FAULTS)[-1])) < MOST_FAULTS


@pytest.mark.slow
def test_pytorch_is_seeded_as_its_own_function_does_and_without_a_module_made():
    import torch

    cells = run("import torch\nprint(torch.rand(1).item())", MADE_SINCE, packages=("numpy", "torch"))
    torch.manual_seed(seed_from("student", "k"))
    assert float(printed(cells[0])) == torch.rand(1).item()
    assert printed(cells[1]).split() == []


@pytest.mark.slow
def test_a_step_of_an_optimiser_makes_no_module():
    weights = "import torch\nweights = torch.nn.Parameter(torch.ones(2))\n(weights**2).sum().backward()"
    step = "optimiser = torch.optim.Adam([weights])\noptimiser.step()\noptimiser.zero_grad()"
    assert printed(run(weights, step, MADE_SINCE, packages=("numpy", "torch"))[-1]).split() == []

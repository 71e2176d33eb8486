"""What an assignment states about its answers: read, checked, and looked for in what was handed in."""

import pytest
from nbformat.v4 import new_notebook

from autograde.course.confinement import Confinement
from autograde.course.errors import CourseError
from autograde.course.policy import FRAMEWORKS, Policy, PolicyError, internals, mentions, policy_of, read_policy
from autograde.grade.submission import run_submission
from autograde.release.source import read_source
from tests.autograde.conftest import SOURCE


def with_policy(tmp_path, text):
    path = tmp_path / "tiny.md"
    path.write_text(SOURCE.replace("canary:", f"{text}\ncanary:", 1), "utf-8")
    return path


def test_the_front_matter_becomes_the_notebook_s_policy(tmp_path):
    stated = "unrolled:\n  packages: [numpy, torch]\n  forbidden: [torch.nn.LSTM, 'aten::lstm.input']"
    policy = policy_of(read_source(with_policy(tmp_path, stated)))
    assert policy == Policy(("numpy", "torch"), ("torch.nn.LSTM", "aten::lstm.input"))
    assert policy.hidden == tuple(name for name in FRAMEWORKS if name != "torch")


def test_an_assignment_that_states_nothing_works_in_numpy(tmp_path):
    assert policy_of(read_source(with_policy(tmp_path, ""))) == Policy()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("def double(x):", "def sum(x):", "one of Python's own"),
        ("import numpy as np\n", "import numpy as np\nTOLERANCE = 1e-9\n", "a student can define anew"),
    ],
)
def test_a_test_that_a_student_could_turn_is_refused(tmp_path, old, new, words):
    text = SOURCE.replace(old, new, 1).replace(
        "assert double(21.5) == 43.0", "assert abs(double(21.5) - 43.0) < TOLERANCE"
    )
    path = tmp_path / "tiny.md"
    path.write_text(text, "utf-8")
    with pytest.raises(CourseError, match=words):
        read_source(path)


def test_a_notebook_that_nobody_released_may_use_all():
    assert policy_of(new_notebook()).hidden == ()


@pytest.mark.parametrize(
    "stated",
    [
        "unrolled: torch",
        "unrolled:\n  package: [torch]",
        "unrolled:\n  packages: torch",
        "unrolled:\n  forbidden: ['torch.nn.LSTM()']",
        "unrolled:\n  forbidden: [3]",
    ],
)
def test_a_policy_that_cannot_be_is_refused_with_an_example(tmp_path, stated):
    with pytest.raises(CourseError, match="forbidden: "):
        read_source(with_policy(tmp_path, stated))


def test_a_policy_is_data():
    with pytest.raises(PolicyError):
        read_policy([1])


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("y = torch.nn.LSTM(2, 3)(x)", True),
        ("from torch.nn import LSTM as Mine", True),
        ("import torch.nn.LSTM", True),
        ("cls = getattr(torch.nn, 'LSTM')", True),
        ("%%time\ntorch.nn.LSTM(2, 3)", True),
        ("def lstm_step(x): return LSTMish(x)", False),
        ("# torch.nn.LSTM would be easy", False),
    ],
)
def test_mentions_are_found(source, found):
    assert mentions(source, ["torch.nn.LSTM"]) == ({"torch.nn.LSTM"} if found else set())


def test_a_mention_is_said_to_a_person(course, hand_in, monkeypatch):
    from dataclasses import replace

    from autograde.grade import run
    from autograde.grade.assignment import load_assignment
    from autograde.grade.hand_ins import read_hand_in

    inner = "".join(f"numpy._core{number}\n" for number in range(10_000))
    hand_in("ada", {"double": f"def double(x):\n    return numpy.add.reduce([x, x])\n{inner}"})
    assignment = load_assignment(course, "tiny")
    template = assignment.template.copy()
    template["metadata"] = {**template.metadata, "unrolled": {"packages": ["numpy"], "forbidden": ["numpy.add"]}}
    monkeypatch.setattr(run, "run_notebook", lambda notebook, **options: notebook)
    found = run_submission(
        replace(assignment, template=template), read_hand_in(course, "tiny", "ada"), "k", 9, Confinement.SANDBOX
    )
    assert any("numpy.add" in remark and "person" in remark for remark in found.remarks)
    assert any("numpy._core0" in remark and "person" in remark for remark in found.remarks)
    assert all(len(remark) < 300 for remark in found.remarks)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import torch._decomp.decompositions as d", {"torch._decomp"}),
        ("from torch._VF import lstm", {"torch._VF"}),
        ("h = torch.nn._VF.lstm(x)", {"torch.nn._VF"}),
        ("h = torch.tanh(x)\nself._state = h", set()),
        ("h = mytorch._VF", set()),
    ],
)
def test_inner_modules_are_found(source, found):
    assert internals(source, ["torch.nn.LSTM"]) == internals(source, ["aten::lstm.input"]) == found
    assert internals(source, []) == set()

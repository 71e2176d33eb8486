"""The four training questions: the update is judged, the net earns a point of its own, errors are placed."""

import re

import numpy as np
import pytest

from autograde.course.cells import grade_id
from autograde.release.source import read_source
from solutions.exercises.catalogue import contract_of, source_of
from solutions.judging.audit import lost_parts
from solutions.kept import visible_fixture
from tests.solutions.exercises.attempts import KEYS, called, model_answer, practised

UPDATES = {
    "bptt": "rnn_update",
    "vanishing": "clipped_update",
    "lstm-backward": "lstm_update",
    "gru": "gru_update",
}
of_each = pytest.mark.parametrize(("assignment", "update"), UPDATES.items())


@pytest.mark.slow
@of_each
def test_weights_prepared_at_home_earn_nothing_of_the_update(assignment, update):
    contract = contract_of(update)
    model = model_answer(assignment, update)

    def prepared(X, y, W, U, b, Wy, by, *others):
        rng = np.random.default_rng(0)
        made = [rng.standard_normal(one.shape) for one in (W, U, b, Wy, by)]
        return *made, model(X, y, W, U, b, Wy, by, *others)[-1]

    def unchanged(X, y, W, U, b, Wy, by, *others):
        return W, U, b, Wy, by, model(X, y, W, U, b, Wy, by, *others)[-1]

    for key in KEYS[:2]:
        for answer in (prepared, unchanged):
            assert set(lost_parts(contract, answer, key)) == set(contract.part_names)


@of_each
def test_the_net_earns_one_point_and_the_text_says_what_for(assignment, update):
    text = read_source(source_of(assignment))
    tests = {grade_id(cell): cell.source for cell in text.cells if "### BEGIN HIDDEN TESTS" in cell.source}
    of_training = {name: source for name, source in tests.items() if name.startswith("train")}
    assert list(of_training) == ["train-solved"]
    assert of_training["train-solved"].startswith("# 1 point, for the net:")
    assert "weights that solve the task earn it" in " ".join("".join(cell.source for cell in text.cells).split())
    earned = [int(re.match(r"# (\d+)", source)[1]) for name, source in tests.items() if name.startswith(update)]
    assert sum(earned) == (3 if assignment == "bptt" else 4)


@of_each
def test_a_y_of_the_wrong_shape_is_called_so(assignment, update):
    axes = "[:, :, None]" if assignment == "bptt" else "[:, None]"
    wrong = model_answer(assignment, update, (f"y{axes}", "y"))
    assert called(visible_fixture(contract_of(update)), wrong) == "y-without-its-axis"


@of_each
def test_an_error_elsewhere_is_not_called_so(assignment, update):
    def raises(*arguments):
        raise ValueError("matmul: Input operand 1 has a mismatch in its core dimension 0")

    names = {"bptt": "rnn_backward", "vanishing": "rnn_forward", "lstm-backward": "lstm_backward", "gru": "gru_forward"}
    wrong = model_answer(assignment, update, **{names[assignment]: raises})
    assert called(visible_fixture(contract_of(update)), wrong) == "unnamed"


@of_each
def test_the_practice_cell_says_where_an_error_was_raised(assignment, update, capsys):
    backward = {"lstm-backward": "lstm_backward", "gru": "gru_backward"}.get(assignment, "rnn_backward")
    for of, edit, where in (
        ("train", ("y[rows]", "y[rows[:3]]"), f"✗ {update} stopped with an error in a line of its own"),
        (update, ("loss = ", "X @ y; loss = "), f"✗ {update} stopped with an error in a line of its own"),
        (backward, ("np.zeros_like(", "np.linalg.inv("), f"inside {backward} (train → {update} → {backward})"),
    ):
        with pytest.raises(ValueError):
            practised(assignment, "train", [edit], capsys, of=of)
        said = capsys.readouterr().out
        assert where in said
        assert ("None] has the shape of p" in said) is (of != backward)

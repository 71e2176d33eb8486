"""Training costs a submission less than a second: counted in steps, since a clock would also measure the neighbours."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from autograde.course.cells import grade_id
from autograde.demo import reference_answers
from autograde.release.source import read_source
from solutions.exercises.catalogue import ASSIGNMENTS, source_of
from solutions.exercises.tuning import behaviour as tuning
from solutions.judging.judging import KEY_VARIABLE
from tests.solutions.exercises.attempts import run

SECOND = 1e6  # in microseconds
MOST = 0.4 * SECOND  # a net; a submission trains two, one in its practice cell and one for the judge


@dataclass(frozen=True)
class Training:
    """A question in which a net is trained, and what its training repeats.

    function: what trains the net.
    update: the function, or the class of the net, that is called once an update.
    microseconds: about how long a step of an update takes, forward and backward, measured on an idle core.
    steps: for the arguments of an update: its steps in time.
    needs: cells of the notebook, beside its imports and its answers, that the training calls.
    """

    assignment: str
    update: str
    microseconds: float
    steps: Callable[..., int] = field(default=lambda X, *rest: X.shape[1])
    function: str = "train"
    needs: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.assignment


TRAININGS = [
    Training("bptt", "rnn_update", 25),
    Training("vanishing", "clipped_update", 25),
    Training("lstm-backward", "lstm_update", 70),
    Training("gru", "gru_update", 95),
    Training("pytorch-cells", "LSTM", 220),
    Training("keras-cells", "train_step", 720, lambda net, optimizer, X, *rest: X.shape[1]),
    Training("fast-cells", "lstm_fast", 80, lambda X, *rest: X.shape[0]),
    Training("language-model", "lm_update", 45),
    Training("poems", "train_one_step", 50, lambda *given: given[5].shape[1], needs=("train_one_step",)),
    Training("tagging", "crf_gradient", 16, lambda E, *rest: E.shape[0], function="train_tagger", needs=("windows",)),
    Training("text-classification", "clipped_update", 35),
    Training("seq2seq", "attention_forward", 230, lambda *given: 1, function="train_reader"),
    Training("sequence-autoencoder", "autoencoder_update", 55, function="train_detector"),
    Training("recommender", "recommender_step", 110, lambda *given: 1, function="train_recommender"),
    Training("parallel-scan", "mingru_forward", 900, lambda *given: 1, function="train_mingru"),
]


def counting(update, count):
    """The same function, or the same class of nets, which says with which arguments it is called."""
    if isinstance(update, type):

        class Counted(update):
            def forward(self, *given):
                count(given)
                return super().forward(*given)

        return Counted

    def counted(*given):
        count(given)
        return update(*given)

    return counted


def steps_of(training, cell=None):
    """The steps of each net that a cell of a notebook, its hidden test unless named, lets the model answer train."""
    source = read_source(source_of(training.assignment))
    cells = {grade_id(cell): cell.source for cell in source.cells if cell.cell_type == "code"}
    answers = {name: text for name, text in reference_answers(source).items() if text.startswith(("def ", "class "))}
    space = run({name: cells[name] for name in ("imports", *training.needs)} | answers)
    nets, train = [], space[training.function]

    def trained(*given):
        nets.append(0)
        return train(*given)

    def count(given):
        nets[-1] += training.steps(*given)

    space |= {training.update: counting(space[training.update], count), training.function: trained}
    exec(cells[cell or f"{training.function}-solved"], space)
    return nets


@pytest.mark.parametrize("training", TRAININGS, ids=str)
def test_a_net_is_trained_in_less_than_half_a_second(training, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a test's own")
    nets = steps_of(training)
    assert all(0 < steps * training.microseconds < MOST for steps in nets), nets


def test_the_budget_of_tuning_is_within_half_a_second():
    assert tuning.UPDATES * tuning.STEPS * 25 < MOST


def test_the_echo_of_pytorch_cells_leaves_time_for_two_nets(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a test's own")
    (training,) = (training for training in TRAININGS if training.assignment == "pytorch-cells")
    echo = sum(steps_of(replace(training, function="train_stream"), cell="echo"))
    assert echo * 260 + 2 * max(steps_of(training)) * training.microseconds < SECOND


def test_every_question_that_trains_a_net_is_counted():
    found = set()
    for assignment in ASSIGNMENTS:
        tests = {grade_id(cell) for cell in read_source(source_of(assignment)).cells}
        found |= {assignment for name in tests if name.startswith("train") and name.endswith("-solved")}
    assert found == {training.assignment for training in TRAININGS} | {"tuning"}

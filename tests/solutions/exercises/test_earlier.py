"""Functions brought along from an earlier assignment: their check is as strict as it was there."""

import numpy as np
import pytest

from solutions.exercises.catalogue import ASSIGNMENTS, contract_of, earlier_of
from solutions.kept import visible_fixture
from tests.solutions.exercises.attempts import RIGHT, called

EARLIER = [(slug, name) for slug in ASSIGNMENTS for name in earlier_of(slug)]


def check(slug: str, name: str, answer) -> str:
    """What `check(name)` calls an answer in that assignment's notebook."""
    return called(visible_fixture(earlier_of(slug)[name]), answer, earlier_of(slug)[name].forward)


def test_assignments_build_on_others():
    assert ("gru", "sigmoid") in EARLIER and ("lstm-forward", "sigmoid") in EARLIER and ("bptt", "rnn_step") in EARLIER


@pytest.mark.parametrize(("slug", "name"), EARLIER)
def test_its_cases_are_those_of_its_own_assignment(slug, name):
    labels = [case.label for case in visible_fixture(earlier_of(slug)[name]).cases]
    assert labels == [case.label for case in visible_fixture(contract_of(name)).cases]
    assert {"unequal sizes", "sizes of one", "a batch of one"} <= set(labels)


@pytest.mark.parametrize("slug", [slug for slug, name in EARLIER if name == "sigmoid"])
def test_a_sigmoid_that_overflows_is_found_where_the_text_forbids_it(slug):
    def sigmoid(a):
        return 1 / (1 + np.exp(-a))

    assert check(slug, "sigmoid", sigmoid) != RIGHT


def test_an_own_tanh_that_overflows_is_found_in_the_step_not_later():
    def rnn_step(x, h, W, U, b):
        a = x @ W + h @ U + b
        h_next = (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a))
        return h_next, (x, h, W, U, h_next)

    assert check("bptt", "rnn_step", rnn_step) != RIGHT


@pytest.mark.parametrize("slug", [slug for slug, name in EARLIER if name == "rnn_forward"])
def test_a_forward_pass_that_loses_a_batch_of_one_is_found_there(slug):
    def rnn_forward(X, h0, W, U, b):
        h, Hs = h0, []
        for t in range(X.shape[1]):
            h = np.tanh(np.squeeze(X[:, t]) @ W + h @ U + b)
            Hs.append(np.squeeze(h))
        return np.stack(Hs, axis=-2).reshape(-1, X.shape[1], U.shape[0]), None

    assert check(slug, "rnn_forward", rnn_forward) != RIGHT


@pytest.mark.parametrize("slug", [slug for slug, name in EARLIER if name == "lstm_step"])
def test_a_step_with_a_sigmoid_that_overflows_is_found_there(slug):
    def lstm_step(x, h, c, W, U, b):
        i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=1)
        i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
        c_next = f * c + i * np.tanh(g)
        return o * np.tanh(c_next), c_next, None

    assert check(slug, "lstm_step", lstm_step) != RIGHT

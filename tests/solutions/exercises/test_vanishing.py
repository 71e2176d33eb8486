"""The assignment `vanishing`: wrong attempts are called by their names; what learns across forty steps passes."""

import re

import numpy as np
import pytest

from solutions.exercises.vanishing.behaviour import judge_long_lag
from solutions.judging.judging import KEY_VARIABLE
from tests.solutions.exercises.attempts import Attempts, called, fixtures, model_answer, practised
from unrolled.checking.check import CheckFailed, subject
from unrolled.checking.diagnose import diagnose

ATTEMPTS = Attempts()


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a test's own")


@ATTEMPTS.at("jacobian_products", "time-first")
def products_stacked_without_an_axis(J):
    product = J[:, -1]
    out = [product]
    for t in range(J.shape[1] - 2, -1, -1):
        product = product @ J[:, t]
        out.append(product)
    return np.stack(out[::-1])


@ATTEMPTS.at("jacobian_products", "time-first-in-reverse")
def products_stacked_as_they_come(J):
    out = [J[:, -1]]
    for t in range(J.shape[1] - 2, -1, -1):
        out.append(out[-1] @ J[:, t])
    return np.stack(out)


@ATTEMPTS.at("jacobian_products", "first-step-left-out-t")
def products_end_with_one(J):
    products = J.copy()
    for t in range(J.shape[1] - 2, 0, -1):
        products[:, t] = products[:, t + 1] @ J[:, t]
    return products


@ATTEMPTS.at("jacobian_products", "over-the-batch")
def samples_taken_for_steps(J):
    products = J.copy()
    for t in range(len(J) - 2, -1, -1):
        products[t] = products[t + 1] @ J[t]
    return products


@ATTEMPTS.at("jacobian_products", "power-of-each")
def powers(J):
    T = J.shape[1]
    return np.stack([np.linalg.matrix_power(J[:, t], T - t) for t in range(T)], axis=1)


@ATTEMPTS.at("jacobian_products", "J-overwritten")
def products_in_place(J):
    for t in reversed(range(J.shape[1] - 1)):
        J[:, t] = J[:, t + 1] @ J[:, t]
    return J


@ATTEMPTS.at("rnn_jacobian", "slopes-do-not-meet-the-rows")
def slopes_without_an_axis(h_next, U):
    return (1 - h_next**2) * U.T


@ATTEMPTS.at("gradient_norms", "rows-do-not-meet-their-matrices")
def rows_times_all_matrices(dh_last, J):
    row, norms = dh_last, [np.linalg.norm(dh_last, axis=-1)]
    for t in reversed(range(J.shape[1])):
        row = row @ J[:, t]
        norms.append(np.linalg.norm(row, axis=-1))
    return np.stack(norms, axis=1)


@ATTEMPTS.at("gradient_norms", "axis-of-one-lost")
def rows_squeezed(dh_last, J):
    row, norms = dh_last, [np.linalg.norm(dh_last, axis=-1)]
    for t in reversed(range(J.shape[1])):
        row = np.squeeze(row[:, None, :] @ J[:, t])
        norms.append(np.linalg.norm(row, axis=-1))
    return np.stack(norms, axis=1)


@ATTEMPTS.at("orthogonal", "eigenvectors-as-they-come")
def eigenvectors(rng, size):
    A = rng.standard_normal((size, size))
    return np.linalg.eigh((A + A.T) / 2).eigenvectors


@ATTEMPTS.at("orthogonal", "both-factors")
def both(rng, size):
    return np.linalg.qr(rng.standard_normal((size, size)))


@ATTEMPTS.at("clip_by_global_norm", "norm-of-the-list")
def norm_of_the_list(gradients, limit):
    norm = np.linalg.norm(gradients)
    return [g * min(1.0, limit / norm) for g in gradients], norm


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_the_check_names_the_mistake(attempt):
    assert called(fixtures("vanishing")[attempt.function], attempt.answer, attempt.forward) == attempt.misconception


@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        (
            "products[:, t + 1] @ J[:, t]",
            "J[:, t] @ products[:, t + 1]",
            "other-way-round-products-t-1-J",
        ),
        ("reversed(range(J.shape[1] - 1))", "range(J.shape[1] - 1)", "forwards"),
        ("products[:, t + 1] @ J[:, t]", "products[:, t + 1] + J[:, t]", "sum-for-product"),
    ],
)
def test_a_mistake_is_named_beside_a_write_into_an_argument(right, wrong, name):
    answer = model_answer("vanishing", "jacobian_products", (right, wrong), ("np.array(J)", "J"))
    fixture = fixtures("vanishing")["jacobian_products"]
    found = diagnose(subject(answer, None, fixture, part="visible"), fixture)
    assert found.suspect.name == name
    assert "You write into J" in " ".join(found.besides)


ORTHOGONAL = "orthogonal(rng, hidden)"
# What is left out, or done otherwise: pieces of the right answer or of the update that it repeats.
MISTAKES = {
    "not clipped": ([("rate, 0.25", "rate, 1e9")], []),
    "small normal start": ([(ORTHOGONAL, "0.5 * rng.standard_normal((hidden, hidden)) / np.sqrt(hidden)")], []),
    "no memory": ([(ORTHOGONAL, "np.zeros((hidden, hidden))")], [("U = U - rate * dU", "U = U")]),
    "not trained": ([("in range(updates)", "in range(1)")], []),
}
UPHILL = [(f"= {name} - rate", f"= {name} + rate") for name in ("W", "U", "b", "Wy", "by")]


def training(edits=(), update=()):
    return model_answer(
        "vanishing", "train", *edits, clipped_update=model_answer("vanishing", "clipped_update", *update)
    )


@pytest.mark.slow
def test_the_right_answer_passes(capsys):
    judge_long_lag(training(), "long", steps=40, enough=2)
    judge_long_lag(training(), "short", steps=10, enough=1)
    assert capsys.readouterr().out.count("✓ train") == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # weights that run away overflow
@pytest.mark.parametrize("name", MISTAKES)
def test_what_does_not_learn_fails(name):
    with pytest.raises(CheckFailed, match="do not learn"):
        judge_long_lag(training(*MISTAKES[name]), "long", steps=40, enough=2)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "something else"),
        ((1, 2, 3, 4), "something else"),
        ((np.zeros((2, 4)), "U", 0, 0, 0), "no array of numbers"),
        ((np.zeros((2, 4)), 0.0, 0, 0, 0), "1 to 32 units"),
        ((np.zeros((2, 64)), np.zeros((64, 64)), np.zeros(64), np.zeros((64, 1)), np.zeros(1)), "1 to 32 units"),
        ((np.zeros((4, 2)), np.zeros((4, 4)), np.zeros(4), np.zeros((4, 1)), np.zeros(1)), "W does not fit"),
        ((np.zeros((2, 4)), np.full((4, 4), np.nan), np.zeros(4), np.zeros((4, 1)), np.zeros(1)), "ran away"),
    ],
)
def test_what_is_no_net_is_named(answer, sentence):
    with pytest.raises(CheckFailed, match=sentence):
        judge_long_lag(lambda X, y, rng: answer, "short", steps=3, enough=1)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:overflow encountered")  # what runs away does
@pytest.mark.parametrize(
    ("edits", "of", "words"),
    [
        ([], "train", "✓ train"),
        (UPHILL, "clipped_update", "the wrong way round.*with a minus"),
        ([(ORTHOGONAL, "rng.standard_normal((16, 16)) / 8")], "train", "Does U start orthogonal"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_advice_leads_to_the_slip(edits, of, words, capsys):
    assert re.search(words, practised("vanishing", "train", edits, capsys, of=of), re.DOTALL)

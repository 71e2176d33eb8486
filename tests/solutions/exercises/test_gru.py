"""The assignment `gru`: wrong attempts are called by their names, and what keeps one sign of many passes."""

import numpy as np
import pytest

from solutions.exercises.gru.behaviour import judge_kept_sign
from solutions.judging.judging import KEY_VARIABLE
from solutions.reference.gru import flip_update_gate, gru_backward, gru_forward
from solutions.reference.numerics import sigmoid
from tests.solutions.exercises.attempts import RIGHT, UNNAMED, called, fixtures, model_answer, run
from unrolled.checking.check import CheckFailed, subject
from unrolled.checking.diagnose import diagnose

ANSWERS = {
    "gru_step": """
def gru_step(x, h, W, U, b):
    Wz, Wr, Wn = np.split(W, 3, axis=1)
    Uz, Ur, Un = np.split(U, 3, axis=1)
    bz, br, bn = np.split(b, 3)
    z = sigmoid(x @ Wz + h @ Uz + bz)
    r = sigmoid(x @ Wr + h @ Ur + br)
    n = np.tanh(x @ Wn + (r * h) @ Un + bn)
    return z * h + (1 - z) * n, (x, h, z, r, n)
""",
    "flip_update_gate": """
def flip_update_gate(W, U, b):
    H = len(U)
    W, U, b = W.copy(), U.copy(), b.copy()
    for a in (W, U, b):
        a[..., :H] *= -1
    return W, U, b
""",
    "gru_step_after": """
def gru_step_after(x, h, W, U, b, bn):
    H = len(U)
    a, s = x @ W + b, h @ U
    z, r = sigmoid(a[:, :H] + s[:, :H]), sigmoid(a[:, H:2 * H] + s[:, H:2 * H])
    n = np.tanh(a[:, 2 * H:] + r * (s[:, 2 * H:] + bn))
    return z * h + (1 - z) * n, None
""",
    "gru_forward": """
def gru_forward(X, h0, W, U, b):
    h, Hs, caches = h0, [], []
    for t in range(X.shape[1]):
        h, cache = gru_step(X[:, t], h, W, U, b)
        Hs.append(h)
        caches.append(cache)
    return np.stack(Hs, axis=1), (caches, W, U)
""",
    "gru_backward": """
def gru_backward(dHs, cache):
    caches, W, U = cache
    H = len(U)
    Uz, Ur, Un = np.split(U, 3, axis=1)
    dX, dh = [], np.zeros_like(dHs[:, 0])
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(3 * H)
    for t in reversed(range(dHs.shape[1])):
        x, h, z, r, n = caches[t]
        dh = dh + dHs[:, t]
        da_n = dh * (1 - z) * (1 - n**2)
        drh = da_n @ Un.T
        da_z = dh * (h - n) * z * (1 - z)
        da_r = drh * h * r * (1 - r)
        dA = np.concatenate([da_z, da_r, da_n], axis=1)
        dW += x.T @ dA
        dU[:, :2 * H] += h.T @ dA[:, :2 * H]
        dU[:, 2 * H:] += (r * h).T @ da_n
        db += dA.sum(axis=0)
        dX.append(dA @ W.T)
        dh = dh * z + drh * r + da_z @ Uz.T + da_r @ Ur.T
    return np.stack(dX[::-1], axis=1), dh, dW, dU, db
""",
}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a test's own")


def verdict(name, *edits, of=None):
    """What `check` calls the answer to `name` after the edits, which are of another answer where `of` names one."""
    space = run(ANSWERS, of or name, edits, sigmoid=sigmoid)
    return called(fixtures("gru")[name], space[name], space["gru_forward"])


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("gru_step", " + bz", "", "terms-missing-z-the-bias-b_z-input-s-term"),
        ("gru_step", "r = sigmoid", "r = np.tanh", "other-function-r-sigmoid-tanh-x-W_r-h-U_r"),
        ("gru_step", "(r * h) @ Un + bn", "r * (h @ Un + bn)", "bias-reset-too"),
        ("gru_step", "(r * h) @ Un", "(r * h) @ Un.T", "transposed-n-U_n"),
        ("gru_step", "r = sigmoid(x @ Wr + h @ Ur + br)", "r = z", "another-value-n-r-z"),
        ("gru_step", "return z * h + (1 - z) * n", "return n", "another-value-h_next-h-n"),
        ("gru_step", "(r * h) @ Un", "(r @ Un) * h", "reset-and-state-swapped"),
        ("gru_step", "x @ Wz", "x @ Wz.T", "transposed-z-W_z"),
        ("gru_step", "return", "raise ValueError('mine')\n    return", UNNAMED),
        ("flip_update_gate", "W.copy()", "W[:]", "W-overwritten"),
        ("flip_update_gate", "b.copy()", "b", "b-overwritten"),
        ("flip_update_gate", "[..., :H]", "[..., 0]", "one-unit-only"),
        ("flip_update_gate", "len(U)", "len(b)", "every-block"),
        ("gru_step_after", "H = len(U)", "H = len(U)\n    bz, br, bn = np.split(b, 3)", "another-value-s-bn-b_n"),
        ("gru_step_after", " + bn", "", "terms-missing-s-the-recurrent-bias-bn-state-term"),
        ("gru_forward", "range(X", "range(1, X", "begins-with-step-1-t"),
        ("gru_forward", "np.stack", "np.concatenate", "states-side-by-side"),
        ("gru_forward", "    return", "        return", "returned-in-the-loop"),
        ("gru_forward", "range(X.shape[1])", "range(len(X))", "over-the-batch-X"),
        ("gru_forward", "X[:, t]", "np.squeeze(X[:, t])", "axis-of-one-lost"),
        ("gru_forward", "X[:, t]", "X[t]", UNNAMED),
        ("gru_forward", "h, cache = ", "h = ", "cache-not-taken"),
        ("gru_backward", "np.zeros_like(dHs[:, 0])", "dHs[:, -1]", "begins-with-the-last-dh-dHs"),
        ("gru_backward", "= caches[t]", "= caches[-1]", "another-step-x-h-z-r-n-caches-t-4"),
        ("gru_backward", "(1 - n**2)", "(1 - np.tanh(n)**2)", "slope-of-a-second-tanh-da_n-n-tanh-1-2"),
        ("gru_backward", "(h - n) * z * (1 - z)", "(h - n)", "slope-missing-da_z-z-sigmoid"),
        ("gru_backward", "da_r = drh", "da_r = da_n", "made-too-early-dr-drh-da_n"),
        ("gru_backward", "drh * r +", "drh * h +", "another-value-dh-r-h"),
        ("gru_backward", "dh = dh * z +", "dh = dh + dh * z +", "added-to-itself-dh"),
        ("gru_backward", " + da_z @ Uz.T + da_r @ Ur.T", " + dA @ U.T", "candidate-path-twice"),
        ("gru_backward", "Ur.T", "Ur", "not-transposed-dh-U_r"),
        ("gru_backward", "dh = dh + dHs[:, t]", "dh = dHs[:, t]", "terms-missing-dh-what-flows-back-from-the-later"),
        ("gru_backward", "dW += ", "dW = ", "not-accumulated-dW"),
        ("gru_backward", "dA.sum", "dA.mean", "other-reduction-db-sum-mean-da-0"),
        (
            "gru_backward",
            "reversed(range(dHs.shape[1]))",
            "range(dHs.shape[1] - 1, 0, -1)",
            "first-step-left-out-t",
        ),
        ("gru_backward", "caches, W, U = cache", "W, U = cache", UNNAMED),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert verdict(name, (old, new)) == wanted


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("(r * h) @ Un", "r * (h @ Un)", "gru_step:reset-after-the-product"),
        (", (x, h, z, r, n)", "", "gru_step:answer-missing-2"),
    ],
)
def test_a_mistake_in_the_step_is_known_in_the_sequence(old, new, wanted):
    assert verdict("gru_forward", (old, new), of="gru_step") == wanted


def test_a_new_state_in_the_cache_is_known_on_the_way_back():
    kept = ("(x, h, z, r, n)", "(x, z * h + (1 - z) * n, z, r, n)")
    assert verdict("gru_backward", kept, of="gru_step") == "another-value-everywhere-dz-h-z-1-n"


def naive(a):
    return 1 / (1 + np.exp(-a))


@pytest.mark.parametrize(
    ("order", "number"), [("rzn", "-3"), ("znr", ""), ("rnz", "-5"), ("nzr", "-7"), ("nrz", "-9")], ids=str
)
def test_blocks_in_any_other_order_are_known(order, number):
    edits = [(f"{k}z, {k}r, {k}n =", ", ".join(k + block for block in order) + " =") for k in "WUb"]
    assert verdict("gru_step", *edits) == f"taken-apart-in-another-order-W_z-W_r-W_n{number}"


def test_a_loop_over_the_batch_is_known():
    assert verdict("gru_forward", ("t in range(X.shape[1])", "x in X"), ("X[:, t]", "x")) == "over-the-batch-X-2"


def test_gradients_in_the_order_of_pytorch_are_known():
    last = "    return np.stack(dX[::-1], axis=1), dh, dW, dU, db"
    swap = "    rzn = np.r_[H : 2 * H, :H, 2 * H : 3 * H]\n    dW, dU, db = dW[:, rzn], dU[:, rzn], db[rzn]\n"
    assert verdict("gru_backward", (last, swap + last)) == "blocks-r-z-n-in-the-answer"


def diagnosis(name, *edits, sigmoid=sigmoid):
    """What `check` finds in the answer to `name` after the edits."""
    space = run(ANSWERS, name, edits, sigmoid=sigmoid)
    fixture = fixtures("gru")[name]
    return diagnose(subject(space[name], space["gru_forward"], fixture, part="visible"), fixture)


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("gru_step", "(r * h) @ Un", "r * (h @ Un)", "reset-after-the-product"),
        ("gru_step", "z * h + (1 - z) * n", "(1 - z) * h + z * n", "update-gate-inverted"),
        ("gru_step", "= sigmoid(x @ Wr + h @ Ur + br)", "= z", "another-value-n-r-z"),
        ("gru_step_after", " + bn", "", "terms-missing-s-the-recurrent-bias-bn-state-term"),
        ("gru_forward", "range(X", "range(1, X", "begins-with-step-1-t"),
    ],
)
def test_a_mistake_is_named_beside_a_sigmoid_that_overflows(name, old, new, wanted):
    found = diagnosis(name, (old, new), sigmoid=naive)
    assert found.suspect.name == wanted
    assert len(found.besides) == 1
    assert "overflows" in found.besides[0]


def test_a_mistake_is_named_beside_a_write_into_an_argument():
    into = ("dh = dh + dHs[:, t]", "dHs[:, t] += dh\n        dh = dHs[:, t]")
    found = diagnosis("gru_backward", into, ("drh * r +", "drh +"))
    assert found.suspect.name == "factors-missing-dh-r-drh"
    assert len(found.besides) == 1
    assert "write into dHs" in found.besides[0]


START = "b[:hidden] = 3\n"
# What is done otherwise: pieces of the right `train`, or of the update that it repeats, and what stands instead.
MISTAKES = {
    # With r = 1 and z = 0 for good, the GRU is the plain cell.
    "plain cell": [(START, "b[:hidden], b[hidden : 2 * hidden] = -40, 40\n")],
    "small z": [(START, "b[:hidden] = -2\n")],
    "z the other way round": [("return W, U, b, Wy, by", "return *_flipped(W, U, b), Wy, by")],
    "not trained": [("range(updates)", "range(1)")],
}
NOT_THROUGH_TIME = ("gru_backward(dHs, cache)", "_one_step_back(dHs, X, Hs, W, U, b)")
UPHILL = [(f"= {name} - shorter", f"= {name} + shorter") for name in ("W", "U", "b", "Wy", "by")]


def one_step_back(dHs, X, Hs, W, U, b):
    """The gradients of the last step alone."""
    _, cache = gru_forward(X[:, -1:], Hs[:, -2], W, U, b)
    return gru_backward(dHs[:, -1:], cache)


def training(edits=(), *, update=(), own=False):
    """The source's `train` with these edits, and others of the update that it repeats.

    own: with the source's own GRU. Otherwise with the reference, which is faster.
    """
    faster = {} if own else {"gru_forward": gru_forward, "gru_backward": gru_backward}
    gru_update = model_answer("gru", "gru_update", *update, _one_step_back=one_step_back, **faster)
    return model_answer("gru", "train", *edits, _flipped=flip_update_gate, gru_update=gru_update)


@pytest.mark.slow
def test_the_right_answer_passes(capsys):
    judge_kept_sign(training(own=True), "long", steps=40, enough=1)
    assert capsys.readouterr().out.count("✓ train") == 1


@pytest.mark.slow
def test_a_gradient_that_never_goes_back_in_time_does_not_pass():
    with pytest.raises(CheckFailed, match="do not learn"):
        judge_kept_sign(training(update=[NOT_THROUGH_TIME]), "long", steps=40, enough=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", MISTAKES)
def test_what_does_not_keep_fails(name):
    with pytest.raises(CheckFailed, match="do not learn"):
        judge_kept_sign(training(MISTAKES[name]), "long", steps=40, enough=1)


def net(hidden):
    return [np.zeros(shape) for shape in ((2, 3 * hidden), (hidden, 3 * hidden), (3 * hidden,), (hidden, 1), (1,))]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "something else"),
        (net(4)[:4], "something else"),
        ([net(4)[0], "U", *net(4)[2:]], "no array of numbers"),
        ([net(4)[0], 0.0, *net(4)[2:]], "1 to 32 units"),
        (net(33), "1 to 32 units"),
        ([np.zeros((2, 4)), *net(4)[1:]], "W does not fit"),
        ([*net(4)[:2], np.full(12, np.nan), *net(4)[3:]], "ran away"),
        (net(4), "do not learn"),
    ],
    ids=str,
)
def test_what_is_no_net_is_named(answer, sentence):
    with pytest.raises(CheckFailed) as failed:
        judge_kept_sign(lambda X, y, rng: answer, "short", steps=3, enough=1)
    assert sentence in " ".join(str(failed.value).split())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edits", "update", "cause"),
    [
        ([], [("- y[:, None]", "+ y[:, None]"), ("dp = error", "dp = -error"), *UPHILL], "the sign of the update"),
        ([], UPHILL, "the weights ran away"),
        ([("range(updates)", "range(1)")], [], "the update gate's bias"),
    ],
)
def test_the_likely_cause_is_said(edits, update, cause):
    with pytest.raises(CheckFailed) as failed:
        judge_kept_sign(training(edits, update=update), "short", steps=10, enough=1)
    assert cause in " ".join(str(failed.value).split())

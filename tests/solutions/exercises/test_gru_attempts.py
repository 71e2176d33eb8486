"""Wrong attempts at the GRU in a student's style: `check` names the mistake, or says nothing (3 seconds)."""

import numpy as np
import pytest

from solutions.fixtures import write_fixtures
from solutions.reference.numerics import sigmoid
from unrolled.checking.check import subject
from unrolled.checking.diagnose import diagnose
from unrolled.checking.fixtures import load

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


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory):
    """What students get."""
    path = tmp_path_factory.mktemp("gru") / "fixtures.npz"
    write_fixtures("gru", path)
    return load(path)


def verdict(fixtures, name, *edits, of=None):
    """What `check` calls the answer to `name` after the edits, which are of another answer where `of` names one."""
    space = {"np": np, "sigmoid": sigmoid}
    for other, text in ANSWERS.items():
        for old, new in edits if other == (of or name) else ():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        exec(text, space)
    fixture = fixtures[name]
    failure = diagnose(subject(space[name], space["gru_forward"], fixture, part="visible"), fixture)
    if failure is None:
        return "right"
    return failure.suspect.name if failure.suspect else "unnamed"


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name, fixtures):
    assert verdict(fixtures, name) == "right"


@pytest.mark.parametrize(
    ("name", "old", "new", "called"),
    [
        ("gru_step", " + bz", "", "update-gate-bias-forgotten"),
        ("gru_step", "r = sigmoid", "r = np.tanh", "tanh-on-the-reset-gate"),
        ("gru_step", "(r * h) @ Un + bn", "r * (h @ Un + bn)", "bias-reset-too"),
        ("gru_step", "(r * h) @ Un", "(r * h) @ Un.T", "candidate-kernel-transposed"),
        ("gru_step", "r = sigmoid(x @ Wr + h @ Ur + br)", "r = z", "reset-by-the-update-gate"),
        ("gru_step", "return z * h + (1 - z) * n", "return n", "candidate-returned"),
        ("gru_step", "x @ Wz", "x @ Wz.T", "unnamed"),  # the exception tells more
        ("gru_step", "return", "raise ValueError('mine')\n    return", "unnamed"),
        ("flip_update_gate", "W.copy()", "W[:]", "input-kernel-overwritten"),
        ("flip_update_gate", "b.copy()", "b", "bias-overwritten"),
        ("flip_update_gate", "[..., :H]", "[..., 0]", "one-unit-only"),
        ("flip_update_gate", "len(U)", "len(b)", "every-block"),
        ("gru_step_after", "H = len(U)", "H = len(U)\n    bz, br, bn = np.split(b, 3)", "recurrent-bias-overwritten"),
        ("gru_step_after", " + bn", "", "recurrent-bias-forgotten"),
        ("gru_forward", "range(X", "range(1, X", "first-input-skipped"),
        ("gru_forward", "np.stack", "np.concatenate", "states-side-by-side"),
        ("gru_forward", "    return", "        return", "first-state-only"),
        ("gru_forward", "X[:, t]", "X[t]", "unnamed"),
        ("gru_forward", "h, cache = ", "h = ", "unnamed"),
        ("gru_backward", "np.zeros_like(dHs[:, 0])", "dHs[:, -1]", "last-loss-twice"),
        ("gru_backward", "= caches[t]", "= caches[-1]", "gates-of-the-last-step"),
        ("gru_backward", "(1 - n**2)", "(1 - np.tanh(n)**2)", "candidate-slope-of-a-second-tanh"),
        ("gru_backward", "(h - n) * z * (1 - z)", "(h - n)", "update-gate-slope-skipped"),
        ("gru_backward", "da_r = drh", "da_r = da_n", "reset-gate-without-the-kernel"),
        ("gru_backward", "drh * r +", "drh * h +", "candidate-path-with-the-state"),
        ("gru_backward", "dh = dh * z +", "dh = dh + dh * z +", "flow-added-to-itself"),
        ("gru_backward", " + da_z @ Uz.T + da_r @ Ur.T", " + dA @ U.T", "candidate-path-twice"),
        ("gru_backward", "Ur.T", "Ur", "reset-gate-kernel-not-transposed"),
        ("gru_backward", "dA.sum", "dA.mean", "db-averaged-over-batch"),
        (
            "gru_backward",
            "reversed(range(dHs.shape[1]))",
            "range(dHs.shape[1] - 1, 0, -1)",
            "first-step-not-in-the-list",
        ),
        ("gru_backward", "caches, W, U = cache", "W, U = cache", "unnamed"),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, called, fixtures):
    assert verdict(fixtures, name, (old, new)) == called


@pytest.mark.parametrize(
    ("old", "new", "called"),
    [
        ("(r * h) @ Un", "r * (h @ Un)", "gru_step:reset-after-the-product"),
        (", (x, h, z, r, n)", "", "gru_step:cache-not-returned"),
    ],
)
def test_a_mistake_in_the_step_is_known_in_the_sequence(old, new, called, fixtures):
    assert verdict(fixtures, "gru_forward", (old, new), of="gru_step") == called


def test_a_new_state_in_the_cache_is_known_on_the_way_back(fixtures):
    kept = ("(x, h, z, r, n)", "(x, z * h + (1 - z) * n, z, r, n)")
    assert verdict(fixtures, "gru_backward", kept, of="gru_step") == "new-state-for-the-old-one"

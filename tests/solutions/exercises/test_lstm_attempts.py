"""Wrong attempts at the LSTM in a student's style: `check` names the mistake and blames nothing that is right (4 s)."""

import numpy as np
import pytest

from solutions.fixtures import write_fixtures
from unrolled.checking.check import subject
from unrolled.checking.diagnose import diagnose
from unrolled.checking.fixtures import load

ANSWERS = {
    "forget_bias": """
def forget_bias(hidden, value=1.0):
    b = np.zeros(4 * hidden)
    b[hidden:2 * hidden] = value
    return b
""",
    "lstm_step": """
def lstm_step(x, h, c, W, U, b):
    a = x @ W + h @ U + b
    i, f, g, o = np.split(a, 4, axis=1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    c_next = f * c + i * g
    h_next = o * np.tanh(c_next)
    return h_next, c_next, (x, h, c, W, U, i, f, g, o, np.tanh(c_next))
""",
    "lstm_forward": """
def lstm_forward(X, h0, c0, W, U, b):
    h, c = h0, c0
    Hs, caches = [], []
    for t in range(X.shape[1]):
        h, c, cache = lstm_step(X[:, t], h, c, W, U, b)
        Hs.append(h)
        caches.append(cache)
    return np.stack(Hs, axis=1), c, caches
""",
    "coupled_step": """
def coupled_step(x, h, c, W, U, b):
    i, g, o = np.split(x @ W + h @ U + b, 3, axis=1)
    i, g, o = sigmoid(i), np.tanh(g), sigmoid(o)
    c_next = (1 - i) * c + i * g
    return o * np.tanh(c_next), c_next, None
""",
    "lstm_step_backward": """
def lstm_step_backward(dh_next, dc_next, cache):
    x, h, c, W, U, i, f, g, o, q = cache
    do = dh_next * q
    dc_total = dc_next + dh_next * o * (1 - q ** 2)
    di, df, dg, dc = dc_total * g, dc_total * c, dc_total * i, dc_total * f
    da = np.concatenate([di * i * (1 - i), df * f * (1 - f), dg * (1 - g ** 2), do * o * (1 - o)], axis=1)
    return da @ W.T, da @ U.T, dc, x.T @ da, h.T @ da, da.sum(axis=0)
""",
    "lstm_backward": """
def lstm_backward(dHs, dc_last, cache):
    dh, dc, dX = np.zeros_like(dc_last), dc_last, []
    dW, dU, db = 0, 0, 0
    for t in reversed(range(dHs.shape[1])):
        dx, dh, dc, dW_t, dU_t, db_t = lstm_step_backward(dHs[:, t] + dh, dc, cache[t])
        dX.append(dx)
        dW, dU, db = dW + dW_t, dU + dU_t, db + db_t
    return np.stack(dX[::-1], axis=1), dh, dc, dW, dU, db
""",
}
FORWARD = {"lstm_step_backward": "lstm_step", "lstm_backward": "lstm_forward"}


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory):
    """What students get for both assignments."""
    found = {}
    for assignment in ("lstm-backward", "lstm-forward"):  # the second holds all cases of what both have
        path = tmp_path_factory.mktemp(assignment) / "fixtures.npz"
        write_fixtures(assignment, path)
        found |= load(path)
    return found


def verdict(fixtures, name: str, *edits: tuple[str, str]) -> str | None:
    """What the visible check calls the answer with these edits; None where it is content."""
    text = ANSWERS[name]
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    space = {"np": np, "sigmoid": lambda a: 0.5 + 0.5 * np.tanh(0.5 * a)}
    for source in (*ANSWERS.values(), text):
        exec(source, space)  # our own source, not a student's
    answer = subject(space[name], space.get(FORWARD.get(name)), fixtures[name], part="visible")
    failure = diagnose(answer, fixtures[name])
    if failure is None:
        return None
    return failure.suspect.name if failure.suspect is not None else "unnamed"


@pytest.mark.parametrize("name", ANSWERS)
def test_the_right_answer_passes(name, fixtures):
    assert verdict(fixtures, name) is None


@pytest.mark.parametrize(
    ("name", "old", "new", "called"),
    [
        ("forget_bias", "value=1.0", "value", "unnamed"),  # the message says which argument is missing
        ("forget_bias", "value=1.0", "value=0.0", "default-not-one"),
        ("lstm_step", "x @ W", "x @ W.T", "input-kernel-transposed"),
        ("lstm_step", ", axis=1", "", "cut-along-the-batch"),
        ("lstm_step", "sigmoid(o)", "np.tanh(o)", "tanh-on-output-gate"),
        ("lstm_step", "f * c + i * g", "(1 - i) * c + i * g", "forget-gate-from-input-gate"),
        ("lstm_step", "o * np.tanh(c_next)", "np.tanh(o * c_next)", "tanh-around-the-product"),
        ("lstm_step", "return h_next, c_next", "return h_next, c", "old-cell-returned"),
        ("lstm_forward", "X[:, t], h, c", "X[:, t], c, h", "states-swapped-in-the-call"),
        ("lstm_forward", "X[:, t]", "X[t]", "unnamed"),  # not "cut-along-the-batch" in lstm_step, which is right
        ("lstm_forward", "h, c, cache =", "h, c =", "unnamed"),
        ("lstm_forward", "    return", "        return", "returned-in-the-loop"),
        ("lstm_forward", "np.stack", "np.concatenate", "joined-without-a-time-axis"),
        ("coupled_step", "(1 - i) * c + i * g", "np.tanh((1 - i) * c + i * g)", "cell-squashed-twice"),
        ("lstm_step_backward", "(1 - q ** 2)", "(1 - c ** 2)", "tanh-slope-of-the-old-cell"),
        ("lstm_step_backward", "], axis=1)", "])", "blocks-joined-along-the-batch"),
        ("lstm_step_backward", "da @ U.T", "da @ U", "recurrent-kernel-not-transposed"),
        ("lstm_step_backward", "do * o * (1 - o)", "do * (1 - o)", "unnamed"),  # not the mistake in all three gates
        ("lstm_backward", "+ dh, dc,", "+ dh, 0 * dc,", "no-cell-gradient-at-all"),
        ("lstm_backward", "dx, dh, dc,", "dx, dc, dh,", "flows-swapped-at-each-step"),
        ("lstm_backward", "dx, dh, dc,", "dx, dh, dc[:],", "last-cell-gradient-overwritten"),
        ("lstm_backward", "reversed(range(dHs.shape[1]))", "range(dHs.shape[1])", "forwards-in-time-and-dX-reversed"),
        ("lstm_backward", "cache[t]", "cache[t - 1]", "cache-before"),
        ("lstm_backward", "cache[t]", "cache", "unnamed"),  # no mistake in lstm_step_backward, which is right
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, called, fixtures):
    assert verdict(fixtures, name, (old, new)) == called

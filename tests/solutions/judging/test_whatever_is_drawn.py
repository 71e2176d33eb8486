"""No lottery: what is wrong on some admissible input loses the same parts under every key, and a fault costs its own.

Each answer is a right one, the derivation's or a student's, with one fault that few inputs show.
"""

import numpy as np
import pytest

from solutions.exercises.catalogue import contract_of
from solutions.judging.audit import lost_parts
from solutions.judging.contract import Variant
from tests.solutions.exercises.attempts import LSTM_FORWARD

KEYS = [f"key {number}" for number in range(20)]
SIGMOID = "def sigmoid(a):\n    return np.where(a >= 0, 1, np.exp(-np.abs(a))) / (1 + np.exp(-np.abs(a)))\n"

RETURN = "    return np.stack(dX"
ALL = {"values", "edges", "property"}
# The function, what is replaced in its derivation, and the parts that it loses.
EDITED = {
    "a gradient from above is added to in place": (
        "lstm_step_backward",
        ("dc_total = dc_next + ", "dc_total = dc_next; dc_total += "),
        {"edges"},
    ),
    "db keeps its axis": ("rnn_step_backward", ("da.sum(axis=0)", "da.sum(axis=0, keepdims=True)"), {"shapes"}),
    "db keeps its axis in a sequence": (
        "rnn_backward",
        (RETURN, f"    db = db[None]; {RETURN.strip()}"),
        {"shapes"},
    ),
    "the loss is no number but an array of one": (
        "sequence_loss",
        ("return (losses", "return np.array([1.0]) * (losses"),
        {"edges"},
    ),
    "dW is cut off at 9": (
        "rnn_backward",
        (RETURN, f"    dW = np.clip(dW, -9, 9); {RETURN.strip()}"),
        {"edges", "property"},
    ),
    "what flows back is cut off at 5": (
        "gru_backward",
        (RETURN, f"    dX = list(np.clip(dX, -5, 5)); {RETURN.strip()}"),
        {"edges"},
    ),
    "the cell state is cut off at 10": (
        "lstm_step",
        ("h_next = ", "c_next = np.clip(c_next, -10, 10); h_next = "),
        {"edges"},
    ),
    "the maximum of the whole array": (
        "softmax",
        ("m = a.max(axis=-1, keepdims=True)", "m = a.max()"),
        {"edges"},
    ),
    "the maximum of the whole batch": (
        "cross_entropy",
        ("m = logits.max(axis=-1, keepdims=True)", "m = logits.max()"),
        {"edges"},
    ),
    "the maximum of all steps": (
        "sequence_loss",
        ("m = logits.max(axis=-1, keepdims=True)", "m = logits.max()"),
        {"edges"},
    ),
    "the mask is taken for lengths": (
        "sequence_loss",
        ("m = logits.max", "mask = np.arange(mask.shape[1]) < mask.sum(axis=1)[:, None]; m = logits.max"),
        {"edges"},
    ),
    "a softmax of matrices alone": (
        "softmax",
        ("e = np.exp(a - m)", "rows, K = a.shape; e = np.exp(a - m)"),
        {"edges"},
    ),
    "a sigmoid of matrices alone": ("sigmoid", ("e = np.exp", "rows, K = a.shape; e = np.exp"), {"edges"}),
    "f is given a vector": (
        "numerical_gradient",
        ("above = f(x)", "above = f(x.ravel())"),
        {"values", "edges", "property"},
    ),
    "an array of the gradients is returned itself": (
        "clip_by_global_norm",
        ("[g * factor for g in gradients]", "[g * factor if factor < 1 else g for g in gradients]"),
        {"edges"},
    ),
}

# The function, its text, the text of its forward function, and the parts that it loses.
WRITTEN = {
    "the axis of a single input is lost": (
        "rnn_forward",
        """
def rnn_forward(X, h0, W, U, b):
    h, Hs = h0, []
    for t in range(X.shape[1]):
        h = np.tanh(np.dot(np.squeeze(X[:, t]), W) + h @ U + b)
        Hs.append(h)
    return np.stack(Hs, axis=1), None
""",
        "",
        {"edges"},
    ),
    "nothing of the first step where there is but one": (
        "rnn_backward",
        """
def rnn_forward(X, h0, W, U, b):
    S = [h0]
    for t in range(X.shape[1]):
        S.append(np.tanh(X[:, t] @ W + S[-1] @ U + b))
    return np.stack(S[1:], axis=1), (X, S, W, U)
def rnn_backward(dHs, cache):
    X, S, W, U = cache
    dX, dW, dU, db, dh = np.zeros(X.shape), 0, 0, 0, 0
    for t in reversed(range(X.shape[1])):
        da = (dHs[:, t] + dh) * (1 - S[t + 1] ** 2)
        dX[:, t] = da @ W.T
        dW, dU, db = dW + X[:, t].T @ da, dU + S[t].T @ da, db + da.sum(axis=0)
        dh = da @ U.T
    return dX, dh if X.shape[1] > 1 else np.zeros_like(dh), dW, dU, db
""",
        "rnn_forward",
        {"edges"},
    ),
    "no more than eight steps": (
        "rnn_forward",
        """
def rnn_forward(X, h0, W, U, b):
    h, Hs = h0, np.zeros((len(X), X.shape[1], len(U)))
    for t in range(min(X.shape[1], 8)):
        h = Hs[:, t] = np.tanh(X[:, t] @ W + h @ U + b)
    return Hs, None
""",
        "",
        {"edges"},
    ),
    "another product where the batch is as large as the layer": (
        "rnn_step",
        """
def rnn_step(x, h, W, U, b):
    product = U.T @ h if len(h) == len(U) else h @ U
    h_next = np.tanh(x @ W + product + b)
    return h_next, (x, h, W, U, h_next)
""",
        "",
        {"edges"},
    ),
    "numbers in the order of memory": (
        "rnn_step",
        """
def rnn_step(x, h, W, U, b):
    x = x.ravel(order="K").reshape(x.shape) if x.flags.forc else x
    h_next = np.tanh(x @ W + h @ U + b)
    return h_next, None
""",
        "",
        {"edges"},
    ),
    "states of the type of the inputs": (
        "rnn_forward",
        """
def rnn_forward(X, h0, W, U, b):
    h, Hs = h0, np.zeros((*X.shape[:2], len(U)), dtype=X.dtype)
    for t in range(X.shape[1]):
        h = np.tanh(X[:, t] @ W + h @ U + b)
        Hs[:, t] = h
    return Hs, None
""",
        "",
        {"edges"},
    ),
    "inputs scaled to length one": (
        "gru_step",
        """
def gru_step(x, h, W, U, b):
    length = np.linalg.norm(x)
    a = (x / length) @ W * length + b
    n = U.shape[1] // 3
    z, r = sigmoid(a[:, :n] + h @ U[:, :n]), sigmoid(a[:, n : 2 * n] + h @ U[:, n : 2 * n])
    new = np.tanh(a[:, 2 * n :] + (r * h) @ U[:, 2 * n :])
    return z * h + (1 - z) * new, None
""",
        "",
        {"edges"},
    ),
    "one array for all calls": (
        "rnn_step",
        """
kept = {}
def rnn_step(x, h, W, U, b):
    h_next = kept.setdefault(h.shape, np.zeros(h.shape, dtype=h.dtype))
    h_next[...] = np.tanh(x @ W + h @ U + b)
    return h_next, None
""",
        "",
        {"edges"},
    ),
    "a way back that reads what the last forward pass left": (
        "rnn_step_backward",
        """
def rnn_step(x, h, W, U, b):
    global last
    h_next = np.tanh(x @ W + h @ U + b)
    last = x, h, W, U, h_next
    return h_next, last
def rnn_step_backward(dh_next, cache):
    x, h, W, U, h_next = last
    da = dh_next * (1 - h_next**2)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, da.sum(axis=0)
""",
        "rnn_step",
        {"edges"},
    ),
    "a way back that empties its cache": (
        "lstm_backward",
        """
def lstm_backward(dHs, dc_last, cache):
    dh, dc, dX, dW, dU, db = np.zeros_like(dc_last), dc_last, [], 0, 0, 0
    for t in reversed(range(dHs.shape[1])):
        x, h, c, W, U, i, f, g, o, q = cache.pop()
        dh = dh + dHs[:, t]
        dc = dc + dh * o * (1 - q**2)
        a = [dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2), dh * q * o * (1 - o)]
        da = np.concatenate(a, axis=1)
        dW, dU, db = dW + x.T @ da, dU + h.T @ da, db + da.sum(axis=0)
        dX.append(da @ W.T)
        dh, dc = da @ U.T, dc * f
    return np.stack(dX[::-1], axis=1), dh, dc, dW, dU, db
"""
        + "".join(LSTM_FORWARD.values()),
        "lstm_forward",
        {"edges"},
    ),
}


def lost_under_every_key(function, answer):
    return [set(lost_parts(contract_of(function), answer, key)) for key in KEYS]


@pytest.mark.parametrize("fault", EDITED)
def test_a_fault_that_few_inputs_show_loses_its_parts_under_every_key(fault):
    function, (old, new), parts = EDITED[fault]
    contract = contract_of(function)
    text = contract.text.text
    assert text.count(old) == 1, text
    base = contract.variants[0]
    answer = Variant(fault, contract.text.rebuilt(text.replace(old, new)), forward=base.forward)
    lost = lost_under_every_key(function, answer)
    assert all(parts <= some for some in lost)
    assert parts in lost  # and the rest by chance alone: numbers of usual size, too, pass a bound now and then


@pytest.mark.parametrize("fault", WRITTEN)
def test_a_fault_in_a_students_text_loses_its_parts_under_every_key(fault):
    function, text, forward, parts = WRITTEN[fault]
    space = {"np": np}
    exec(SIGMOID + text, space)
    own = space.get(forward) or (contract_of(function).forward if forward else None)
    assert lost_under_every_key(function, Variant(fault, space[function], forward=own)) == [parts] * len(KEYS)

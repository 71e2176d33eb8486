"""Wrong attempts as students write them, in their own style: the visible check leads each to its mistake."""

import numpy as np
import pytest

from solutions.exercises.catalogue import ASSIGNMENTS, contract_of, contracts_of
from solutions.fixtures import write_fixtures
from unrolled.checking.check import subject
from unrolled.checking.diagnose import diagnose
from unrolled.checking.fixtures import load

ATTEMPTS = []


def attempt(function: str, misconception: str, forward=None):
    """Decorator: what `check(function)` has to call this attempt."""

    def register(answer):
        ATTEMPTS.append((function, misconception, answer, forward))
        return answer

    return register


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory):
    """The fixtures of all functions, as the bundles of their assignments hold them."""
    found = {}
    for assignment in {a for a in ASSIGNMENTS for f, *_ in ATTEMPTS if f in contracts_of(a)}:
        path = tmp_path_factory.mktemp(assignment) / "fixtures.npz"
        write_fixtures(assignment, path)
        known = load(path)
        found |= {name: known[name] for name in contracts_of(assignment)}
    return found


def rnn_step(x, h, W, U, b):
    new = np.tanh(x @ W + h @ U + b)
    return new, (x, h, new, W, U)


def rnn_forward(X, h0, W, U, b):
    states, caches, h = [], [], h0
    for t in range(X.shape[1]):
        h, cache = rnn_step(X[:, t], h, W, U, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=1), caches


def rnn_step_backward(dh_next, cache):
    x, h, new, W, U = cache
    da = dh_next * (1 - new**2)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, da.sum(axis=0)


@attempt("rnn_step_backward", "difference-squared", rnn_step)
def one_minus_h_squared(dh_next, cache):
    x, h, new, W, U = cache
    da = dh_next * (1 - new) ** 2
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, da.sum(axis=0)


@attempt("rnn_step_backward", "tanh-skipped-in-dW", rnn_step)
def dh_next_in_one_product(dh_next, cache):
    x, h, new, W, U = cache
    da = dh_next * (1 - new**2)
    return da @ W.T, da @ U.T, x.T @ dh_next, h.T @ da, da.sum(axis=0)


@attempt("rnn_backward", "dX-time-first", rnn_forward)
def stacked_without_an_axis(dHs, cache):
    T = dHs.shape[1]
    dX, flow, dW, dU, db = [None] * T, 0, 0, 0, 0
    for t in range(T - 1, -1, -1):
        dX[t], flow, w, u, bias = rnn_step_backward(dHs[:, t] + flow, cache[t])
        dW, dU, db = dW + w, dU + u, db + bias
    return np.stack(dX), flow, dW, dU, db


@attempt("rnn_backward", "first-step-left-out", rnn_forward)
def loop_ends_with_one(dHs, cache):
    x, h, _, W, U = cache[0]
    dX, flow = np.zeros((*dHs.shape[:2], x.shape[1])), np.zeros_like(h)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(len(U))
    for t in range(dHs.shape[1] - 1, 0, -1):
        dX[:, t], flow, w, u, bias = rnn_step_backward(dHs[:, t] + flow, cache[t])
        dW, dU, db = dW + w, dU + u, db + bias
    return dX, flow, dW, dU, db


@attempt("rnn_backward", "first-step-not-in-the-list", rnn_forward)
def list_without_the_first_step(dHs, cache):
    dX, flow, dW, dU, db = [], 0, 0, 0, 0
    for t in range(dHs.shape[1] - 1, 0, -1):
        dx, flow, w, u, bias = rnn_step_backward(dHs[:, t] + flow, cache[t])
        dX.append(dx)
        dW, dU, db = dW + w, dU + u, db + bias
    return np.stack(dX[::-1], axis=1), flow, dW, dU, db


@attempt("rnn_backward", "flow-accumulated", rnn_forward)
def flow_added_to_the_flow(dHs, cache):
    T = dHs.shape[1]
    dX, flow, dW, dU, db = [None] * T, 0, 0, 0, 0
    for t in reversed(range(T)):
        dX[t], back, w, u, bias = rnn_step_backward(dHs[:, t] + flow, cache[t])
        flow = flow + back
        dW, dU, db = dW + w, dU + u, db + bias
    return np.stack(dX, axis=1), flow, dW, dU, db


@attempt("rnn_backward", "flow-not-passed-on", rnn_forward)
def flow_added_after_the_step(dHs, cache):
    T = dHs.shape[1]
    dX, flow, dW, dU, db = [None] * T, 0, 0, 0, 0
    for t in reversed(range(T)):
        dX[t], back, w, u, bias = rnn_step_backward(dHs[:, t], cache[t])
        flow = flow + back
        dW, dU, db = dW + w, dU + u, db + bias
    return np.stack(dX, axis=1), flow, dW, dU, db


@attempt("rnn_backward", "tanh-skipped-in-dU", rnn_forward)
def state_gradient_for_the_kernel(dHs, cache):
    dX, dh, dW, dU, db = [], 0, 0, 0, 0
    for t in reversed(range(dHs.shape[1])):
        x, h, new, W, U = cache[t]
        dh = dh + dHs[:, t]
        da = dh * (1 - new**2)
        dX.insert(0, da @ W.T)
        dW, dU, db = dW + x.T @ da, dU + h.T @ dh, db + da.sum(axis=0)
        dh = da @ U.T
    return np.stack(dX, axis=1), dh, dW, dU, db


@attempt("rnn_backward_truncated", "last-window-only", rnn_forward)
def last_steps_only(dHs, window, cache):
    T, zeros = dHs.shape[1], np.zeros_like(cache[0][0])
    dX, flow, dW, dU, db = [zeros] * T, 0, 0, 0, 0
    for t in range(T - 1, max(T - 1 - window, -1), -1):
        dX[t], flow, w, u, bias = rnn_step_backward(dHs[:, t] + flow, cache[t])
        dW, dU, db = dW + w, dU + u, db + bias
    return np.stack(dX, axis=1), flow, dW, dU, db


def in_blocks(dHs, window, cache, starts, dh0=None):
    """The truncated backward pass of the blocks that begin at `starts`, and what flows out of each."""
    T, zeros = dHs.shape[1], np.zeros_like(cache[0][0])
    dX, flows, dW, dU, db = [zeros] * T, [], np.zeros((zeros.shape[1], dHs.shape[2])), 0, 0
    for start in starts:
        flow = 0
        for t in range(min(start + window, T) - 1, start - 1, -1):
            dX[t], flow, w, u, bias = rnn_step_backward(dHs[:, t] + flow, cache[t])
            dW, dU, db = dW + w, dU + u, db + bias
        flows.append(flow)
    U = cache[0][4]
    return np.stack(dX, axis=1), flows, dW, dU + np.zeros_like(U), db + np.zeros(len(U))


@attempt("rnn_backward_truncated", "remainder-lost", rnn_forward)
def whole_blocks_only(dHs, window, cache):
    starts = [k * window for k in range(dHs.shape[1] // window)]
    dX, flows, dW, dU, db = in_blocks(dHs, window, cache, starts)
    return dX, flows[0] if flows else np.zeros_like(dHs[:, 0]), dW, dU, db


@attempt("rnn_backward_truncated", "remainder-lost-or-no-block-at-all", rnn_forward)
def whole_blocks_only_without_a_start(dHs, window, cache):
    starts = [k * window for k in range(dHs.shape[1] // window)]
    dX, flows, dW, dU, db = in_blocks(dHs, window, cache, starts)
    for k, flow in enumerate(flows):
        if k == 0:
            dh0 = flow
    return dX, dh0, dW, dU, db


@attempt("rnn_backward_truncated", "dh0-from-the-last-block", rnn_forward)
def last_flow_returned(dHs, window, cache):
    dX, flows, dW, dU, db = in_blocks(dHs, window, cache, range(0, dHs.shape[1], window))
    return dX, flows[-1], dW, dU, db


@attempt("jacobian_products", "time-first")
def products_stacked_without_an_axis(J):
    product = J[:, -1]
    out = [product]
    for t in range(J.shape[1] - 2, -1, -1):
        product = product @ J[:, t]
        out.append(product)
    return np.stack(out[::-1])


@attempt("jacobian_products", "time-first-in-reverse")
def products_stacked_as_they_come(J):
    out = [J[:, -1]]
    for t in range(J.shape[1] - 2, -1, -1):
        out.append(out[-1] @ J[:, t])
    return np.stack(out)


@attempt("jacobian_products", "first-step-left-out")
def products_end_with_one(J):
    products = J.copy()
    for t in range(J.shape[1] - 2, 0, -1):
        products[:, t] = products[:, t + 1] @ J[:, t]
    return products


@attempt("jacobian_products", "over-the-batch")
def samples_taken_for_steps(J):
    products = J.copy()
    for t in range(len(J) - 2, -1, -1):
        products[t] = products[t + 1] @ J[t]
    return products


@attempt("jacobian_products", "power-of-each")
def powers(J):
    T = J.shape[1]
    return np.stack([np.linalg.matrix_power(J[:, t], T - t) for t in range(T)], axis=1)


@attempt("rnn_jacobian", "slopes-do-not-meet-the-rows")
def slopes_without_an_axis(h_next, U):
    return (1 - h_next**2) * U.T


@attempt("gradient_norms", "rows-do-not-meet-their-matrices")
def rows_times_all_matrices(dh_last, J):
    row, norms = dh_last, [np.linalg.norm(dh_last, axis=-1)]
    for t in reversed(range(J.shape[1])):
        row = row @ J[:, t]
        norms.append(np.linalg.norm(row, axis=-1))
    return np.stack(norms, axis=1)


@attempt("orthogonal", "eigenvectors-as-they-come")
def eigenvectors(rng, size):
    A = rng.standard_normal((size, size))
    return np.linalg.eigh((A + A.T) / 2).eigenvectors


@attempt("orthogonal", "both-factors")
def both(rng, size):
    return np.linalg.qr(rng.standard_normal((size, size)))


@attempt("clip_by_global_norm", "norm-of-the-list")
def norm_of_the_list(gradients, limit):
    norm = np.linalg.norm(gradients)
    return [g * min(1.0, limit / norm) for g in gradients], norm


@attempt("sigmoid", "if-on-an-array")
def one_question(a):
    if a >= 0:
        return 1 / (1 + np.exp(-a))
    else:
        return np.exp(a) / (1 + np.exp(a))


@attempt("sigmoid", "cut-off-too-early")
def cut_off(a):
    return 1 / (1 + np.exp(-np.minimum(np.maximum(a, -10), 10)))


def softmax(a):
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@attempt("cross_entropy", "small-number-1e-12")
def small_number_added(logits, targets):
    p = softmax(logits)
    return -np.mean(np.log(p[np.arange(len(p)), targets] + 1e-12))


@attempt("cross_entropy", "small-number-1e-8")
def probability_cut_off(logits, targets):
    p = np.clip(softmax(logits), 1e-8, 1)
    return -np.mean(np.log(p[range(len(p)), targets]))


@attempt("cross_entropy", "softmax-of-all-targets")
def columns_of_all_targets(logits, targets):
    return -np.mean(np.log(softmax(logits)[:, targets]))


@attempt("cross_entropy", "targets-of-all-rows")
def logarithms_of_all_targets(logits, targets):
    log_p = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return -np.mean(log_p[:, targets])


@attempt("sequence_loss", "logarithm-of-softmax")
def logarithm_of_a_zero(logits, targets, mask):
    chosen = np.take_along_axis(softmax(logits), targets[:, :, None], axis=2)[:, :, 0]
    return np.sum(-np.log(chosen) * mask) / np.sum(mask)


@attempt("sequence_loss", "small-number-1e-12")
def small_number_added_to_the_sequence(logits, targets, mask):
    chosen = np.take_along_axis(softmax(logits), targets[:, :, None], axis=2)[:, :, 0]
    return np.sum(-np.log(chosen + 1e-12) * mask) / np.sum(mask)


@attempt("rnn_forward", "loop-over-the-batch")
def as_many_steps_as_sequences(X, h0, W, U, b):
    states, h = [], h0
    for t in range(len(X)):
        h = np.tanh(X[:, t] @ W + h @ U + b)
        states.append(h)
    return np.stack(states, axis=1), None


@pytest.mark.parametrize("case", ATTEMPTS, ids=lambda case: f"{case[0]}-{case[1]}")
def test_the_check_names_the_mistake(fixtures, case):
    function, misconception, answer, forward = case
    failure = diagnose(subject(answer, forward, fixtures[function], part="visible"), fixtures[function])
    assert failure is not None
    assert failure.suspect is not None, failure.deviation
    assert failure.suspect.name == misconception


def test_other_orders_of_the_right_arrays_are_said(fixtures):
    def kernels_first(dHs, cache):
        dX, dh0, dW, dU, db = stacked(dHs, cache)
        return dW, dU, db, dX, dh0

    def stacked(dHs, cache):
        dX, *others = stacked_without_an_axis(dHs, cache)
        return dX.swapaxes(0, 1), *others

    fixture = fixtures["rnn_backward"]
    assert diagnose(subject(stacked, rnn_forward, fixture, part="visible"), fixture) is None
    failure = diagnose(subject(kernels_first, rnn_forward, fixture, part="visible"), fixture)
    assert failure is not None
    wanted = "another order: dW, dU, db, dX, dh0; it has to return dX, dh0, dW, dU, db"
    assert failure.deviation.summary.endswith(wanted)


def test_a_sigmoid_cut_off_at_twenty_is_right(fixtures):
    """Its error of 2e-9 is far below the accuracy that the assignment states, and below that of float32 near 1."""
    assert diagnose(lambda a: 1 / (1 + np.exp(-np.clip(a, -20, 20))), fixtures["sigmoid"]) is None


def test_further_forms_of_a_mistake_are_called_by_their_names(fixtures):
    for name, fixture in fixtures.items():
        contract = contract_of(name)
        for wrong in contract.further:
            own = wrong.forward or contract.forward
            failure = diagnose(subject(wrong.function, own, fixture, part="visible"), fixture)
            assert failure is not None
            assert failure.suspect is not None
            assert failure.suspect.name == wrong.name

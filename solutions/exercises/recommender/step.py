"""Contract of `recommender_step`, one step of training of a net that recommends the next item.

unrolled-canary-c89f6ce9b653
"""

import numpy as np

from solutions.exercises.recommender.cross_entropy import sampled_cross_entropy as of_scores
from solutions.exercises.recommender.cross_entropy import softmax_minus_one as sampled_cross_entropy
from solutions.exercises.recommender.scores import FAR
from solutions.judging import kit
from solutions.reference import recommender

READ = "recommender#eq-rec-step"
UPDATE = "recommender#eq-rec-update"
TOLERANCE = 1e-3


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    lanes, items, hidden = sizes.batch + 1, sizes.outputs + 3, sizes.hidden
    inputs, targets = kit.labels(rng, items, lanes), kit.labels(rng, items, lanes)
    # An item comes twice, as input and as target; some lanes start anew.
    inputs[-1], targets[-1] = inputs[0], targets[0]
    starts = np.zeros(lanes, dtype=np.int64)
    starts[rng.permutation(lanes)[: max(lanes // 3, 1)]] = 1
    return _with_net(rng, inputs, targets, starts, items, hidden, dtype)


def _with_net(
    rng: np.random.Generator,
    inputs: np.ndarray,
    targets: np.ndarray,
    starts: np.ndarray,
    items: int,
    hidden: int,
    dtype: type,
) -> kit.Arguments:
    sizes = kit.Sizes(batch=len(inputs), steps=1, inputs=items, hidden=hidden, outputs=items)
    return {
        "inputs": inputs,
        "targets": targets,
        "starts": starts,
        "h": kit.normal(rng, len(inputs), hidden, dtype=dtype, scale=0.7),
        **kit.cell(rng, sizes, dtype),
        "Wy": kit.normal(rng, hidden, items, dtype=dtype),
        "rate": float(rng.uniform(0.5, 2)),
    }


def _of(inputs: list[int], targets: list[int], starts: list[int]) -> kit.Function:
    def special(rng: np.random.Generator) -> kit.Arguments:
        numbers = rng.permutation(7)
        return _with_net(rng, numbers[inputs], numbers[targets], np.array(starts), 7, 4, np.float64)

    return special


def _measured(function: kit.Function, rng: np.random.Generator) -> bool:
    # Lane 1 has a loss beside which rounding hides what a weight of the others does. No item twice: whoever loses
    # those that come again loses other points.
    inputs, targets = rng.permutation(12)[:8].reshape(2, 4)
    given = _with_net(rng, inputs, targets, np.array([0, 0, 1, 0]), 12, 5, np.float64)
    given["b"][0] = 1.5
    given["W"][:, 0] = given["U"][:, 0] = 0
    given["Wy"][0, targets[1]] = -FAR
    _, _, W, _, _, Wy = function(*given.values())
    _, _, right_W, _, _, right_Wy = recommender.recommender_step(*given.values())
    others = [0, 2, 3]
    # The steps are compared, not the weights, beside which they may be short.
    return not (
        _alike(W[inputs[others]], right_W[inputs[others]], given["W"][inputs[others]])
        and _alike(Wy[:, targets[others]], right_Wy[:, targets[others]], given["Wy"][:, targets[others]])
    )


def _alike(one: np.ndarray, other: np.ndarray, old: np.ndarray) -> bool:
    step = other - old
    return np.allclose(one - old, step, rtol=TOLERANCE, atol=TOLERANCE * float(np.abs(step).max()))


recommender_step = kit.Contract(
    reference=recommender.recommender_step,
    outputs=kit.near("loss", "h_next", "W", "U", "b", "Wy"),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("no item twice", _of([0, 1, 2], [3, 4, 5], [0, 1, 0])),
        kit.Special("all lanes start", _of([0, 1, 2], [3, 4, 5], [1, 1, 1])),
        kit.Special("no lane starts", _of([0, 1, 2], [3, 4, 5], [0, 0, 0])),
        kit.Special("one item in all lanes", _of([2, 2, 2, 2], [5, 5, 5, 5], [0, 1, 0, 0])),
        kit.Special("targets that are inputs of others", _of([0, 1, 2, 3], [1, 2, 3, 0], [0, 0, 1, 0])),
        kit.Special("the same item again", _of([0, 1, 2], [0, 1, 2], [0, 1, 0])),
    ),
    rules=(
        kit.Rule(
            "measured-not-derived",
            "the step is right beside a lane with a very large loss, too. That of finite differences is not: derive "
            "the gradients.",
            _measured,
            UPDATE,
        ),
    ),
)


@recommender_step.derivation(
    words={
        "before": "the states before the step",
        "h": "the states of the step before",
        "h_next": "the states",
        "columns": "the columns of the targets",
        "dscores": "the gradients of the scores",
        "da": "the gradients of the sums",
        "dcolumns": "the gradients of the columns",
        "rate": "the rate",
        "starts": "the starts",
        "dW": "the gradient of W",
        "dWy": "the gradient of Wy",
    },
)
def one_step_back(inputs, targets, starts, h, W, U, b, Wy, rate):
    before = (1 - starts)[:, None] * h  #: eq-rec-step
    h_next = np.tanh(W[inputs] + before @ U + b)  #: eq-rec-step: the input's part + the state's part + the bias
    columns = Wy[:, targets]
    loss, dscores = sampled_cross_entropy(h_next @ columns)  #: eq-rec-cross-entropy
    da = dscores @ columns.T * (1 - h_next**2)  #: eq-rec-update
    dW, dWy = np.zeros(W.shape), np.zeros(Wy.shape)
    np.add.at(dW, inputs, da)  #: eq-rec-update
    dcolumns = dscores.T @ h_next  #: eq-rec-update
    np.add.at(dWy.T, targets, dcolumns)  #: eq-rec-update
    dU = before.T @ da  #: eq-rec-update
    db = da.sum(axis=0)  #: eq-rec-update
    return loss, h_next, W - rate * dW, U - rate * dU, b - rate * db, Wy - rate * dWy


@recommender_step.variant
def through_one_hot_rows(inputs, targets, starts, h, W, U, b, Wy, rate):
    X, Y = np.eye(W.shape[0])[inputs], np.eye(W.shape[0])[targets]
    h0 = np.where(starts[:, None] == 1, 0, h)
    h1 = np.tanh(X @ W + h0 @ U + b)
    loss, dscores = sampled_cross_entropy(h1 @ Wy @ Y.T)
    da = (dscores @ Y @ Wy.T) * (1 - h1 * h1)
    return (
        loss,
        h1,
        W - rate * X.T @ da,
        U - rate * h0.T @ da,
        b - rate * np.sum(da, axis=0),
        Wy - rate * h1.T @ dscores @ Y,
    )


@recommender_step.variant
def lane_by_lane(inputs, targets, starts, h, W, U, b, Wy, rate):
    B = len(inputs)
    before = np.array(h, dtype=float)
    for n in range(B):
        if starts[n]:
            before[n] = 0
    h_next = np.stack([np.tanh(W[inputs[n]] + before[n] @ U + b) for n in range(B)])
    loss, dscores = sampled_cross_entropy(np.stack([h_next @ Wy[:, j] for j in targets], axis=1))
    new_W, new_U, new_b, new_Wy = (np.array(one, dtype=float) for one in (W, U, b, Wy))
    for n in range(B):
        da = (Wy[:, targets] @ dscores[n]) * (1 - h_next[n] ** 2)
        new_W[inputs[n]] -= rate * da
        new_U -= rate * np.outer(before[n], da)
        new_b -= rate * da
        for j in range(B):
            new_Wy[:, targets[j]] -= rate * dscores[n, j] * h_next[n]
    return loss, h_next, new_W, new_U, new_b, new_Wy


@recommender_step.variant
def subtracted_at_their_places(inputs, targets, starts, h, W, U, b, Wy, rate):
    keep = np.asarray(starts) == 0
    h_old = h * keep[:, np.newaxis]
    h_new = np.tanh(np.take(W, inputs, axis=0) + np.dot(h_old, U) + b)
    chosen = Wy.T[targets]
    loss, g = sampled_cross_entropy(h_new @ chosen.T)
    dh = g @ chosen
    da = dh - dh * np.square(h_new)
    W2, Wy2 = W.copy(), Wy.T.copy()
    np.subtract.at(W2, inputs, rate * da)
    np.subtract.at(Wy2, targets, rate * np.einsum("nj,nh->jh", g, h_new))
    return loss, h_new, W2, U - rate * np.einsum("ni,nj->ij", h_old, da), b - rate * da.sum(axis=0), Wy2.T


recommender_step.inherit(of_scores)
ADD_W, ADD_WY = "np.add.at(dW, inputs, da)", "np.add.at(dWy.T, targets, dcolumns)"
BEFORE = "before = (1 - starts)[:, None] * h"
ANSWER = "return loss, h_next, W - rate * dW, U - rate * dU, b - rate * db, Wy - rate * dWy"
TWICE = (
    "An item that comes twice keeps one lane's gradient: dW[inputs] += … writes each row once. np.add.at adds up all."
)
for name, hint, *edits in (
    (
        "repeated-items-lost",
        TWICE,
        (ADD_W, "dW[inputs] += da"),
        (ADD_WY, "dWy.T[targets] += dcolumns"),
    ),
    ("repeated-inputs-lost", TWICE, (ADD_W, "dW[inputs] += da")),
    ("repeated-targets-lost", TWICE, (ADD_WY, "dWy.T[targets] += dcolumns")),
    (
        "state-never-starts-anew",
        "starts is ignored: a session begins with the state of another one. Set the state to 0 where starts is 1.",
        (BEFORE, "before = 1 * h"),
    ),
    (
        "state-always-starts-anew",
        "All lanes start anew at each step: the net has no memory. Set the state to 0 only where starts is 1.",
        (BEFORE, "before = 0 * h"),
    ),
    (
        "starts-turned-round",
        "starts is turned round: the state is kept where starts is 0, and set to 0 where it is 1.",
        (BEFORE, "before = starts[:, None] * h"),
    ),
    (
        "state-reset-behind-the-step",
        "The state is set to 0 behind the step, not before it: the new session's first click is forgotten, too.",
        (BEFORE, "before = 1 * h"),
        ("return loss, h_next", "return loss, (1 - starts)[:, None] * h_next"),
    ),
    (
        "state-handed-through",
        "You return the states from before the step. Return h_next.",
        ("return loss, h_next", "return loss, 1 * h"),
    ),
    (
        "old-state-in-dU",
        "In dU stands the state before it was set to 0. Where a session starts, U has no part in the step.",
        ("dU = before.T @ da", "dU = h.T @ da"),
    ),
    (
        "new-state-in-dU",
        "In dU stands the new state. U multiplies the one before.",
        ("dU = before.T @ da", "dU = h_next.T @ da"),
    ),
    (
        "slope-of-tanh-missing",
        "The slope of tanh is missing: 1 − h².",
        ("dscores @ columns.T * (1 - h_next**2)", "dscores @ columns.T"),
    ),
    (
        "slope-of-the-old-state",
        "The slope of tanh takes the state before the step. It is 1 − h² of the new one.",
        ("(1 - h_next**2)", "(1 - before**2)"),
    ),
    (
        "uphill",
        "You add the gradients to the weights, so that the loss grows. Take them from the weights.",
        (ANSWER, "return loss, h_next, W + rate * dW, U + rate * dU, b + rate * db, Wy + rate * dWy"),
    ),
    (
        "gradients-returned",
        "You return the gradients. The new weights are asked for.",
        (ANSWER, "return loss, h_next, dW, dU, db, dWy"),
    ),
    (
        "rate-forgotten",
        "The rate is missing: weight − rate · gradient.",
        (ANSWER, "return loss, h_next, W - dW, U - dU, b - db, Wy - dWy"),
    ),
    (
        "W-not-updated",
        "W stays as it is. Its rows of the inputs move, too.",
        ("W - rate * dW, U", "1 * W, U"),
    ),
    ("U-not-updated", "U stays as it is. It moves, too.", ("U - rate * dU", "1 * U")),
    ("b-not-updated", "b stays as it is. It moves, too.", ("b - rate * db", "1 * b")),
    ("Wy-not-updated", "Wy stays as it is. Its columns of the targets move, too.", ("Wy - rate * dWy", "1 * Wy")),
    (
        "W-in-the-rows-of-the-targets",
        "The gradient of W is written into the rows of the targets. It belongs to the inputs.",
        (ADD_W, "np.add.at(dW, targets, da)"),
    ),
    (
        "Wy-in-the-columns-of-the-inputs",
        "The gradient of Wy is written into the columns of the inputs. It belongs to the targets.",
        (ADD_WY, "np.add.at(dWy.T, inputs, dcolumns)"),
    ),
    (
        "inputs-and-targets-exchanged",
        "Inputs and targets are exchanged: the net reads the inputs.",
        ("W[inputs]", "W[targets]"),
        ("Wy[:, targets]", "Wy[:, inputs]"),
        (ADD_W, "np.add.at(dW, targets, da)"),
        (ADD_WY, "np.add.at(dWy.T, inputs, dcolumns)"),
    ),
    (
        "own-targets-alone",
        "Only the own columns of Wy move. The negatives' columns move, too.",
        ("dcolumns = dscores.T @ h_next", "dcolumns = np.diag(dscores)[:, None] * h_next"),
    ),
    (
        "scores-turned-round",
        "The gradients of the scores are turned round in that of Wy: column j adds up dscores[n, j] h_n over n.",
        ("dcolumns = dscores.T @ h_next", "dcolumns = dscores @ h_next"),
    ),
    (
        "moved-before-it-is-used",
        "Wy has moved before it takes the gradient back. All gradients belong to the old weights.",
        (
            ANSWER,
            ANSWER.replace(
                "return ",
                "da = dscores @ (Wy - rate * dWy)[:, targets].T * (1 - h_next**2); dW = 0 * dW; "
                "np.add.at(dW, inputs, da); dU = before.T @ da; db = da.sum(axis=0); return ",
            ),
        ),
    ),
    (
        "gradients-averaged-once-more",
        "You divide by the lanes once more. The loss is a mean already, and so is its gradient.",
        (ANSWER, ANSWER.replace("return ", "rate = rate / len(inputs); return ")),
    ),
    (
        "bias-averaged",
        "The gradient of b is averaged over the lanes. It is their sum.",
        ("db = da.sum(axis=0)", "db = da.mean(axis=0)"),
    ),
    (
        "loss-last",
        "Return loss, h_next, W, U, b, Wy, in this order.",
        (ANSWER, "return h_next, W - rate * dW, U - rate * dU, b - rate * db, Wy - rate * dWy, loss"),
    ),
):
    recommender_step.slip(name, hint, *edits)

"""Mistakes that people make in the loop over a sequence, whatever the cell.

unrolled-canary-cf2c3c1ebb4e
"""

from __future__ import annotations

from solutions.judging.contract import Contract

ADD = "dh = dh + dHs[:, t]"
APPEND, STACK, INPUT = "states.append(h)", "np.stack(states, axis=1)", "X[:, t]"


def slips_of_the_loop(contract: Contract, step: str) -> None:
    """Register them as edits of the contract's first variant, which appends each state to the list `states`.

    Args:
        step: the line of that variant which makes a step.
    """
    contract.slip(
        "backwards-in-time", "The sequence is read backwards: step 1 has to see X[:, 0].", (INPUT, "X[:, -1 - t]")
    )
    contract.slip("first-input-only", "Every step sees the first input. Step t has to see X[:, t].", (INPUT, "X[:, 0]"))
    contract.slip(
        "inputs-one-step-late",
        "Your inputs are off by one step: step 1 has to see X[:, 0].",
        (INPUT, "X[:, max(t - 1, 0)]"),
    )
    contract.slip(
        "first-sequence-for-all",
        "Every sequence of the batch gets the inputs of the first one. Each row is a sequence of its own.",
        (INPUT, "X[:1, t] + 0 * X[:, t]"),
    )
    contract.slip(
        "last-input-dropped",
        "The last input is never used: the loop ends one step early, and the last state stands there twice.",
        ("range(X.shape[1])", "range(X.shape[1] - 1)"),
        ("return", f"{APPEND}\n    return"),
    )
    contract.slip(
        "states-reversed",
        "The states come in reverse order: Hs[:, 0] has to be the state after the first input.",
        (APPEND, "states.insert(0, h)"),
    )
    contract.slip(
        "one-step-late",
        "Your output is one step late: it holds h_0 … h_{T−1}. Store each state after its step: h_1 … h_T.",
        (f"{step}\n        {APPEND}", f"{APPEND}\n        {step}"),
    )
    contract.slip(
        "initial-state-included",
        "h_0 is among your states, which makes T + 1 of them. Return h_1 … h_T.",
        ("[]", "[h0]"),
    )
    contract.slip(
        "last-state-only", "You return the last state alone. All states are asked for, as (B, T, H).", (STACK, "h")
    )
    contract.slip(
        "time-first",
        "The states are stacked time first, (T, B, H). Batch comes first: axis=1 in np.stack.",
        (STACK, "np.stack(states, axis=0)"),
    )


def slips_of_one_state(contract: Contract, step: str) -> None:
    """Those of a cell whose whole state is h, which its loop begins with `h, states = h0, []`. Arguments as above."""
    start, call = "h, states = h0, []", step.removeprefix("h, _ = ")
    contract.slip(
        "initial-state-ignored",
        "The initial state h0 is ignored: your sequence starts from zeros.",
        (start, "h, states = np.zeros_like(h0), []"),
    )
    contract.slip(
        "state-not-carried",
        "Every step starts from h0: the state is stale. Each step has to start from the state of the step before.",
        (step, step.replace("X[:, t], h,", "X[:, t], h0,")),
    )
    contract.slip(
        "one-buffer",
        "Every entry is the last state: the list holds one array many times, which each step overwrites. Store copies.",
        (start, "h, states = h0.copy(), []"),
        (step, f"h[:], _ = {call}"),
    )
    contract.slip(
        "initial-state-overwritten",
        "Your loop writes into the array h0 that you were given. Whoever called you still needs it.",
        (step, f"h[:], _ = {call}"),
        (APPEND, "states.append(h.copy())"),
    )
    contract.slip(
        "cache-not-returned",
        "You return the states alone. Return two things: Hs and a cache (None will do).",
        (f"{STACK}, None", STACK),
    )


def slips_of_the_way_back(contract: Contract) -> None:
    """Register those of a backward pass as edits of the contract's first variant.

    Its loop adds each step's own gradient with the line `dh = dh + dHs[:, t]`, and it returns ..., dW, dU, db.
    """
    last, end = "dHs.shape[1] - 1", ", dW, dU, db\n"
    contract.slip(
        "last-loss-only",
        "Only the gradient of the last state is used. Every step's own dHs joins what flows back from the later steps.",
        (ADD, f"dh = dh + (dHs[:, t] if t == {last} else 0)"),
    )
    contract.slip(
        "flow-multiplied",
        "What flows back and the step's own dHs are multiplied. A state that acts in two places adds their gradients.",
        (ADD, f"dh = dh * dHs[:, t] if t < {last} else dHs[:, t]"),
    )
    contract.slip(
        "flow-maximum",
        "You keep the larger of what flows back and the step's own dHs. A state that acts in two places adds them.",
        (ADD, f"dh = np.maximum(dh, dHs[:, t]) if t < {last} else dHs[:, t]"),
    )
    contract.slip(
        "upstream-one-step-late",
        "Each step takes the dHs of the step before it. The gradient of the state that step t made is dHs[:, t].",
        (ADD, "dh = dh + dHs[:, t - 1]"),
    )
    contract.slip(
        "upstream-overwritten",
        "You add into the array dHs that you were given. Whoever called you still needs it: make a new array.",
        (ADD, "dHs[:, t] += dh\n        dh = dHs[:, t]"),
    )
    contract.slip(
        "averaged-over-time",
        "The gradients of W, U and b are divided by the number of steps. Sum here: what averages is in the loss.",
        (end, ", dW / dHs.shape[1], dU / dHs.shape[1], db / dHs.shape[1]\n"),
    )
    contract.slip(
        "averaged-over-batch",
        "The gradients of W, U and b are divided by the batch size. Sum here: what averages is in the loss.",
        (end, ", dW / len(dHs), dU / len(dHs), db / len(dHs)\n"),
    )

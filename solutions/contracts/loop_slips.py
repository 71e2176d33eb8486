"""Mistakes that people make in the loop over a sequence, whatever the cell.

unrolled-canary-cf2c3c1ebb4e
"""

from __future__ import annotations

from solutions.contracts.contract import Contract

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

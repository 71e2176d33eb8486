"""Contract of `decode_padded`, from codes back to sequences, last step first.

unrolled-canary-cf31149a2d34
"""

import numpy as np

from solutions.exercises.deep_bidirectional.reversal import lengths, of_length
from solutions.judging import kit
from solutions.reference import autoencoder

READ = "images-and-autoencoders#eq-ae-decode"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {
        "code": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype, scale=0.7),
        "lengths": lengths(rng, sizes),
        "steps": sizes.steps,
        **kit.cell(rng, sizes, dtype),
        "Wy": kit.normal(rng, sizes.hidden, sizes.inputs, dtype=dtype, scale=sizes.hidden**-0.5),
        "by": kit.normal(rng, sizes.inputs, dtype=dtype),
    }


def _more_padding(rng: np.random.Generator) -> kit.Arguments:
    given = _draw(rng, kit.Sizes(3, 4, 2, 5, 2), np.float64)
    return given | {"steps": 7}


def _not_from_the_end(function: kit.Function, rng: np.random.Generator) -> bool:
    # Cut in front, a sequence keeps what stands before its end.
    code, _, steps, *weights = _draw(rng, kit.Sizes(3, 6, 2, 4, 2), np.float64).values()
    whole = np.asarray(function(code.copy(), np.full(3, steps), steps, *weights))
    short = np.asarray(function(code.copy(), np.array([4, 3, 5]), steps, *weights))
    still = np.abs(whole[:, 1:] - whole[:, :-1]).max() < 1e-3  # the same at every step
    return still or not all(np.allclose(short[n, :L], whole[n, steps - L :]) for n, L in enumerate((4, 3, 5)))


decode_padded = kit.Contract(
    reference=autoencoder.decode_padded,
    outputs=kit.near("Y"),
    read=READ,
    parts=kit.of_arrays(
        _draw,
        of_length(_draw, "nothing is padded", 5),
        of_length(_draw, "every length is 1", 1),
        kit.Special("more padding than the longest needs", _more_padding),
    ),
    rules=(
        kit.Rule(
            "not-from-the-end",
            "the same code with a smaller length gives the same steps before its end, and no others.",
            _not_from_the_end,
            READ,
        ),
    ),
)


@decode_padded.derivation(
    words={"h": "the state", "Y": "the reconstruction", "code": "the code", "lengths": "the lengths"},
    alike={"h": "code[n]"},
)
def from_the_end(code, lengths, steps, W, U, b, Wy, by):
    Y = np.zeros((len(code), steps, len(by)))
    for n in range(len(code)):
        h = code[n]
        for t in reversed(range(lengths[n])):
            Y[n, t] = h @ Wy + by  #: eq-ae-decode
            h = np.tanh(Y[n, t] @ W + h @ U + b)  #: eq-ae-decode
    return Y


@decode_padded.derivation(
    words={"h": "the state", "Y": "the reconstruction", "y": "the output", "real": "which steps are real"}
)
def waiting_for_the_end(code, lengths, steps, W, U, b, Wy, by):
    Y = np.zeros((len(code), steps, len(by)))
    h = code
    for t in reversed(range(steps)):
        real = (t < lengths)[:, None]
        y = h @ Wy + by  #: eq-ae-decode
        Y[:, t] = np.where(real, y, 0)
        h = np.where(real, np.tanh(y @ W + h @ U + b), h)  #: eq-ae-decode
    return Y


@decode_padded.variant
def outputs_in_a_row_then_placed(code, lengths, steps, W, U, b, Wy, by):
    outputs, h = [], code
    for _ in range(steps):
        outputs.append(h @ Wy + by)
        h = np.tanh(outputs[-1] @ W + h @ U + b)
    made = np.stack(outputs, axis=1)
    back = lengths[:, None] - 1 - np.arange(steps)
    return made[np.arange(len(code))[:, None], np.maximum(back, 0)] * (back >= 0)[:, :, None]


@decode_padded.variant
def lists_turned_round(code, lengths, steps, W, U, b, Wy, by):
    rows = []
    for h, n in zip(code, lengths, strict=True):
        row = []
        for _ in range(int(n)):
            y = Wy.T @ h + by
            row.append(y)
            h = np.tanh(W.T @ y + U.T @ h + b)
        rows.append(row[::-1] + [np.zeros(len(by))] * (steps - int(n)))
    return np.array(rows)


@decode_padded.variant
def readout_folded_in(code, lengths, steps, W, U, b, Wy, by):
    # Reading a linear output is reading the state once more.
    both, bias = U + Wy @ W, b + by @ W
    Y = np.zeros((code.shape[0], steps, Wy.shape[1]))
    for n, L in enumerate(lengths):
        h = code[n]
        for k in range(1, L + 1):
            Y[n, L - k] = h @ Wy + by
            h = np.tanh(h @ both + bias)
    return Y


@decode_padded.variant
def rows_that_are_left(code, lengths, steps, W, U, b, Wy, by):
    Y, h, left = np.zeros((len(code), steps, len(by))), np.array(code, dtype=float), np.array(lengths)
    while left.max() > 0:
        rows = np.flatnonzero(left > 0)
        left[rows] -= 1
        Y[rows, left[rows]] = h[rows] @ Wy + by
        h[rows] = np.tanh(Y[rows, left[rows]] @ W + h[rows] @ U + b)
    return Y


OUT, NEXT = "Y[n, t] = h @ Wy + by", "h = np.tanh(Y[n, t] @ W + h @ U + b)"
BACK = "reversed(range(lengths[n]))"
for name, hint, *edits in (
    (
        "forwards",
        "Your decoder begins with the first step. The code was made last at the last step: begin there, and go back.",
        (BACK, "range(lengths[n])"),
    ),
    (
        "from-the-end-of-the-batch",
        "Your decoder begins at the end of the batch, in the padding. Each sequence begins at its own last step.",
        (BACK, "reversed(range(steps))"),
        ("    return Y", "    return Y * (np.arange(steps) < lengths[:, None])[:, :, None]"),
    ),
    (
        "turned-with-the-padding",
        "The rows are turned as a whole, so that the padding comes first. Y[n, t] belongs to X[n, t].",
        (OUT, "Y[n, steps - lengths[n] + t] = h @ Wy + by"),
        ("Y[n, t] @ W", "(h @ Wy + by) @ W"),
    ),
    (
        "padding-decoded",
        "You decode the padding, too. Begin at each sequence's own last step, and leave zeros behind it.",
        (BACK, "reversed(range(steps))"),
    ),
    (
        "on-in-front-of-the-padding",
        "Behind the end stand outputs. There the reconstruction is 0.",
        (
            "    return Y",
            "    for n in range(len(code)):\n        Y[n, lengths[n] :] = code[n] @ Wy + by\n    return Y",
        ),
    ),
    (
        "bias-in-the-padding",
        "In the padding stands the bias of the readout. There the reconstruction is 0.",
        (
            "    return Y",
            "    for n in range(len(code)):\n        Y[n, lengths[n] :] = by\n    return Y",
        ),
    ),
    (
        "step-before-the-first-output",
        "You make a step before the first output. The last step is read off the code itself.",
        ("h = code[n]", "h = np.tanh(code[n] @ U + b)"),
    ),
    (
        "output-read-before-the-first",
        "You make a whole step before the first output. The last step is read off the code itself.",
        ("h = code[n]", "h = np.tanh((code[n] @ Wy + by) @ W + code[n] @ U + b)"),
    ),
    (
        "nothing-read",
        "The outputs are not read. Each one is the next input: x̂ W.",
        (NEXT, "h = np.tanh(h @ U + b)"),
    ),
    (
        "state-forgotten",
        "The state starts anew at each step, with the output alone. It goes on: h U.",
        (NEXT, "h = np.tanh(Y[n, t] @ W + b)"),
    ),
    (
        "state-frozen",
        "Every step is like the last one: the state does not move on.",
        (f"            {NEXT}  #: eq-ae-decode\n", ""),
    ),
    (
        "code-at-every-step",
        "Each step starts from the code. The code is the first state alone; from then on the state goes on.",
        (NEXT, "h = np.tanh(Y[n, t] @ W + code[n] @ U + b)"),
    ),
    (
        "code-added-at-every-step",
        "The code is added again at every step. It is the first state alone.",
        (NEXT, "h = np.tanh(Y[n, t] @ W + h @ U + b) + code[n]"),
    ),
    (
        "code-squashed",
        "The code goes through another tanh. It is the first state as it is.",
        ("h = code[n]", "h = np.tanh(code[n])"),
    ),
    (
        "begins-with-zeros",
        "Your decoder begins with a state of 0. It begins with the code.",
        ("h = code[n]", "h = 0 * code[n]"),
    ),
    (
        "output-squashed",
        "The outputs have a tanh. They are h W_y + b_y.",
        (OUT, "Y[n, t] = np.tanh(h @ Wy + by)"),
    ),
    (
        "readout-bias-not-fed-back",
        "What you feed back lacks b_y. Read the output itself.",
        ("Y[n, t] @ W", "(Y[n, t] - by) @ W"),
    ),
    (
        "first-step-missing",
        "The first step of each sequence stays 0: it has the steps lengths − 1 to 0.",
        (BACK, "reversed(range(1, lengths[n]))"),
    ),
    (
        "last-step-missing",
        "The last step of each sequence stays 0, and the code is read off one step too early.",
        (BACK, "reversed(range(lengths[n] - 1))"),
    ),
    (
        "one-step-late",
        "Your decoder begins one step behind the end, in the padding. It begins at lengths − 1.",
        (BACK, "reversed(range(min(lengths[n] + 1, steps)))"),
    ),
    (
        "longest-for-all",
        "All sequences begin at the longest one's end. Each has its own.",
        (BACK, "reversed(range(lengths.max()))"),
    ),
    (
        "shortest-for-all",
        "All sequences begin at the shortest one's end. Each has its own.",
        (BACK, "reversed(range(lengths.min()))"),
    ),
    (
        "output-of-another-step-read",
        "The state reads the output behind it once more. It reads the one that was just made.",
        ("Y[n, t] @ W", "Y[n, min(t + 1, steps - 1)] @ W"),
    ),
    (
        "steps-first",
        "The axes are exchanged: sequences come before steps, (B, T, D).",
        ("return Y", "return Y.transpose(1, 0, 2)"),
    ),
    (
        "cut-to-the-longest",
        "Your reconstruction ends with the longest sequence. It has as many steps as `steps` says.",
        ("return Y", "return Y[:, : lengths.max()]"),
    ),
    (
        "one-step-alone",
        "You return the first step alone. All steps are asked for.",
        ("return Y", "return Y[:, 0]"),
    ),
    (
        "padding-of-ones",
        "In the padding there is no 0.",
        ("np.zeros((len(code), steps, len(by)))", "np.ones((len(code), steps, len(by)))"),
    ),
):
    decode_padded.slip(name, hint, *edits)
decode_padded.mistakes(
    """
    begins-with-step-1-n: The first sequence is left out: the loop begins with 1.
    last-step-left-out-n: The last sequence is left out.
    returned-in-the-loop: The return stands inside the loop: only one sequence is decoded. Indent it less.
    """
)

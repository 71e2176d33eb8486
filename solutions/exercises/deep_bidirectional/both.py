"""Contract of `bidirectional_forward`, the plain cell over a padded batch from both ends.

unrolled-canary-7700160a8872
"""

import numpy as np

from solutions.exercises.deep_bidirectional import reversal
from solutions.exercises.deep_bidirectional.reversal import reverse_padded as reversal_contract
from solutions.exercises.deep_bidirectional.reversal import row_by_row as reverse_padded
from solutions.exercises.rnn_cell.forward import list_of_states as rnn_forward
from solutions.judging import kit
from solutions.reference import deep

READ = "sequences#eq-bidirectional"
SIZES = kit.Sizes(batch=5, steps=6, inputs=3, hidden=2, outputs=2)


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """X and its lengths, then the parameters of the forward direction and those of the backward one."""
    arguments = reversal.draw(rng, sizes, dtype)
    for direction in "fb":
        arguments |= {f"{name}_{direction}": value for name, value in kit.cell(rng, sizes, dtype).items()}
    return arguments


def _reads_the_padding(function: kit.Function, rng: np.random.Generator) -> bool:
    arguments = draw(rng, SIZES, np.float64)
    other = arguments | {"X": arguments["X"].copy()}
    behind = np.arange(SIZES.steps) >= arguments["lengths"][:, None]
    other["X"][behind] += rng.uniform(0.5, 1, other["X"][behind].shape)
    one, two = function(*arguments.values()), function(*other.values())
    return not all(np.allclose(a, b, rtol=1e-4, atol=2e-5) for a, b in zip(one, two, strict=True))


def _sees_the_wrong_side(function: kit.Function, rng: np.random.Generator) -> bool:
    # One step of the longest sequence is changed: the first half follows from it on, the second one up to it.
    arguments = draw(rng, SIZES, np.float64)
    n, t = int(arguments["lengths"].argmax()), int(rng.integers(1, SIZES.steps - 1))
    other = arguments | {"X": arguments["X"].copy()}
    other["X"][n, t] += rng.uniform(0.5, 1, SIZES.inputs)
    one, two = (np.asarray(function(*each.values())[0])[n] for each in (arguments, other))
    moved = np.abs(one - two).max(axis=1, initial=0) > 1e-7
    halves = [(np.abs(one - two)[:, k : k + SIZES.hidden] > 1e-9).any(axis=1) for k in (0, SIZES.hidden)]
    return not moved[t] or bool(halves[0][:t].any() or halves[1][t + 1 :].any() or not (halves[0][t] and halves[1][t]))


bidirectional_forward = kit.Contract(
    reference=deep.bidirectional_forward,
    outputs=kit.near("Hs", "last"),
    read=READ,
    parts=kit.of_arrays(
        draw, reversal.of_length(draw, "nothing is padded", 5), reversal.of_length(draw, "every length is 1", 1)
    ),
    rules=(
        kit.Rule("reads-the-padding", "what stands in the padding changes nothing.", _reads_the_padding, READ),
        kit.Rule(
            "sees-the-wrong-side",
            "the first half of each output follows from its step and those before, the second half from its step and "
            "those after.",
            _sees_the_wrong_side,
            READ,
        ),
    ),
)

WORDS = {
    "Hs_f": "the states of the forward direction",
    "Hs_b": "the states of the backward direction",
    "turned": "the states in the order in which they were made",
    "inside": "where a step is real",
    "lengths": "the lengths",
    "last_f": "the last state of the forward direction",
    "last_b": "the last state of the backward direction",
    **{f"W_{k}": f"the {name} direction's input kernel" for k, name in (("f", "forward"), ("b", "backward"))},
    **{f"U_{k}": f"the {name} direction's recurrent kernel" for k, name in (("f", "forward"), ("b", "backward"))},
    **{f"b_{k}": f"the {name} direction's bias" for k, name in (("f", "forward"), ("b", "backward"))},
}


@bidirectional_forward.derivation(words=WORDS)
def two_readings(X, lengths, W_f, U_f, b_f, W_b, U_b, b_b):
    rows = np.arange(len(X))
    zeros = np.zeros((len(X), len(U_f)))
    Hs_f = rnn_forward(X, zeros, W_f, U_f, b_f)[0]  #: eq-forward-state
    turned = rnn_forward(reverse_padded(X, lengths), zeros, W_b, U_b, b_b)[0]  #: eq-sees-right
    Hs_b = reverse_padded(turned, lengths)  #: eq-sees-right
    inside = np.arange(X.shape[1]) < lengths[:, None]
    Hs = np.concatenate([Hs_f, Hs_b], axis=2) * inside[:, :, None]  #: eq-bidirectional
    last_f = Hs_f[rows, lengths - 1]  #: eq-sees-left
    last_b = Hs_b[:, 0]  #: eq-sees-right
    return Hs, np.concatenate([last_f, last_b], axis=1)


@bidirectional_forward.variant
def each_sequence_alone(X, lengths, W_f, U_f, b_f, W_b, U_b, b_b):
    H = len(U_f)
    Hs, last = np.zeros((*X.shape[:2], 2 * H)), np.zeros((len(X), 2 * H))
    for n, length in enumerate(lengths):
        h = np.zeros(H)
        for t in range(length):
            h = np.tanh(X[n, t] @ W_f + h @ U_f + b_f)
            Hs[n, t, :H] = h
        last[n, :H] = h
        h = np.zeros(H)
        for t in reversed(range(length)):
            h = np.tanh(X[n, t] @ W_b + h @ U_b + b_b)
            Hs[n, t, H:] = h
        last[n, H:] = h
    return Hs, last


@bidirectional_forward.variant
def held_at_zero(X, lengths, W_f, U_f, b_f, W_b, U_b, b_b):
    # A state that is held at zero in the padding begins anew where the sequence ends.
    B, T, _ = X.shape
    inside = (np.arange(T) < np.asarray(lengths)[:, None])[:, :, None]
    forward, backward = [], []
    h, last_f = np.zeros((B, len(U_f))), np.zeros((B, len(U_f)))
    for t in range(T):
        h = np.tanh(X[:, t] @ W_f + h @ U_f + b_f) * inside[:, t]
        last_f = np.where(inside[:, t], h, last_f)
        forward.append(h)
    h = np.zeros((B, len(U_b)))
    for t in range(T - 1, -1, -1):
        h = np.tanh(X[:, t] @ W_b + h @ U_b + b_b) * inside[:, t]
        backward.insert(0, h)
    Hs = np.concatenate([np.stack(forward, axis=1), np.stack(backward, axis=1)], axis=-1)
    return Hs, np.hstack([last_f, h])


@bidirectional_forward.variant
def last_where_it_was_made(X, lengths, W_f, U_f, b_f, W_b, U_b, b_b):
    h0, H = np.zeros((len(X), U_f.shape[0])), U_f.shape[0]
    Hs = np.zeros((*X.shape[:2], 2 * H))
    ahead = rnn_forward(X, h0, W_f, U_f, b_f)[0]
    turned = rnn_forward(reverse_padded(X, lengths), h0, W_b, U_b, b_b)[0]
    Hs[..., :H], Hs[..., H:] = ahead, reverse_padded(turned, lengths)
    for n in range(len(X)):
        Hs[n, lengths[n] :] = 0
    ends = [(ahead[n, k - 1], turned[n, k - 1]) for n, k in enumerate(lengths)]
    return Hs, np.array([np.concatenate(pair) for pair in ends])


@bidirectional_forward.variant
def groups_of_one_length(X, lengths, W_f, U_f, b_f, W_b, U_b, b_b):
    H = len(U_f)
    Hs, last = np.zeros((*X.shape[:2], 2 * H)), np.zeros((len(X), 2 * H))
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        some, zeros = X[rows, :length], np.zeros((len(rows), H))
        ahead = rnn_forward(some, zeros, W_f, U_f, b_f)[0]
        back = rnn_forward(some[:, ::-1], zeros, W_b, U_b, b_b)[0][:, ::-1]
        Hs[rows, :length] = np.concatenate([ahead, back], axis=2)
        last[rows] = np.concatenate([ahead[:, -1], back[:, 0]], axis=1)
    return Hs, last


bidirectional_forward.rewrite("read-from-the-answer", ("Hs_b[:, 0]", "Hs[:, 0, len(U_f) :]"))
bidirectional_forward.rewrite(
    "zero-by-choice", ("* inside[:, :, None]", "* 1; Hs = np.where(inside[..., None], Hs, 0)")
)
bidirectional_forward.rewrite(
    "each-half-masked",
    (
        "np.concatenate([Hs_f, Hs_b], axis=2) * inside[:, :, None]",
        "np.dstack([h * inside[..., None] for h in (Hs_f, Hs_b)])",
    ),
)
bidirectional_forward.inherit(reversal_contract)

HALVES = "np.concatenate([Hs_f, Hs_b], axis=2)"
LAST = "np.concatenate([last_f, last_b], axis=1)"
for name, hint, *edits in (
    (
        "not-turned-back",
        "The states of the backward direction are not turned back: at step t stands the state of another step.",
        ("reverse_padded(turned, lengths)", "turned"),
    ),
    (
        "not-turned-back-but-the-last",
        "The states of the backward direction are not turned back: at step t stands the state of another step.",
        ("[Hs_f, Hs_b]", "[Hs_f, turned]"),
    ),
    (
        "turned-as-a-whole",
        "X[:, ::-1] puts the padding in front, and the backward direction reads it first. Turn within the lengths.",
        ("reverse_padded(X, lengths)", "X[:, ::-1]"),
        ("reverse_padded(turned, lengths)", "turned[:, ::-1]"),
    ),
    (
        "turned-back-as-a-whole",
        "The states are turned back as a whole, and no longer stand at their steps. Turn back within the lengths, too.",
        ("reverse_padded(turned, lengths)", "turned[:, ::-1]"),
    ),
    (
        "padding-zeroed-and-turned-as-a-whole",
        "Zeros in the padding are read like any input: with the bias they move the state. Turn within the lengths.",
        ("reverse_padded(X, lengths)", "(X * (np.arange(X.shape[1]) < lengths[:, None])[:, :, None])[:, ::-1]"),
        ("reverse_padded(turned, lengths)", "turned[:, ::-1]"),
    ),
    (
        "input-not-turned",
        "The backward direction reads X forwards. Give it X turned round, and turn its states back.",
        ("reverse_padded(X, lengths)", "X"),
    ),
    (
        "nothing-turned",
        "Both directions read from left to right. Turn round the steps that the second one reads, and its states. "
        "(X[::-1] turns round the batch.)",
        ("reverse_padded(X, lengths)", "X"),
        ("reverse_padded(turned, lengths)", "turned"),
    ),
    (
        "nothing-turned-but-the-last-at-the-end",
        "Both directions read from left to right. Turn round the steps that the second one reads, and its states. "
        "(X[::-1] turns round the batch.)",
        ("reverse_padded(X, lengths)", "X"),
        ("reverse_padded(turned, lengths)", "turned"),
        ("Hs_b[:, 0]", "turned[rows, lengths - 1]"),
    ),
    (
        "forward-weights-twice",
        "Both directions compute with the forward direction's weights. The backward one has W_b, U_b, b_b.",
        ("zeros, W_b, U_b, b_b", "zeros, W_f, U_f, b_f"),
    ),
    (
        "backward-weights-twice",
        "Both directions compute with the backward direction's weights. The forward one has W_f, U_f, b_f.",
        ("zeros, W_f, U_f, b_f", "zeros, W_b, U_b, b_b"),
    ),
    (
        "weights-exchanged",
        "The weights are exchanged: the forward direction computes with W_b, U_b, b_b.",
        ("zeros, W_f, U_f, b_f", "zeros, W_b, U_b, b_b"),
        ("lengths), zeros, W_b, U_b, b_b", "lengths), zeros, W_f, U_f, b_f"),
    ),
    (
        "summed",
        "You add the states of both directions. They stand side by side, (B, T, 2H): np.concatenate with axis=2.",
        (HALVES, "(Hs_f + Hs_b)"),
    ),
    (
        "summed-both",
        "You add the states of both directions. They stand side by side: np.concatenate along the last axis.",
        (HALVES, "(Hs_f + Hs_b)"),
        (LAST, "last_f + last_b"),
    ),
    (
        "averaged",
        "You average the states of both directions. They stand side by side: np.concatenate along the last axis.",
        (HALVES, "((Hs_f + Hs_b) / 2)"),
        (LAST, "(last_f + last_b) / 2"),
    ),
    (
        "unit-by-unit",
        "Units of the two directions take turns along the last axis. First come all of the forward one.",
        (HALVES, "np.stack([Hs_f, Hs_b], axis=3).reshape(*X.shape[:2], -1)"),
        (LAST, "np.stack([last_f, last_b], axis=2).reshape(len(X), -1)"),
    ),
    (
        "last-backward-state-at-the-end",
        "You take the last column. The backward direction ends at the first step: its last state stands at step 0.",
        ("Hs_b[:, 0]", "Hs_b[:, -1]"),
    ),
    (
        "last-backward-state-at-its-length",
        "You take the backward direction's state at the sequence's last step: there it has read one input. It ends at "
        "step 0.",
        ("Hs_b[:, 0]", "Hs_b[rows, lengths - 1]"),
    ),
    (
        "last-backward-state-of-the-padding",
        "You take the last column of the turned states: there the backward direction has read the padding, too.",
        ("Hs_b[:, 0]", "turned[:, -1]"),
    ),
    (
        "last-forward-state-of-the-padding",
        "You take the forward direction's state of the last column: there it has read the padding, too. Each sequence "
        "ends at lengths - 1.",
        ("Hs_f[rows, lengths - 1]", "Hs_f[:, -1]"),
    ),
    (
        "last-column",
        "last is the last column of Hs. The forward direction ends at lengths - 1, the backward one at step 0.",
        (LAST, "Hs[:, -1]"),
    ),
    (
        "last-column-of-both",
        "You take the last column of both directions. The forward direction ends at lengths - 1, the backward one at "
        "step 0.",
        ("Hs_f[rows, lengths - 1]", "Hs_f[:, -1]"),
        ("Hs_b[:, 0]", "Hs_b[:, -1]"),
    ),
    (
        "last-states-of-the-padding",
        "You take what each direction has made last: there it has read the padding, too. Both end at lengths - 1.",
        ("Hs_f[rows, lengths - 1]", "Hs_f[:, -1]"),
        ("Hs_b[:, 0]", "turned[:, -1]"),
    ),
    (
        "last-states-at-the-first-step",
        "last is Hs at step 0: there the forward direction has read one input. It ends at lengths - 1.",
        (LAST, "Hs[:, 0]"),
    ),
    (
        "begins-where-the-other-ended",
        "The backward direction begins with the forward one's last state. Each begins with zeros.",
        ("reverse_padded(X, lengths), zeros", "reverse_padded(X, lengths), Hs_f[rows, lengths - 1]"),
    ),
    (
        "begins-where-the-padding-ended",
        "The backward direction begins with the forward one's state of the last column. Each begins with zeros.",
        ("reverse_padded(X, lengths), zeros", "reverse_padded(X, lengths), Hs_f[:, -1]"),
    ),
    (
        "padding-left-in",
        "In the padding your outputs are not 0.",
        (" * inside[:, :, None]", ""),
    ),
    (
        "one-step-of-padding-left-in",
        "One step of the padding is left in: the real steps are those with t < lengths.",
        ("np.arange(X.shape[1]) < lengths", "np.arange(X.shape[1]) <= lengths"),
    ),
    (
        "last-real-step-zeroed",
        "The last real step is zeroed: the real steps are those with t < lengths.",
        ("np.arange(X.shape[1]) < lengths", "np.arange(X.shape[1]) < lengths - 1"),
    ),
):
    bidirectional_forward.slip(name, hint, *edits, read=READ)

bidirectional_forward.mistakes(
    """
    other-comparison-inside-arange-X-shape-1-lengths-None-2: The padding is kept, and the steps are zeroed: the
      real steps are those with t < lengths.
    factors-missing-Hs-concatenate-Hs_f-Hs_b-2-inside-None: You return where the steps are real in the place of the
      states there.
    first-row-for-all-Hs-inside: Every sequence is cut where the first one ends. Each has its own length.
    """
)

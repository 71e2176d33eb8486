"""Contract of `scan`, all states of a linear recurrence in few calls.

unrolled-canary-74d68faa8c7a
"""

import numpy as np

from solutions.exercises.parallel_scan import sizes as of
from solutions.exercises.parallel_scan.operator import first_then_second as combined
from solutions.judging import kit
from solutions.reference import scan as reference

READ = "after-rnns#eq-scan-levels"
RECURRENCE = "after-rnns#eq-linear-recurrence"
OPERATOR = "after-rnns#eq-scan-operator"


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """Factors, addends and a first state."""
    shape = sizes.batch, of.steps_of(sizes), sizes.hidden
    return {
        "A": of.factors(rng, *shape, dtype=dtype),
        "V": kit.normal(rng, *shape, dtype=dtype),
        "h0": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
    }


def _forgetful(rng: np.random.Generator) -> kit.Arguments:
    arguments = draw(rng, kit.SMALL, np.float64)
    return arguments | {"A": arguments["A"] * (rng.random(arguments["A"].shape) < 0.6)}


def _tiny(rng: np.random.Generator) -> kit.Arguments:
    arguments = draw(rng, kit.SMALL, np.float64)
    return arguments | {"A": arguments["A"] * np.where(rng.random(arguments["A"].shape) < 0.6, 1, 1e-80)}


scan = kit.Contract(
    reference=reference.scan,
    outputs=(*kit.near("Hs"), kit.work()),
    read=READ,
    parts=of.with_work(
        draw,
        kit.of_arrays(
            draw,
            of.of_steps(draw, "a power of two", 8),
            of.of_steps(draw, "one step more than a power of two", 9),
            kit.Special("some factors are 0", _forgetful),
            kit.Special("some factors are tiny", _tiny),
            kit.with_zero(draw, "h0"),
        ),
    ),
    probe=of.counted(1, {"T": [0, 1], "B": [0, 0], "H": [0, 2]}, products=0, calls=0, numbers=0),
)

WORDS = {
    "A": "the factors",
    "V": "the addends",
    "h0": "the first state",
    "d": "the distance",
    "k": "the level",
    "a": "the joined factors",
    "v": "the joined addends",
    "T": "the number of steps",
}


@scan.derivation(words=WORDS)
def in_levels(A, V, h0):
    T = A.shape[1]
    for k in range((T - 1).bit_length()):
        d = 2**k
        a, v = combined(A[:, :-d], V[:, :-d], A[:, d:], V[:, d:])  #: eq-scan-levels
        A = np.concatenate([A[:, :d], a], axis=1)  #: eq-scan-levels
        V = np.concatenate([V[:, :d], v], axis=1)  #: eq-scan-levels
    return A * h0[:, None] + V  #: eq-scan-levels: what is left of the first state + what came since


@scan.variant
def pairs_and_fill(A, V, h0):
    def states(A, V):
        T = V.shape[1]
        if T == 1:
            return A * h0[:, None] + V
        n = T // 2 * 2
        odd = states(*combined(A[:, 0:n:2], V[:, 0:n:2], A[:, 1:n:2], V[:, 1:n:2]))
        Hs = np.zeros(V.shape, V.dtype)
        Hs[:, 1:n:2] = odd
        Hs[:, 0] = A[:, 0] * h0 + V[:, 0]
        Hs[:, 2::2] = A[:, 2::2] * odd[:, : (T - 1) // 2] + V[:, 2::2]
        return Hs

    return states(A, V)


@scan.variant
def first_state_into_the_first_addend(A, V, h0):
    V = np.concatenate([(A[:, 0] * h0 + V[:, 0])[:, None], V[:, 1:]], axis=1)
    d = 1
    while d < A.shape[1]:
        V = np.concatenate([V[:, :d], A[:, d:] * V[:, :-d] + V[:, d:]], axis=1)
        A = np.concatenate([A[:, :d], A[:, d:] * A[:, :-d]], axis=1)
        d *= 2
    return V


@scan.variant
def by_halves(A, V, h0):
    def joined(A, V):
        T = A.shape[1]
        if T == 1:
            return A, V
        half = 1 << ((T - 1).bit_length() - 1)
        pad = ((0, 0), (0, 2 * half - T), (0, 0))
        if 2 * half != T:
            A = np.concatenate([A, np.ones((A.shape[0], pad[1][1], A.shape[2]))], axis=1)
            V = np.concatenate([V, np.zeros((V.shape[0], pad[1][1], V.shape[2]))], axis=1)
        # Both halves side by side in the batch: one call serves both.
        B = len(A)
        a, v = joined(np.concatenate([A[:, :half], A[:, half:]]), np.concatenate([V[:, :half], V[:, half:]]))
        last_a, last_v = a[:B, -1:], v[:B, -1:]
        A = np.concatenate([a[:B], a[B:] * last_a], axis=1)
        V = np.concatenate([v[:B], a[B:] * last_v + v[B:]], axis=1)
        return A[:, :T], V[:, :T]

    A, V = joined(A, V)
    return A * h0[:, np.newaxis] + V


@scan.variant
def up_and_down_in_place(A, V, h0):
    T = V.shape[1]
    size = 1 << (T - 1).bit_length()
    a, v = np.ones((len(A), size, A.shape[2])), np.zeros((len(A), size, A.shape[2]))
    a[:, :T] = A
    v[:, :T] = V
    v[:, 0] += a[:, 0] * h0
    d = 1
    while d < size:
        v[:, 2 * d - 1 :: 2 * d] += a[:, 2 * d - 1 :: 2 * d] * v[:, d - 1 :: 2 * d]
        a[:, 2 * d - 1 :: 2 * d] *= a[:, d - 1 :: 2 * d]
        d *= 2
    while d > 1:
        d //= 2
        last = v[:, 3 * d - 1 :: 2 * d].shape[1]
        v[:, 3 * d - 1 :: 2 * d] += a[:, 3 * d - 1 :: 2 * d] * v[:, 2 * d - 1 :: 2 * d][:, :last]
    return v[:, :T].copy()


@scan.variant
def old_values_kept(A, V, h0):
    A, V = np.moveaxis(A, 1, 0).copy(), np.moveaxis(V, 1, 0).copy()
    d, T = 1, len(A)
    while d < T:
        a, v = A.copy(), V.copy()
        A[d:] = a[d:] * a[:-d]
        V[d:] = a[d:] * v[:-d] + v[d:]
        d += d
    return (A * h0 + V).swapaxes(0, 1)


@scan.misconception(
    "The values are right, but the steps wait for each other: a loop makes one state after the other. Join steps with "
    "combined: in level k all steps at once, each with the one 2**k before it, so that ten levels serve 1000 steps.",
    READ,
)
def one_step_after_the_other(A, V, h0):
    h, states = h0, []
    for t in range(A.shape[1]):
        h = A[:, t] * h + V[:, t]
        states.append(h)
    return np.stack(states, axis=1)


@scan.misconception(
    "The values are right, but you join every step with every earlier one: T² numbers. Joined pairs are joined again: "
    "level k needs one earlier step for each step, 2**k before it.",
    READ,
)
def all_pairs_of_steps(A, V, h0):
    T = A.shape[1]
    row = np.arange(T)
    later = (row[:, None] > row)[None, :, :, None]
    # Along t, the product of the factors from s + 1 to t.
    reach = np.cumprod(np.where(later, A[:, :, None], 1), axis=1)
    reach = np.where((row[:, None] >= row)[None, :, :, None], reach, 0)
    return (reach * V[:, None]).sum(axis=2) + np.cumprod(A, axis=1) * h0[:, None]


@scan.misconception(
    "You divide by the running product of the factors. It is 0 as soon as one factor is 0, and rounds to 0 after some "
    "hundred steps. Join neighbours: that needs no division.",
    OPERATOR,
)
def divided_by_the_running_product(A, V, h0):
    P = np.cumprod(A, axis=1)
    return P * (h0[:, None] + np.cumsum(V / P, axis=1))


LEVELS, DISTANCE = "range((T - 1).bit_length())", "d = 2**k"
PAIRS = "combined(A[:, :-d], V[:, :-d], A[:, d:], V[:, d:])"
FACTORS, ADDENDS = "np.concatenate([A[:, :d], a], axis=1)", "np.concatenate([V[:, :d], v], axis=1)"
END = "return A * h0[:, None] + V"
for name, hint, *edits in (
    (
        "first-state-forgotten",
        "h0 is forgotten: behind the last level, h_t = a_t h_0 + v_t.",
        (END, "return V + 0 * A"),
    ),
    (
        "first-state-not-carried",
        "h0 is added to every state as it is. Until step t it has gone through the factors 1 to t: their product is in "
        "A behind the last level.",
        (END, "return h0[:, None] + V"),
    ),
    (
        "first-state-in-the-first-step-alone",
        "h0 changes the first state alone. From there it goes on: join it with the first addend ahead of level 0, "
        "or multiply it by the joined factors of each step.",
        (END, "return V + A * h0[:, None] * (np.arange(T) == 0)[:, None]"),
    ),
    (
        "own-factor-for-the-first-state",
        "h0 is multiplied by each step's own factor. It has gone through the factors 1 to t, which are joined in A "
        "behind the last level.",
        ("T = A.shape[1]", "T, own = A.shape[1], A"),
        (END, "return own * h0[:, None] + V"),
    ),
    (
        "first-state-twice",
        "h0 is counted twice: in the first addend, and again behind the last level.",
        ("T = A.shape[1]", "T = A.shape[1]; V = V + A * h0[:, None] * (np.arange(T) == 0)[:, None]"),
    ),
    (
        "states-before-the-step",
        "You return the states before each step: h_0 to h_{T−1}. What is asked for is inclusive: h_1 to h_T.",
        (END, "return np.concatenate([h0[:, None], (A * h0[:, None] + V)[:, :-1]], axis=1)"),
    ),
    (
        "a-level-too-few",
        "A level is missing where T is no power of two: the logarithm is rounded down. It takes ⌈log₂ T⌉ levels, "
        "(T - 1).bit_length().",
        (LEVELS, "range(T.bit_length() - 1)"),
    ),
    (
        "a-level-too-few-from-the-first-addend",
        "A level is missing where T is no power of two: the logarithm is rounded down. It takes ⌈log₂ T⌉ levels, "
        "(T - 1).bit_length().",
        ("T = A.shape[1]", "T = A.shape[1]; V = V + A * h0[:, None] * (np.arange(T) == 0)[:, None]"),
        (LEVELS, "range(T.bit_length() - 1)"),
        (END, "return V + 0 * A"),
    ),
    (
        "last-level-left-out",
        "The last level is left out: the distances go up to the last power of two below T.",
        (LEVELS, "range((T - 1).bit_length() - 1)"),
    ),
    (
        "first-level-left-out",
        "The first level is left out: the first distance is 1, 2**0.",
        (LEVELS, "range(1, (T - 1).bit_length())"),
    ),
    (
        "no-steps-joined",
        "No steps are joined: each state is made of h0 and its own step alone. Does the loop over the levels run, and "
        "does it end before the return?",
        (LEVELS, "range(0)"),
    ),
    (
        "one-level-alone",
        "One level alone: each step knows one earlier one. Join again, with distance 2, 4, 8, …",
        (LEVELS, "range((T - 1).bit_length())[:1]"),
    ),
    (
        "distance-not-doubled",
        "The distance grows by one from level to level. Behind a level each step has joined twice as many: double it.",
        (DISTANCE, "d = min(k + 1, T - 1)"),
    ),
    (
        "distance-always-one",
        "The distance stays 1. After the first level the neighbour has joined the same step as well: double the "
        "distance from level to level.",
        (DISTANCE, "d = 1"),
    ),
    (
        "later-step-first",
        "combined gets the LATER step first. It takes the earlier one first.",
        (PAIRS, "combined(A[:, d:], V[:, d:], A[:, :-d], V[:, :-d])"),
    ),
    (
        "factors-overwritten-first",
        "The addends are joined with the NEW factors. A level reads the old values of both: compute both before you "
        "write one.",
        (ADDENDS, "np.concatenate([V[:, :d], A[:, d:] * V[:, :-d] + V[:, d:]], axis=1)"),
    ),
    (
        "addends-overwritten-first",
        "The factors are not joined: they stay each step's own. A joined pair has a joined factor, too.",
        (FACTORS, "1 * A"),
    ),
    (
        "wraps-round",
        "The first steps are joined with the last ones, as np.roll brings them to the front. The first d steps stay as "
        "they are.",
        (PAIRS, "combined(np.roll(A, d, axis=1), np.roll(V, d, axis=1), A, V)"),
        (FACTORS, "1 * a"),
        (ADDENDS, "1 * v"),
    ),
    (
        "beginning-set-to-the-neutral-step",
        "The first d steps are lost: they hold factor 1 and addend 0 behind the level. They stay as they are.",
        (FACTORS, "np.concatenate([np.ones_like(A[:, :d]), a], axis=1)"),
        (ADDENDS, "np.concatenate([0 * V[:, :d], v], axis=1)"),
    ),
    (
        "sums-of-the-addends",
        "The factors are not used: your states are sums of the addends.",
        (PAIRS, "A[:, d:] * A[:, :-d], V[:, :-d] + V[:, d:]"),
    ),
    (
        "joined-factors-returned",
        "You return the joined factors. The states are h_t = a_t h_0 + v_t.",
        (END, "return A + 0 * V"),
    ),
    (
        "last-state-alone",
        "You return the last state alone. All of them are asked for, (B, T, H).",
        (END, "return (A * h0[:, None] + V)[:, -1]"),
    ),
    (
        "from-the-end",
        "You scan from the end. h_t joins the steps before it: the earlier one is d places further in front.",
        (PAIRS, "combined(A[:, d:], V[:, d:], A[:, :-d], V[:, :-d])"),
        (FACTORS, "np.concatenate([a, A[:, -d:]], axis=1)"),
        (ADDENDS, "np.concatenate([v, V[:, -d:]], axis=1)"),
    ),
):
    scan.slip(name, hint, *edits)

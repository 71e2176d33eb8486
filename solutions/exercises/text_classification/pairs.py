"""Contract of `skip_gram_pairs`: each word of a sentence with its neighbours.

unrolled-canary-ae15d709c36b
"""

from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.reference import texts


def _draw(rng: np.random.Generator) -> Iterator[kit.Given]:
    # Words that come again nearby, and padding behind.
    for window in rng.permutation([1, 2, 3, 2]):
        ids = rng.integers(1, 6, int(rng.integers(7, 10)))
        ids[3] = ids[2]
        yield kit.Given(
            "words and padding", {"ids": np.append(ids, [0] * int(rng.integers(2, 5))), "window": int(window)}
        )


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    names = np.append([0, 1], rng.permutation(np.arange(2, 60)))  # words are others each time; 0 and 1 stay
    for label, places, window in (
        ("two words", [4, 7], 1),
        ("one word", [5], 2),
        ("no place", [], 2),
        ("nothing but padding", [0, 0, 0], 1),
        ("one word and padding", [3, 0, 0], 2),
        ("a window beyond both ends", [2, 3, 4, 5], 9),
        ("a window that ends at the last word", [6, 2, 3], 2),
        ("one word again and again", [8, 8, 8], 1),
        ("padding in front", [0, 0, 2, 3, 4], 2),
        ("unknown words", [1, 5, 1, 1], 2),
        ("a window of nothing", [1, 2, 3], 0),
        # A place counts, whatever stands there.
        ("padding in the middle", [2, 0, 3, 4, 0, 0, 5], 2),
    ):
        yield kit.Given(label, {"ids": names[np.array(places, dtype=np.int64)], "window": window})


skip_gram_pairs = kit.Contract(
    reference=texts.skip_gram_pairs,
    outputs=(kit.exact("pairs"),),
    read="text-classification#eq-text-pairs",
    parts=(kit.Part("values", _draw), kit.Part("edges", _edges)),
)


@skip_gram_pairs.derivation(
    words={"pairs": "the pairs", "t": "the centre's place", "s": "the context's place", "window": "the window"}
)
def centre_by_centre(ids, window):
    pairs = []
    for t in range(len(ids)):
        for s in range(max(t - window, 0), min(t + window + 1, len(ids))):  #: eq-text-pairs
            if s != t and ids[t] != 0 and ids[s] != 0:  #: eq-text-pairs
                pairs.append((ids[t], ids[s]))
    return np.array(pairs, dtype=int).reshape(-1, 2)


@skip_gram_pairs.variant
def all_places_compared(ids, window):
    T = len(ids)
    t, s = np.meshgrid(np.arange(T), np.arange(T), indexing="ij")
    near = (np.abs(s - t) <= window) & (s != t) & (ids != 0)[None, :] & (ids != 0)[:, None]
    return np.stack([ids[t[near]], ids[s[near]]], axis=1)


@skip_gram_pairs.variant
def lists_of_pairs(ids, window):
    pairs = []
    for t, centre in enumerate(ids):
        if centre == 0:
            continue
        for k in [*range(-window, 0), *range(1, window + 1)]:
            if 0 <= t + k < len(ids) and ids[t + k] > 0:
                pairs.append([int(centre), int(ids[t + k])])
    return pairs


@skip_gram_pairs.variant
def slices_joined(ids, window):
    words = list(ids)
    return [
        (centre, context)
        for t, centre in enumerate(words)
        for context in words[max(t - window, 0) : t] + words[t + 1 : t + 1 + window]
        if centre and context
    ]


@skip_gram_pairs.variant
def padded_at_both_sides(ids, window):
    wide = np.concatenate([np.zeros(window, dtype=int), ids, np.zeros(window, dtype=int)])
    pairs = [(ids[t], wide[t + k]) for t in range(len(ids)) for k in range(2 * window + 1) if k != window]
    return [pair for pair in pairs if 0 not in pair]


@skip_gram_pairs.misconception(
    "The padding is taken out first, and words on both sides of it become neighbours. Distances count all places.",
)
def padding_taken_out_first(ids, window):
    ids = ids[ids != 0]
    pairs = []
    for t in range(len(ids)):
        for s in range(max(t - window, 0), min(t + window + 1, len(ids))):
            if s != t:
                pairs.append((ids[t], ids[s]))
    return pairs


@skip_gram_pairs.misconception(
    "The pairs are sorted by the context's distance. For each centre they go from left to right."
)
def near_ones_first(ids, window):
    T = len(ids)
    pairs = []
    for t in range(T):
        for k in range(1, window + 1):
            pairs += [(ids[t], ids[s]) for s in (t - k, t + k) if 0 <= s < T and ids[t] and ids[s]]
    return pairs


NEAR = "s != t and"
SPAN = "range(max(t - window, 0), min(t + window + 1, len(ids)))"
for name, hint, *edits in (
    ("with-itself", "Each word is paired with itself, too. A context is another place: s ≠ t.", (NEAR, "")),
    (
        "no-word-with-its-like",
        "You compare the words. The same word at another place is a context: compare places, s ≠ t.",
        (NEAR, "ids[s] != ids[t] and"),
    ),
    (
        "padding-as-context",
        "The padding is a context in your pairs. Leave out pairs in which an id is 0.",
        (" and ids[s] != 0", ""),
    ),
    (
        "padding-as-centre",
        "The padding is a centre in your pairs. Leave out pairs in which an id is 0.",
        (" and ids[t] != 0", ""),
    ),
    (
        "padding-as-a-word",
        "The padding is a word in your pairs. Leave out pairs in which an id is 0.",
        (" and ids[t] != 0 and ids[s] != 0", ""),
    ),
    (
        "unknown-left-out",
        "Unknown words, 1, are left out. Only the padding, 0, is.",
        ("ids[t] != 0 and ids[s] != 0", "ids[t] > 1 and ids[s] > 1"),
    ),
    (
        "window-one-short-on-the-right",
        "The window is one place too short on the right: range ends before its end. It ends at t + window + 1.",
        ("t + window + 1", "t + window"),
    ),
    (
        "window-one-too-long-on-the-left",
        "The window is one place too long on the left.",
        ("max(t - window, 0)", "max(t - window - 1, 0)"),
    ),
    (
        "window-one-too-long",
        "The window is one place too long on both sides.",
        (SPAN, "range(max(t - window - 1, 0), min(t + window + 2, len(ids)))"),
    ),
    (
        "window-on-both-sides-together",
        "The window is split between both sides. It has so many places at each side.",
        (SPAN, "range(max(t - window // 2, 0), min(t + window // 2 + 1, len(ids)))"),
    ),
    (
        "left-side-missing",
        "The words before the centre are missing. The window lies at both sides: both of two neighbours are centres.",
        ("max(t - window, 0)", "t"),
    ),
    (
        "right-side-missing",
        "The words behind the centre are missing. The window lies at both sides.",
        ("min(t + window + 1, len(ids))", "t"),
    ),
    (
        "over-the-left-end",
        "A negative index counts from the end: words at the beginning get contexts from the end. Stop at place 0.",
        ("max(t - window, 0)", "t - window"),
    ),
    (
        "over-the-right-end",
        "The window leaves the sentence at its end. Stop at len(ids).",
        ("min(t + window + 1, len(ids))", "t + window + 1"),
    ),
    (
        "last-place-left-out",
        "The last place is never a context: range(…, len(ids)) reaches it.",
        ("min(t + window + 1, len(ids))", "min(t + window + 1, len(ids) - 1)"),
    ),
    (
        "context-first",
        "The context stands first. A pair is (centre, context), and the centres go from left to right.",
        ("pairs.append((ids[t], ids[s]))", "pairs.append((ids[s], ids[t]))"),
    ),
    (
        "places-for-words",
        "Your pairs hold places. They hold the words there: ids[t] and ids[s].",
        ("pairs.append((ids[t], ids[s]))", "pairs.append((t, s))"),
    ),
    (
        "each-pair-once",
        "A pair that comes again is left out. Each time counts.",
        ("np.array(pairs,", "np.array(list(dict.fromkeys(pairs)),"),
    ),
    (
        "ends-left-out",
        "Words near the ends are no centres in your pairs. Their window is cut off there, and they stay.",
        ("range(len(ids))", "range(window, len(ids) - window)"),
    ),
    (
        "one-context-alone",
        "Each centre gets one context. It gets all in its window.",
        ("pairs.append((ids[t], ids[s]))", "pairs.append((ids[t], ids[s]))\n                break"),
    ),
    ("pairs-as-columns", "Your array is (2, N). A pair is a row: (N, 2).", (".reshape(-1, 2)", ".reshape(-1, 2).T")),
    (
        "contexts-alone",
        "You return the contexts alone. A pair holds the centre, too.",
        (".reshape(-1, 2)", ".reshape(-1, 2)[:, 1]"),
    ),
):
    skip_gram_pairs.slip(name, hint, *edits)
skip_gram_pairs.mistakes(
    """
    backwards: The centres go from right to left. They go from left to right.
    in-reverse-pairs: The pairs stand in reverse order. They go from left to right.
    begins-with-step-1-t: The first place is no centre: the loop begins with 1.
    last-step-left-out-t: The last place is no centre: the loop ends before it.
    returned-in-the-loop: The return stands inside the loop: only one centre has pairs. Indent it less.
    returned-in-the-loop-2: The return stands inside both loops: only one pair is looked at. Indent it less.
    """
)

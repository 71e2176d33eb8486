"""Contract of `beam_search`: the rows of tokens that a beam finds, the best first.

unrolled-canary-b66a86aa0258
"""

import itertools
from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.judging.families.search import search
from solutions.reference import seq2seq

READ = "seq2seq#eq-s2s-beam"
PAIRS = ((0, 1), (2, 3)), ((0, 2), (1, 3)), ((1, 2), (0, 3))  # of four ways that are taken for each other
_on_a_table = kit.Probe("on_a_table")


def _table(
    rng: np.random.Generator, tokens: int, width: int, longest: int, alpha: float | None = None, likely: float = -0.3
) -> kit.Arguments:
    # Log-probabilities by place and token before. Which numbers begin and end is drawn, too.
    bos, eos = (int(one) for one in rng.permutation(tokens)[:2])
    scores = 1.2 * rng.standard_normal((longest, tokens, tokens))
    scores[..., eos] += likely
    table = scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)
    alpha = float(rng.uniform(0.8, 1.6)) if alpha is None else alpha
    return {"table": table, "bos": bos, "eos": eos, "width": width, "longest": longest, "alpha": alpha}


def _draw(rng: np.random.Generator) -> Iterator[kit.Given]:
    for sizes in (((4, 3, 5), (5, 4, 4), (5, 3, 5)), ((4, 3, 6), (6, 3, 4), (4, 2, 6))):
        for each, pairs in zip(sizes, PAIRS, strict=True):
            yield kit.Given("a table at random", _telling(rng, each, pairs))


def _telling(
    rng: np.random.Generator, sizes: tuple[int, int, int], pairs: tuple[tuple[int, int], ...]
) -> kit.Arguments:
    # Some have ended, some are cut off, and of these ways to keep as many rows as the beam is wide each pair differs.
    tokens, width, longest = sizes
    while True:
        drawn = _table(rng, tokens, width, longest)
        rows, _ = _on_a_table(seq2seq.beam_search)(*drawn.values())
        ended = sum(row[-1] == drawn["eos"] for row in rows)
        ways = [_on_a_table(rule)(*drawn.values())[0] for rule in (ended_ones_stay, ended_ones_stay_penalized)]
        ways += [_on_a_table(narrower_with_each_end)(*drawn.values())[0], rows[:width]]
        if 1 < ended < len(rows) and all(ways[one] != ways[other] for one, other in pairs):
            return drawn


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    for label, tokens, width, longest, alpha, likely in (
        ("a beam of one", 5, 1, 4, 0.7, -1.0),
        ("a beam of everything", 3, 200, 4, 0.8, 0.5),
        ("one step", 5, 2, 1, 0.7, 0.5),
        ("no penalty", 5, 3, 4, 0.0, 0.5),
        ("a strong penalty", 5, 3, 4, 3.0, 1.0),
        ("nothing ends", 4, 2, 4, 0.7, -40.0),
        ("one ends at once", 4, 1, 5, 0.7, 20.0),
        ("two tokens", 2, 2, 4, 0.7, -1.0),
        ("many tokens", 30, 4, 3, 0.7, 2.0),
    ):
        yield kit.Given(label, _table(rng, tokens, width, longest, alpha, likely))
    for pairs in PAIRS:
        yield kit.Given("the penalty changes the order", _telling(rng, (4, 3, 5), pairs))


def _misses_the_best(function: kit.Function, rng: np.random.Generator) -> bool:
    # A beam of everything finds all rows, a beam of one takes the likeliest token each time.
    for alpha in (0.0, 0.9):
        drawn = _table(rng, 3, 3**4, 4, alpha, 0.3)
        rows, scores = function(*drawn.values())
        every = sorted((_scored(drawn, row) for row in _rows(drawn)), reverse=True)
        if len(scores) != len(every) or not np.allclose(scores, every):
            return True
        if not np.allclose([_scored(drawn, list(row)) for row in rows], every):
            return True
        (greedy, *others), _ = function(*(drawn | {"width": 1}).values())
        row: list[int] = []
        last = drawn["bos"]
        while len(row) < drawn["longest"] and last != drawn["eos"]:
            last = int(drawn["table"][len(row), last].argmax())
            row.append(last)
        if others or list(greedy) != row:
            return True
    return False


def _rows(drawn: kit.Arguments) -> Iterator[list[int]]:
    eos, longest = drawn["eos"], drawn["longest"]
    others = [one for one in range(len(drawn["table"][0])) if one != eos]
    for length in range(longest):
        yield from ([*row, eos] for row in itertools.product(others, repeat=length))
    yield from (list(row) for row in itertools.product(others, repeat=longest))


def _scored(drawn: kit.Arguments, row: list[int]) -> float:
    before = [drawn["bos"], *row[:-1]]
    total = sum(drawn["table"][t, one, other] for t, (one, other) in enumerate(zip(before, row, strict=True)))
    return float(total / ((5 + len(row)) / 6) ** drawn["alpha"])


beam_search = kit.Contract(
    reference=seq2seq.beam_search,
    probe=kit.Probe("on_a_table"),
    outputs=(kit.exact("rows"), *kit.near("scores")),
    read=READ,
    parts=(kit.Part("values", _draw), kit.Part("edges", _edges)),
    rules=(
        kit.Rule(
            "misses-the-best",
            "a beam of one takes the likeliest token each time, and one that is wide enough finds every row.",
            _misses_the_best,
            READ,
        ),
    ),
)


@beam_search.derivation(
    words={
        "beam": "what is kept",
        "finished": "what has ended",
        "grown": "the lengthened rows",
        "total": "the sum so far",
        "log_p": "the next token's log p",
        "width": "the width of the beam",
        "tokens": "the row",
        "penalized": "the sum over the penalty",
        "found": "what is found",
    },
    families=(search, *kit.ARRAYS),
    without=("other-number-beam-1",),  # nearly what ended-ones-lengthened is
)
def sums_compared(score, bos, eos, width, longest, alpha):
    beam, finished = [([bos], 0.0)], []
    for _ in range(longest):
        grown = []
        for tokens, total in beam:
            for token, log_p in enumerate(score(tokens)):
                grown.append(([*tokens, token], total + log_p))  #: eq-s2s-beam: the sum so far + the next token's log p
        grown = sorted(grown, key=lambda one: one[1], reverse=True)[:width]  #: eq-s2s-beam
        finished += [one for one in grown if one[0][-1] == eos]  #: eq-s2s-beam
        beam = [one for one in grown if one[0][-1] != eos]  #: eq-s2s-beam
    found = []
    for tokens, total in finished + beam:
        penalized = total / ((5 + len(tokens) - 1) / 6) ** alpha  #: eq-s2s-penalty
        found.append((tokens[1:], penalized))
    found = sorted(found, key=lambda one: one[1], reverse=True)
    return [tokens for tokens, _ in found], [penalized for _, penalized in found]


@beam_search.variant
def tuples_sorted(score, bos, eos, width, longest, alpha):
    live, done = [(0.0, (bos,))], []
    for _ in range(longest):
        longer = [(total + p, (*row, k)) for total, row in live for k, p in enumerate(score(list(row)))]
        longer.sort(reverse=True)
        live = []
        for total, row in longer[:width]:
            (done if row[-1] == eos else live).append((total, row))
        if not live:
            break
    scored = sorted(((total / ((4 + len(row)) / 6) ** alpha, row) for total, row in done + live), reverse=True)
    return [list(row[1:]) for _, row in scored], np.array([value for value, _ in scored])


@beam_search.variant
def best_of_each_first(score, bos, eos, width, longest, alpha):
    beam = [{"tokens": [], "sum": 0.0}]
    ended = []
    for _ in range(longest):
        candidates = []
        for one in beam:
            log_p = np.asarray(score([bos, *one["tokens"]]))
            for k in np.argsort(-log_p)[:width]:
                candidates.append({"tokens": [*one["tokens"], int(k)], "sum": one["sum"] + float(log_p[k])})
        candidates = sorted(candidates, key=lambda one: -one["sum"])[:width]
        ended += [one for one in candidates if one["tokens"][-1] == eos]
        beam = [one for one in candidates if one["tokens"][-1] != eos]

    def penalized(one):
        return one["sum"] / ((5 + len(one["tokens"])) ** alpha / 6**alpha)

    best = sorted(ended + beam, key=penalized)[::-1]
    return [one["tokens"] for one in best], [penalized(one) for one in best]


@beam_search.variant
def in_arrays(score, bos, eos, width, longest, alpha):
    rows, sums, found = [[bos]], np.zeros(1), []
    for step in range(1, longest + 1):
        all_sums = sums[:, None] + np.array([score(row) for row in rows])
        V = all_sums.shape[1]
        penalty = ((5 + step) / 6) ** alpha
        kept, kept_sums = [], []
        for place in np.argsort(all_sums, axis=None)[::-1][:width]:
            row, total = [*rows[place // V], int(place % V)], all_sums.reshape(-1)[place]
            if row[-1] == eos or step == longest:
                found.append((row[1:], total / penalty))
            else:
                kept.append(row)
                kept_sums.append(total)
        if not kept:
            break
        rows, sums = kept, np.array(kept_sums)
    order = np.argsort([-value for _, value in found])
    return [found[k][0] for k in order], [found[k][1] for k in order]


@beam_search.variant
def counted_down(score, bos, eos, width, longest, alpha):
    found, beam = [], [([bos], 0.0)]
    left = longest
    while beam and left:
        left -= 1
        grown = [([*row, k], total + p) for row, total in beam for k, p in enumerate(score(row))]
        beam = []
        for row, total in sorted(grown, key=lambda one: one[1])[-width:]:
            if row[-1] == eos or not left:
                found.append((total * (6 / (4 + len(row))) ** alpha, row[1:]))
            else:
                beam.append((row, total))
    found.sort(key=lambda one: -one[0])
    return tuple(row for _, row in found), tuple(value for value, _ in found)


@beam_search.variant
def with_a_function_for_the_penalty(score, bos, eos, width, longest, alpha):
    def value(hypothesis):
        tokens, total = hypothesis
        n = len(tokens) - 1
        return total / np.power((5 + n) / 6, alpha)

    hypotheses, complete = [([bos], 0)], []
    while hypotheses and len(hypotheses[0][0]) <= longest:
        extended = []
        for tokens, total in hypotheses:
            log_p = score(tokens)
            extended.extend(([*tokens, k], total + log_p[k]) for k in range(len(log_p)))
        extended.sort(key=lambda h: h[1], reverse=True)
        extended = extended[:width]
        complete.extend(h for h in extended if h[0][-1] == eos)
        hypotheses = [h for h in extended if h[0][-1] != eos]
    every = sorted(complete + hypotheses, key=value, reverse=True)
    return [tokens[1:] for tokens, _ in every], list(map(value, every))


beam_search.mistakes(
    """
    ended-ones-lengthened: What has ended is lengthened further. A row with eos is put aside.
        beam = [one for one in grown if one[0][-1] != eos] → beam = grown
    ended-ones-lost: What has ended is lost. It is put aside, and returned with what is left.
        finished += [one for one in grown if one[0][-1] == eos] → pass
    cut-off-ones-lost: What has not ended after the last step is lost. It is returned, too, as it stands.
        for tokens, total in finished + beam: → for tokens, total in finished:
    cut-off-ones-lost-beside-others: What has not ended after the last step is lost where something else has. It is
      returned, too, as it stands.
        for tokens, total in finished + beam: → for tokens, total in finished or beam:
    penalty-forgotten: The length penalty is missing: divide each sum by it.
        total / ((5 + len(tokens) - 1) / 6) ** alpha → 1 * total
    penalty-forgotten-in-the-order: The rows are in the order of their sums. The sums over the penalty order them.
        found.append((tokens[1:], penalized)) → found.append((tokens[1:], penalized, total))
        sorted(found, key=lambda one: one[1], reverse=True) → sorted(found, key=lambda one: one[2], reverse=True)
        [tokens for tokens, _ in found] → [tokens for tokens, _, _ in found]
        [penalized for _, penalized in found] → [penalized for _, penalized, _ in found]
    penalty-forgotten-in-the-scores: The scores that you return are the sums. They are the sums over the penalty.
        found.append((tokens[1:], penalized)) → found.append((tokens[1:], penalized, total))
        [tokens for tokens, _ in found] → [tokens for tokens, _, _ in found]
        [penalized for _, penalized in found] → [total for _, _, total in found]
    divided-by-the-length: You divide by the length to the power alpha. The penalty is ((5 + n)/6) to that power.
        ((5 + len(tokens) - 1) / 6) ** alpha → (len(tokens) - 1) ** alpha
    multiplied-by-the-penalty: You multiply by the penalty. Log p is negative: dividing is what helps long rows.
        total / ((5 + len(tokens) - 1) / 6) ** alpha → total * ((5 + len(tokens) - 1) / 6) ** alpha
    beginning-counted: bos counts in the length. It is given: count the tokens behind it.
        (5 + len(tokens) - 1) → (5 + len(tokens))
    end-not-counted: eos does not count in your length. It is a token that was chosen: count it.
        (5 + len(tokens) - 1) → (5 + len(tokens) - 1 - (tokens[-1] == eos))
    alpha-as-a-factor: alpha is a factor in your penalty. It is its power.
        ((5 + len(tokens) - 1) / 6) ** alpha → ((5 + len(tokens) - 1) / 6 * alpha if alpha else 1)
    penalty-in-the-beam: The penalty is in the sums that are handed on. It enters at the end alone.
        total + log_p → total + log_p / ((5 + len(tokens)) / 6) ** alpha
    beginning-among-the-tokens: The rows begin with bos. It is given: return what stands behind it.
        tokens[1:] → tokens
    end-left-out: eos is left out of the rows. Where one has ended, it is the last token.
        found.append((tokens[1:], penalized)) → found.append(([one for one in tokens[1:] if one != eos], penalized))
    unsorted: The rows stand in the order in which they ended. The best comes first.
        found = sorted(found, key=lambda one: one[1], reverse=True) → pass
    best-alone: You return the best row alone. All that has ended or was cut off is asked for.
        [tokens for tokens, _ in found] → found[0][0]
        [penalized for _, penalized in found] → found[0][1]
    as-many-as-the-width: You return as many rows as the width. All that has ended or was cut off is asked for.
        [tokens for tokens, _ in found] → [tokens for tokens, _ in found[:width]]
        [penalized for _, penalized in found] → [penalized for _, penalized in found[:width]]
    probabilities-added: You add up probabilities. What score gives are logarithms already.
        total + log_p → total + np.exp(log_p)
    """
)


@beam_search.misconception(
    "The rows are compared by their last token's log p. Compare the sums of log p of all their tokens."
)
def last_log_p_compared(score, bos, eos, width, longest, alpha):
    beam, finished = [([bos], 0.0)], []
    for _ in range(longest):
        grown = [([*row, k], total + p, p) for row, total in beam for k, p in enumerate(score(row))]
        grown = [one[:2] for one in sorted(grown, key=lambda one: one[2], reverse=True)[:width]]
        finished += [one for one in grown if one[0][-1] == eos]
        beam = [one for one in grown if one[0][-1] != eos]
    found = [(total / ((4 + len(row)) / 6) ** alpha, row[1:]) for row, total in finished + beam]
    found.sort(reverse=True)
    return [row for _, row in found], [value for value, _ in found]


@beam_search.misconception(
    "Each row keeps as many of its lengthened ones. The width counts over those of all rows together."
)
def each_row_keeps_its_own(score, bos, eos, width, longest, alpha):
    beam, finished = [([bos], 0.0)], []
    for _ in range(longest):
        grown = []
        for row, total in beam:
            longer = [([*row, k], total + p) for k, p in enumerate(score(row))]
            grown += sorted(longer, key=lambda one: one[1], reverse=True)[:width]
        finished += [one for one in grown if one[0][-1] == eos]
        beam = [one for one in grown if one[0][-1] != eos]
    found = [(total / ((4 + len(row)) / 6) ** alpha, row[1:]) for row, total in finished + beam]
    found.sort(reverse=True)
    return [row for _, row in found], [value for value, _ in found]


@beam_search.misconception(
    "What has ended stays in the beam and competes there. It is put aside, and competes at the end alone."
)
def ended_ones_stay(score, bos, eos, width, longest, alpha):
    beam = [([bos], 0.0)]
    for _ in range(longest):
        grown = [one for one in beam if one[0][-1] == eos]
        for row, total in beam:
            if row[-1] != eos:
                grown += [([*row, k], total + p) for k, p in enumerate(score(row))]
        beam = sorted(grown, key=lambda one: one[1], reverse=True)[:width]
    found = [(total / ((4 + len(row)) / 6) ** alpha, row[1:]) for row, total in beam]
    found.sort(reverse=True)
    return [row for _, row in found], [value for value, _ in found]


@beam_search.misconception(
    "What has ended stays in the beam and competes there by its penalized score. It is put aside, and competes at the "
    "end alone."
)
def ended_ones_stay_penalized(score, bos, eos, width, longest, alpha):
    beam = [([bos], 0.0)]
    for _ in range(longest):
        grown = [one for one in beam if one[0][-1] == eos]
        for row, total in beam:
            if row[-1] != eos:
                grown += [([*row, k], total + p) for k, p in enumerate(score(row))]
        beam = sorted(grown, key=lambda one: one[1] / (4 + len(one[0])) ** alpha, reverse=True)[:width]
    found = [(total / ((4 + len(row)) / 6) ** alpha, row[1:]) for row, total in beam]
    found.sort(reverse=True)
    return [row for _, row in found], [value for value, _ in found]


@beam_search.misconception(
    "The beam gets narrower by one for each row that has ended. Of the lengthened ones, as many as width says are kept."
)
def narrower_with_each_end(score, bos, eos, width, longest, alpha):
    beam, finished = [([bos], 0.0)], []
    for _ in range(longest):
        grown = [([*row, k], total + p) for row, total in beam for k, p in enumerate(score(row))]
        grown = sorted(grown, key=lambda one: one[1], reverse=True)[: max(width - len(finished), 0)]
        finished += [one for one in grown if one[0][-1] == eos]
        beam = [one for one in grown if one[0][-1] != eos]
    found = [(total / ((4 + len(row)) / 6) ** alpha, row[1:]) for row, total in finished + beam]
    found.sort(reverse=True)
    return [row for _, row in found], [value for value, _ in found]


@beam_search.misconception("What ends gives its place in the beam to another row. It uses up a place of its step.")
def place_refilled(score, bos, eos, width, longest, alpha):
    beam, finished = [([bos], 0.0)], []
    for _ in range(longest):
        grown = [([*row, k], total + p) for row, total in beam for k, p in enumerate(score(row))]
        grown.sort(key=lambda one: one[1], reverse=True)
        finished += [one for one in grown[:width] if one[0][-1] == eos]
        beam = [one for one in grown if one[0][-1] != eos][:width]
    found = [(total / ((4 + len(row)) / 6) ** alpha, row[1:]) for row, total in finished + beam]
    found.sort(reverse=True)
    return [row for _, row in found], [value for value, _ in found]


@beam_search.misconception("You stop at the first row that ends. Go on with the others until none is left.")
def stopped_at_the_first_end(score, bos, eos, width, longest, alpha):
    beam, finished = [([bos], 0.0)], []
    for _ in range(longest):
        grown = [([*row, k], total + p) for row, total in beam for k, p in enumerate(score(row))]
        grown = sorted(grown, key=lambda one: one[1], reverse=True)[:width]
        finished += [one for one in grown if one[0][-1] == eos]
        beam = [one for one in grown if one[0][-1] != eos]
        if finished:
            break
    found = [(total / ((4 + len(row)) / 6) ** alpha, row[1:]) for row, total in finished + beam]
    found.sort(reverse=True)
    return [row for _, row in found], [value for value, _ in found]


@beam_search.misconception(
    "You stop when as many rows have ended as the beam is wide. Go on with the others until none is left."
)
def stopped_when_enough_have_ended(score, bos, eos, width, longest, alpha):
    beam, finished = [([bos], 0.0)], []
    for _ in range(longest):
        grown = [([*row, k], total + p) for row, total in beam for k, p in enumerate(score(row))]
        grown = sorted(grown, key=lambda one: one[1], reverse=True)[:width]
        finished += [one for one in grown if one[0][-1] == eos]
        beam = [one for one in grown if one[0][-1] != eos]
        if len(finished) >= width:
            break
    found = [(total / ((4 + len(row)) / 6) ** alpha, row[1:]) for row, total in finished + beam]
    found.sort(reverse=True)
    return [row for _, row in found], [value for value, _ in found]

"""Contract of `beam_search`: the best tokens that a beam finds.

unrolled-canary-b66a86aa0258
"""

import itertools
from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.judging.families.search import search
from solutions.reference import seq2seq

READ = "seq2seq#eq-s2s-beam"
PENALTY = "seq2seq#eq-s2s-penalty"


def _table(
    rng: np.random.Generator, tokens: int, width: int, longest: int, alpha: float, likely: float = 0.5
) -> kit.Arguments:
    # Log-probabilities by place and token before; which numbers begin and end is drawn, too.
    bos, eos = (int(one) for one in rng.permutation(tokens)[:2])
    scores = 1.5 * rng.standard_normal((longest, tokens, tokens))
    scores[..., eos] += likely
    table = scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)
    return {"table": table, "bos": bos, "eos": eos, "width": width, "longest": longest, "alpha": alpha}


def found(drawn: kit.Arguments, **instead: object) -> list[int]:
    """What the reference finds on a table."""
    search = kit.Probe("on_a_table")(seq2seq.beam_search)
    tokens, _ = search(*(drawn | instead).values())
    return list(tokens)


def _draw(rng: np.random.Generator) -> Iterator[kit.Given]:
    for tokens, width, longest in ((5, 2, 4), (4, 3, 5), (6, 3, 4), (5, 2, 5), (4, 2, 6)):
        while True:
            drawn = _table(rng, tokens, width, longest, float(rng.uniform(0.6, 1.4)))
            best = found(drawn)
            # Width and penalty both decide.
            if 1 < len(best) and best not in (found(drawn, width=1), found(drawn, alpha=0.0)):
                break
        yield kit.Given("a table at random", drawn)


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    for label, tokens, width, longest, alpha, likely in (
        ("a beam of one", 5, 1, 4, 0.7, 0.0),
        ("a beam of everything", 3, 200, 4, 0.8, 0.5),
        ("one step", 5, 2, 1, 0.7, 0.5),
        ("no penalty", 5, 3, 4, 0.0, 0.5),
        ("a strong penalty", 5, 3, 4, 3.0, 1.0),
        ("nothing ends", 4, 2, 4, 0.7, -40.0),
        ("it ends at once", 4, 2, 5, 0.7, 8.0),
        ("two tokens", 2, 2, 4, 0.7, -1.0),
        ("many tokens", 30, 4, 3, 0.7, 2.0),
    ):
        yield kit.Given(label, _table(rng, tokens, width, longest, alpha, likely))
    yield kit.Given("what was cut off is better", _cut_off(rng))
    yield kit.Given("what ended early is better", _ended_early(rng))


def _cut_off(rng: np.random.Generator) -> kit.Arguments:
    while True:
        drawn = _table(rng, 4, 3, 4, 1.0, 0.5)
        best = found(drawn)
        others = [found(drawn, longest=steps)[-1] == drawn["eos"] for steps in (2, 3)]
        if best[-1] != drawn["eos"] and any(others):
            return drawn


def _ended_early(rng: np.random.Generator) -> kit.Arguments:
    while True:
        drawn = _table(rng, 4, 2, 6, 0.3, 0.5)
        if 1 < len(found(drawn)) < 4:
            return drawn


def _misses_the_best(function: kit.Function, rng: np.random.Generator) -> bool:
    # A beam of everything finds the best of all rows of tokens; a beam of one takes the best token each time.
    for alpha in (0.0, 0.9):
        drawn = _table(rng, 3, 3**4, 4, alpha, 0.3)
        tokens, score = function(*drawn.values())
        best = max(_scored(drawn, row) for row in _rows(drawn))
        if not np.isclose(score, best) or not np.isclose(_scored(drawn, list(tokens)), best):
            return True
        greedy, _ = function(*(drawn | {"width": 1}).values())
        row, last = [], drawn["bos"]
        while len(row) < drawn["longest"] and last != drawn["eos"]:
            last = int(drawn["table"][len(row), last].argmax())
            row.append(last)
        if list(greedy) != row:
            return True
    return False


def _rows(drawn: kit.Arguments) -> Iterator[list[int]]:
    tokens, eos, longest = len(drawn["table"][0]), drawn["eos"], drawn["longest"]
    others = [one for one in range(tokens) if one != eos]
    for length in range(longest):
        for row in itertools.product(others, repeat=length):
            yield [*row, eos]
    yield from (list(row) for row in itertools.product(others, repeat=longest))


def _scored(drawn: kit.Arguments, row: list[int]) -> float:
    before = [drawn["bos"], *row[:-1]]
    total = sum(drawn["table"][t, one, other] for t, (one, other) in enumerate(zip(before, row, strict=True)))
    return float(total / ((5 + len(row)) / 6) ** drawn["alpha"])


beam_search = kit.Contract(
    reference=seq2seq.beam_search,
    probe=kit.Probe("on_a_table"),
    outputs=(kit.exact("tokens"), *kit.near("score")),
    read=READ,
    parts=(kit.Part("values", _draw), kit.Part("edges", _edges)),
    rules=(
        kit.Rule(
            "misses-the-best",
            "a beam of one takes the likeliest token each time, and one wide enough finds the best of all rows.",
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
    },
    families=(search, *kit.ARRAYS),
)
def sums_compared(score, bos, eos, width, longest, alpha):
    beam, finished = [([bos], 0.0)], []
    for _ in range(longest):
        grown = []
        for tokens, total in beam:
            for token, log_p in enumerate(score(tokens)):
                grown.append(([*tokens, token], total + log_p))  #: eq-s2s-beam
        grown = sorted(grown, key=lambda one: one[1], reverse=True)[:width]  #: eq-s2s-beam
        finished += [one for one in grown if one[0][-1] == eos]  #: eq-s2s-beam
        beam = [one for one in grown if one[0][-1] != eos]  #: eq-s2s-beam
    best, highest = [], -np.inf
    for tokens, total in finished + beam:
        penalized = total / ((5 + len(tokens) - 1) / 6) ** alpha  #: eq-s2s-penalty
        if penalized > highest:
            best, highest = tokens[1:], penalized
    return best, highest


@beam_search.variant
def sorted_at_the_end(score, bos, eos, width, longest, alpha):
    live, done = [(0.0, (bos,))], []
    for _ in range(longest):
        longer = [(total + p, (*row, k)) for total, row in live for k, p in enumerate(score(list(row)))]
        longer.sort(reverse=True)
        live = []
        for total, row in longer[:width]:
            (done if row[-1] == eos else live).append((total, row))
        if not live:
            break
    scored = [(total / ((4 + len(row)) / 6) ** alpha, row) for total, row in done + live]
    best, row = max(scored)
    return list(row[1:]), best


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

    best = max(ended + beam, key=penalized)
    return best["tokens"], penalized(best)


@beam_search.variant
def in_arrays(score, bos, eos, width, longest, alpha):
    rows, sums, best, highest = [[bos]], np.zeros(1), None, -np.inf
    for step in range(1, longest + 1):
        all_sums = sums[:, None] + np.array([score(row) for row in rows])
        V = all_sums.shape[1]
        places = np.argsort(all_sums, axis=None)[::-1][:width]
        penalty = ((5 + step) / 6) ** alpha
        kept, kept_sums = [], []
        for place in places:
            row, total = [*rows[place // V], int(place % V)], all_sums.reshape(-1)[place]
            if (row[-1] == eos or step == longest) and total / penalty > highest:
                best, highest = row[1:], total / penalty
            if row[-1] != eos:
                kept.append(row)
                kept_sums.append(total)
        if not kept:
            break
        rows, sums = kept, np.array(kept_sums)
    return best, highest


@beam_search.variant
def ended_ones_compared_at_once(score, bos, eos, width, longest, alpha):
    best, highest = None, float("-inf")
    beam = [([bos], 0.0)]
    for t in range(longest):
        grown = [([*row, k], total + p) for row, total in beam for k, p in enumerate(score(row))]
        grown = sorted(grown, key=lambda one: one[1])[-width:]
        beam = []
        for row, total in grown:
            if row[-1] == eos or t == longest - 1:
                value = total * (6 / (5 + t + 1)) ** alpha
                if value > highest:
                    best, highest = row[1:], value
            else:
                beam.append((row, total))
    return np.array(best), highest


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
            extended.extend((tokens + [k], total + log_p[k]) for k in range(len(log_p)))
        extended.sort(key=lambda h: h[1], reverse=True)
        extended = extended[:width]
        complete.extend(h for h in extended if h[0][-1] == eos)
        hypotheses = [h for h in extended if h[0][-1] != eos]
    best = max(complete + hypotheses, key=value)
    return tuple(best[0][1:]), value(best)


beam_search.mistakes(
    """
    ended-ones-lengthened: What has ended is lengthened further. A row with eos is put aside.
        beam = [one for one in grown if one[0][-1] != eos] → beam = grown
    ended-ones-dropped: What has ended is dropped. It is put aside, and is compared at the end.
        for tokens, total in finished + beam: → for tokens, total in beam or finished:
    cut-off-ones-dropped: What has not ended after the last step is dropped. It is compared, too, as it stands.
        for tokens, total in finished + beam: → for tokens, total in finished or beam:
    penalty-forgotten: The length penalty is missing: divide each sum by it before the rows are compared.
        total / ((5 + len(tokens) - 1) / 6) ** alpha → 1 * total
    penalty-forgotten-in-the-choice: The best row is chosen by its sum. It is chosen by the sum over the penalty.
        best, highest = [], -np.inf → best, highest, largest = [], -np.inf, -np.inf
        if penalized > highest: → if total > largest:
        best, highest = tokens[1:], penalized → best, highest, largest = tokens[1:], penalized, total
    penalty-forgotten-in-the-score: The score that you return is the sum. It is the sum over the penalty.
        best, highest = [], -np.inf → best, highest, plain = [], -np.inf, 0.0
        best, highest = tokens[1:], penalized → best, highest, plain = tokens[1:], penalized, total
        return best, highest → return best, plain
    divided-by-the-length: You divide by the length to the power alpha. The penalty is ((5 + n)/6) to that power.
        ((5 + len(tokens) - 1) / 6) ** alpha → (len(tokens) - 1) ** alpha
    multiplied-by-the-penalty: You multiply by the penalty. Log p is negative: dividing is what helps long rows.
        total / ((5 + len(tokens) - 1) / 6) ** alpha → total * ((5 + len(tokens) - 1) / 6) ** alpha
    beginning-counted: bos counts in the length. It is given: count the tokens behind it.
        (5 + len(tokens) - 1) → (5 + len(tokens))
    end-not-counted: eos does not count in the length of yours. It is a token that was chosen: count it.
        (5 + len(tokens) - 1) → (5 + len(tokens) - 1 - (tokens[-1] == eos))
    alpha-as-a-factor: alpha is a factor in your penalty. It is its power.
        ((5 + len(tokens) - 1) / 6) ** alpha → ((5 + len(tokens) - 1) / 6 * alpha if alpha else 1)
    penalty-in-the-beam: The penalty is in the sums that are handed on. The rows of a step are equally long: it enters at
      the end alone.
        total + log_p → total + log_p / ((5 + len(tokens)) / 6) ** alpha
    beginning-among-the-tokens: The tokens begin with bos. It is given: return those behind it.
        tokens[1:] → tokens
    end-left-out: eos is left out of the tokens. Where a row has ended, eos is its last one.
        return best, highest → return [one for one in best if one != eos], highest
    first-ended: You return what ended first. Go on: a longer row may have a greater score.
        if penalized > highest: → if not best:
    stopped-at-the-first-end: You stop at the first row that ends. Go on with the others: a longer row may have a
      greater score.
        beam = [one for one in grown if one[0][-1] != eos] → beam = [one for one in grown if one[0][-1] != eos]; beam = [] if finished else beam
    place-refilled: What ends gives its place in the beam to another row. It uses up a place of its step.
        sorted(grown, key=lambda one: one[1], reverse=True)[:width] → sorted(grown, key=lambda one: one[1], reverse=True); kept = [one for one in grown if one[0][-1] != eos][:width]; grown = [one for one in grown[:width] if one[0][-1] == eos] + kept
    probabilities-multiplied: You add up probabilities. What score gives are logarithms already: add them.
        total + log_p → total + np.exp(log_p)
    worst-row: You return the row with the smallest score. The greatest is the best.
        best, highest = [], -np.inf → best, highest = [], np.inf
        if penalized > highest: → if penalized < highest:
    """
)


@beam_search.misconception(
    "The rows are compared by their last token's log p. Compare the sums of log p of all their tokens."
)
def last_log_p_compared(score, bos, eos, width, longest, alpha):
    beam, finished = [([bos], 0.0)], []
    for _ in range(longest):
        grown = [([*row, k], total + p, p) for row, total in beam for k, p in enumerate(score(row))]
        grown = [one[:2] for one in sorted(grown, key=lambda one: -one[2])[:width]]
        finished += [one for one in grown if one[0][-1] == eos]
        beam = [one for one in grown if one[0][-1] != eos]
    return _best(finished + beam, alpha)


@beam_search.misconception(
    "Each row keeps as many of its lengthened ones. The width counts over the lengthened rows of all together."
)
def each_row_keeps_its_own(score, bos, eos, width, longest, alpha):
    beam, finished = [([bos], 0.0)], []
    for _ in range(longest):
        grown = []
        for row, total in beam:
            longer = [([*row, k], total + p) for k, p in enumerate(score(row))]
            grown += sorted(longer, key=lambda one: -one[1])[:width]
        finished += [one for one in grown if one[0][-1] == eos]
        beam = [one for one in grown if one[0][-1] != eos]
    return _best(finished + beam, alpha)


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
        beam = sorted(grown, key=lambda one: -one[1])[:width]
    return _best(beam, alpha)


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
        beam = sorted(grown, key=lambda one: -one[1] / (4 + len(one[0])) ** alpha)[:width]
    return _best(beam, alpha)


@beam_search.misconception("You take the likeliest token each time. Keep as many rows as width says.")
def greedy(score, bos, eos, width, longest, alpha):
    row, total = [bos], 0.0
    while len(row) <= longest and (len(row) == 1 or row[-1] != eos):
        log_p = score(row)
        row, total = [*row, int(np.argmax(log_p))], total + np.max(log_p)
    return _best([(row, total)], alpha)


def _best(rows, alpha):
    scored = [(total / ((4 + len(row)) / 6) ** alpha, row[1:]) for row, total in rows]
    best, tokens = max(scored)
    return tokens, best

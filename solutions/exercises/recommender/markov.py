"""Contract of `transition_scores`, what comes behind each item.

unrolled-canary-7dfdd8e2d2d5
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import recommender

READ = "recommender#eq-rec-markov"
POPULARITY = "recommender#eq-rec-popularity"


def _sessions(rng: np.random.Generator, items: int, count: int, longest: int) -> list[list[int]]:
    # The first items are clicked more often than the last.
    chance = np.arange(items, 0, -1.0) ** 1.5
    lengths = rng.integers(1, longest + 1, count)
    return [rng.choice(items, length, p=chance / chance.sum()).tolist() for length in lengths]


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    items = sizes.outputs + 2
    sessions = _sessions(rng, items, sizes.batch + 4, sizes.steps + 3)
    # A pair that comes again and none the other way round, a session of one click, an item that no session has.
    sessions += [[0, 1, 0, 1, 1, 2], [1], [2, 0, 1]]
    return {
        "sessions": [sessions[n] for n in rng.permutation(len(sessions))],
        "items": items + 1,
        "added": float(rng.uniform(0.5, 3)),
    }


def _of(sessions: list[list[int]], items: int, added: float) -> kit.Function:
    def special(rng: np.random.Generator) -> kit.Arguments:
        numbers = rng.permutation(items)
        return {"sessions": [numbers[session].tolist() for session in sessions], "items": items, "added": added}

    return special


transition_scores = kit.Contract(
    reference=recommender.transition_scores,
    outputs=kit.near("A"),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("one session", _of([[0, 1, 2, 0, 1]], 4, 1.5)),
        kit.Special("an item that is always last", _of([[0, 2], [1, 2], [0, 1, 2]], 3, 0.5)),
        kit.Special("sessions of one click", _of([[0], [1], [1], [2, 0]], 3, 2.0)),
        kit.Special("one item again and again", _of([[0, 0, 0], [1, 0]], 2, 1.0)),
        kit.Special("little is added", _of([[0, 1], [0, 1, 0], [2]], 3, 1e-3)),
        kit.Special("much is added", _of([[0, 1], [0, 1, 0], [2, 1, 1]], 3, 50.0)),
        kit.Special("nothing but sessions of one click", _of([[0], [2], [2], [1]], 4, 1.0)),
    ),
)


@transition_scores.derivation(
    words={
        "counts": "how often one comes behind the other",
        "clicks": "how often each is clicked",
        "popularity": "the popularity",
        "followed": "how often each is followed",
        "added": "the added clicks",
    }
)
def counted_and_added(sessions, items, added):
    counts, clicks = np.zeros((items, items)), np.zeros(items)
    for session in sessions:
        for item in session:
            clicks[item] += 1
        for p in range(len(session) - 1):
            counts[session[p], session[p + 1]] += 1
    popularity = clicks / clicks.sum()  #: eq-rec-popularity
    followed = counts.sum(axis=1, keepdims=True)
    A = (counts + added * popularity) / (followed + added)  #: eq-rec-markov: what was counted + what is added
    return A


@transition_scores.variant
def counted_in_place(sessions, items, added):
    clicks = np.concatenate([np.asarray(session) for session in sessions])
    q = np.bincount(clicks, minlength=items) / len(clicks)
    one = np.concatenate([np.asarray(session)[:-1] for session in sessions])
    other = np.concatenate([np.asarray(session)[1:] for session in sessions])
    A = np.tile(added * q, (items, 1))
    np.add.at(A, (one, other), 1)
    return A / A.sum(axis=1)[:, np.newaxis]


@transition_scores.variant
def dictionaries(sessions, items, added):
    pairs, clicks = {}, {}
    for session in sessions:
        for item in session:
            clicks[item] = clicks.get(item, 0) + 1
        for pair in [(session[p], session[p + 1]) for p in range(len(session) - 1)]:
            pairs[pair] = pairs.get(pair, 0) + 1
    total = sum(clicks.values())
    rows = []
    for i in range(items):
        behind = sum(count for (one, _), count in pairs.items() if one == i)
        rows.append(
            [(pairs.get((i, j), 0) + added * clicks.get(j, 0) / total) / (behind + added) for j in range(items)]
        )
    return rows


@transition_scores.variant
def mixed_by_weight(sessions, items, added):
    one_hot = np.eye(items)
    q = sum(one_hot[session].sum(axis=0) for session in sessions)
    q = q / q.sum()
    C = sum(one_hot[session[:-1]].T @ one_hot[session[1:]] for session in sessions if len(session) > 1)
    C = C + np.zeros((items, items))
    n = C.sum(axis=1)
    A = np.zeros((items, items))
    for i in range(items):
        weight = n[i] / (n[i] + added)
        A[i] = (1 - weight) * q + (weight * C[i] / n[i] if n[i] > 0 else 0)
    return A


@transition_scores.variant
def flat_histogram(sessions, items, added):
    codes = [session[p] * items + session[p + 1] for session in sessions for p in range(len(session) - 1)]
    C = np.bincount(np.array(codes, dtype=int), minlength=items**2).reshape(items, items)
    q = np.bincount(np.hstack(sessions).astype(int), minlength=items)
    q = q / np.sum(q)
    return (C + np.outer(np.full(items, added), q)) / (C.sum(1) + added).reshape(-1, 1)


PAIR, CLICKS = "counts[session[p], session[p + 1]] += 1", "clicks[item] += 1"
FORMULA = "(counts + added * popularity) / (followed + added)"
for name, hint, *edits in (
    (
        "turned-round",
        "Your counts are turned round: the row is the earlier item, the column the one behind it.",
        (PAIR, "counts[session[p + 1], session[p]] += 1"),
    ),
    (
        "both-directions",
        "You count each pair in both directions. What comes behind is asked for.",
        (PAIR, "counts[session[p], session[p + 1]] += 1; counts[session[p + 1], session[p]] += 1"),
    ),
    (
        "across-sessions",
        "The last click of a session is followed by the first one of the next in yours. Count within sessions.",
        (
            "    popularity =",
            "    for n in range(1, len(sessions)):\n        counts[sessions[n - 1][-1], sessions[n][0]] += 1\n"
            "    popularity =",
        ),
    ),
    (
        "all-later-clicks",
        "You count all later clicks of a session. Count the one directly behind.",
        (PAIR, "np.add.at(counts[session[p]], session[p + 1 :], 1)"),
    ),
    (
        "all-pairs-of-a-session",
        "You count all other clicks of a session. Count the one directly behind.",
        (
            PAIR,
            "np.add.at(counts[session[p]], session[p + 1 :], 1); np.add.at(counts[:, session[p]], session[p + 1 :], 1)",
        ),
    ),
    (
        "one-once",
        "A pair that comes again is counted once. Count it each time.",
        (PAIR, "counts[session[p], session[p + 1]] = 1"),
    ),
    (
        "repeats-left-out",
        "You leave out items that follow themselves. Count these, too.",
        (PAIR, "counts[session[p], session[p + 1]] += session[p] != session[p + 1]"),
    ),
    (
        "first-pair-left-out",
        "The first pair of each session is left out.",
        ("for p in range(len(session) - 1)", "for p in range(1, len(session) - 1)"),
    ),
    (
        "last-pair-left-out",
        "The last pair of each session is left out.",
        ("for p in range(len(session) - 1)", "for p in range(len(session) - 2)"),
    ),
    (
        "popularity-of-targets",
        "Popularity counts only clicks that follow another. Count all clicks, a session's first one, too.",
        ("for item in session:", "for item in session[1:]:"),
    ),
    (
        "popularity-of-inputs",
        "Popularity leaves the last click of each session out. Count all clicks.",
        ("for item in session:", "for item in session[:-1]:"),
    ),
    (
        "popularity-without-short-sessions",
        "Popularity leaves out sessions of one click. Count all clicks.",
        ("for item in session:", "for item in session * (len(session) > 1):"),
    ),
    (
        "popularity-by-sessions",
        "Popularity counts sessions. Count clicks.",
        ("for item in session:", "for item in set(session):"),
    ),
    (
        "all-items-equal",
        "What is added is the same for all items. It goes by popularity: added · q.",
        ("popularity = clicks / clicks.sum()", "popularity = np.ones(items) / items"),
    ),
    (
        "one-added-to-each",
        "You add the whole number to each item. The added clicks are shared out by popularity.",
        (FORMULA, "(counts + added) / (followed + added * items)"),
    ),
    (
        "clicks-for-popularity",
        "You add counts of clicks. Popularity is their share: divide by all clicks.",
        ("popularity = clicks / clicks.sum()", "popularity = clicks"),
    ),
    (
        "nothing-added-below",
        "What is added above has to be added below, too: the rows add up to 1.",
        (FORMULA, "(counts + added * popularity) / np.maximum(followed, 1)"),
    ),
    (
        "nothing-added-above",
        "What is added below has to be added above, too: the rows add up to 1.",
        (FORMULA, "counts / (followed + added)"),
    ),
    (
        "nothing-added",
        "Nothing is added. An item that is never followed then has no scores: it falls back to popularity.",
        (FORMULA, "counts / np.maximum(followed, 1)"),
    ),
    (
        "popularity-only-where-nothing-was-counted",
        "Popularity steps in only where nothing follows an item. It is added to every row.",
        (FORMULA, "np.where(followed > 0, counts / np.maximum(followed, 1), popularity)"),
    ),
    (
        "popularity-where-a-pair-is-missing",
        "Popularity steps in only for pairs that never came. It is added to every pair.",
        (FORMULA, "np.where(counts > 0, counts, added * popularity) / (followed + added)"),
    ),
    (
        "popularity-along-the-rows",
        "Popularity stands along the wrong axis: it belongs to the item behind, the column.",
        ("popularity = clicks / clicks.sum()", "popularity = (clicks / clicks.sum())[:, None]"),
    ),
    (
        "divided-by-clicks",
        "You divide by how often an item was clicked. Divide by how often it was followed: last clicks are not.",
        ("followed = counts.sum(axis=1, keepdims=True)", "followed = clicks[:, None]"),
    ),
    (
        "columns-add-up-to-one",
        "The columns add up to 1 in yours. The rows do: divide by how often the earlier item was followed.",
        ("followed = counts.sum(axis=1, keepdims=True)", "followed = counts.sum(axis=0, keepdims=True)"),
    ),
    (
        "divided-by-all-pairs",
        "You divide by all pairs. Each row is divided by its own.",
        ("followed = counts.sum(axis=1, keepdims=True)", "followed = counts.sum()"),
    ),
    ("counts-returned", "You return counts. Divide each row.", (FORMULA, "counts + added * popularity")),
    ("popularity-alone", "Every row is the popularity. Count what comes behind each item.", (PAIR, "pass")),
    (
        "logarithms",
        "You return logarithms. The shares are asked for.",
        ("return A", "return np.log(np.maximum(A, 1e-300))"),
    ),
):
    transition_scores.slip(name, hint, *edits)

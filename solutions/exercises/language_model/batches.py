"""Contract of `stream_batches`, a text cut into batches whose rows go on from one to the next.

unrolled-canary-86714cc34e26
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import language_model

READ = "language-model#eq-lm-batches"


def _text(rng: np.random.Generator, batch: int, steps: int, batches: int, rest: int) -> kit.Arguments:
    # No token stands twice in a row: a shift by one shows everywhere.
    ids = np.cumsum(rng.integers(1, 9, batches * batch * steps + 1 + rest)) % 10
    return {"ids": ids, "batch": batch, "steps": steps}


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    batch, steps, batches = sizes.batch, sizes.steps, sizes.inputs + 1
    return _text(rng, batch, steps, batches, int(rng.integers(0, batch * steps)))


def _special(label: str, *given: int) -> kit.Special:
    return kit.Special(label, lambda rng: _text(rng, *given))


def _breaks(function: kit.Function, rng: np.random.Generator) -> bool:
    batch, steps, batches = map(int, rng.permutation([2, 3, 4]))
    given = _text(rng, batch, steps, batches, int(rng.integers(0, 6)))
    inputs, targets = map(np.asarray, function(*given.values()))
    # Row after row, each through all batches, the inputs are the text, and the targets are it from its second token on.
    rows, behind = (one.swapaxes(0, 1).ravel() for one in (inputs, targets))
    ids = given["ids"]
    return not (np.array_equal(rows, ids[: rows.size]) and np.array_equal(behind, ids[1 : rows.size + 1]))


stream_batches = kit.Contract(
    reference=language_model.stream_batches,
    outputs=(kit.exact("inputs"), kit.exact("targets")),
    read=READ,
    parts=kit.of_values(
        _draw,
        _special("nothing is left over", 3, 4, 3, 0),
        _special("one token too few for a further batch", 3, 4, 2, 11),
        # More is left over than rows, so that each could be longer without another batch.
        _special("each row could be longer", 4, 5, 2, 14),
        _special("a single batch", 3, 5, 1, 4),
    ),
    rules=(
        kit.Rule(
            "a-row-breaks",
            "each row goes on in the next batch, and a target is the token behind its input.",
            _breaks,
            READ,
        ),
    ),
)


@stream_batches.derivation(
    words={"K": "the number of batches", "used": "how many tokens are used", "ids": "the text"},
    alike={"K": "steps"},
)
def rows_cut_into_windows(ids, batch, steps):
    K = (len(ids) - 1) // (batch * steps)  #: eq-lm-batches
    used = K * batch * steps
    rows = ids[:used].reshape(batch, K, steps)
    targets = ids[1 : used + 1].reshape(batch, K, steps)
    return rows.swapaxes(0, 1), targets.swapaxes(0, 1)


@stream_batches.derivation(words={"starts": "where the windows of a batch begin", "inputs": "the inputs"})
def window_by_window(ids, batch, steps):
    K = (len(ids) - 1) // (batch * steps)  #: eq-lm-batches
    inputs, targets = [], []
    for k in range(K):
        starts = [(r * K + k) * steps for r in range(batch)]  #: eq-lm-batches
        inputs.append([ids[start : start + steps] for start in starts])
        targets.append([ids[start + 1 : start + steps + 1] for start in starts])
    return inputs, targets


@stream_batches.variant
def by_places(ids, batch, steps):
    K = (len(ids) - 1) // (batch * steps)
    k, r, t = np.meshgrid(range(K), range(batch), range(steps), indexing="ij")
    places = (r * K + k) * steps + t
    return ids[places], ids[places + 1]


@stream_batches.variant
def rows_first(ids, batch, steps):
    length = (len(ids) - 1) // (batch * steps) * steps
    rows = np.array([ids[r * length : r * length + length + 1] for r in range(batch)])
    starts = range(0, length, steps)
    return [rows[:, s : s + steps] for s in starts], [rows[:, s + 1 : s + 1 + steps] for s in starts]


@stream_batches.variant
def split_along_the_steps(ids, batch, steps):
    K = (len(ids) - 1) // batch // steps
    x = np.split(ids[: batch * K * steps], batch)
    y = np.split(ids[1 : batch * K * steps + 1], batch)
    return np.stack(np.split(np.stack(x), K, axis=1)), np.stack(np.split(np.stack(y), K, axis=1))


@stream_batches.variant
def as_lists(ids, batch, steps):
    ids = [int(one) for one in ids]
    K = (len(ids) - 1) // (batch * steps)
    starts = [[(r * K + k) * steps for r in range(batch)] for k in range(K)]
    inputs = [[ids[s : s + steps] for s in row] for row in starts]
    return inputs, [[ids[s + 1 : s + steps + 1] for s in row] for row in starts]


@stream_batches.variant
def transposed_at_the_end(ids, batch, steps):
    K = max(0, len(ids) - 1) // (steps * batch)
    pairs = np.stack([ids[:-1], ids[1:]])[:, : K * batch * steps]
    inputs, targets = np.transpose(pairs.reshape(2, batch, K, steps), (0, 2, 1, 3))
    return inputs.copy(), targets.copy()


@stream_batches.variant
def list_of_batches(ids, batch, steps):
    K = int(np.floor((len(ids) - 1) / (batch * steps)))
    text = np.asarray(ids)
    inputs, targets = [], []
    for k in range(K):
        place = np.arange(batch)[:, None] * (K * steps) + k * steps + np.arange(steps)
        inputs.append(np.take(text, place))
        targets.append(np.take(text, place + 1))
    return np.array(inputs), np.array(targets)


@stream_batches.misconception(
    "You shuffle the windows. Then a row of the next batch is another place of the text, and its state a wrong one."
)
def windows_shuffled(ids, batch, steps):
    K = (len(ids) - 1) // (batch * steps)
    order = np.random.default_rng(0).permutation(K * batch)
    inputs = ids[: K * batch * steps].reshape(-1, steps)[order].reshape(K, batch, steps)
    return inputs, ids[1 : K * batch * steps + 1].reshape(-1, steps)[order].reshape(K, batch, steps)


@stream_batches.misconception(
    "Your windows overlap: each begins one token behind the one before. A window begins where the one before ended."
)
def windows_overlap(ids, batch, steps):
    K = (len(ids) - 1) // (batch * steps)
    starts = np.arange(K)[:, None] + np.arange(batch) * K * steps
    places = starts[:, :, None] + np.arange(steps)
    return ids[places], ids[places + 1]


@stream_batches.misconception(
    "You cut the text into B rows as long as they can be, and drop the rest of each. Drop what is left over at the end "
    "of the text alone: each row is K T tokens long."
)
def rest_in_each_row(ids, batch, steps):
    length = (len(ids) - 1) // batch
    K = length // steps
    inputs, targets = (one[: batch * length].reshape(batch, length)[:, : K * steps] for one in (ids, ids[1:]))
    return tuple(one.reshape(batch, K, steps).swapaxes(0, 1) for one in (inputs, targets))


stream_batches.mistakes(
    """
    targets-not-shifted: The targets are the inputs themselves. A target is the token that comes next: begin one later.
        ids[1 : used + 1] → ids[:used]
    targets-two-later: The targets are two tokens behind their inputs. A target is the very next token.
        ids[1 : used + 1] → np.append(ids, ids[-1])[2 : used + 2]
    targets-from-before: The targets are the tokens before their inputs. A target is the one that comes next.
        ids[1 : used + 1] → np.roll(ids, 1)[:used]
    targets-one-window-later: The targets are one window behind the inputs. A target is the very next token.
        ids[1 : used + 1] → np.roll(ids, -steps)[:used]
    last-target-from-the-start: The last target of the text is its first token: np.roll brings it round. A token with
      none behind it is no input.
        (len(ids) - 1) // (batch * steps) → len(ids) // (batch * steps)
        ids[1 : used + 1] → np.roll(ids, -1)[:used]
    last-target-of-each-window-lost: The last target of each window is that window's last token once more. It is the
      first token of the next window.
        ids[1 : used + 1].reshape(batch, K, steps) → np.concatenate([rows[:, :, 1:], rows[:, :, -1:]], axis=2)
    last-target-of-each-window-rolled: The last target of each window is its own first token: you roll each window.
      Roll or shift the text before you cut it.
        ids[1 : used + 1].reshape(batch, K, steps) → np.roll(rows, -1, axis=2)
    last-target-of-each-row-rolled: The last target of each row is the row's own first token. It is the token that
      stands behind it in the text.
        ids[1 : used + 1].reshape(batch, K, steps) → np.roll(rows.reshape(batch, -1), -1, axis=1).reshape(rows.shape)
    batch-after-batch: You cut the text into batches and these into rows. Then row 0 goes on in row 1, not in the next
      batch. Cut the text into rows first, and these into windows.
        ids[:used].reshape(batch, K, steps) → ids[:used].reshape(K, batch, steps).swapaxes(0, 1)
        ids[1 : used + 1].reshape(batch, K, steps) → ids[1 : used + 1].reshape(K, batch, steps).swapaxes(0, 1)
    rows-interleaved: You deal the tokens out one by one, so that a row holds every B-th token. A row is one piece of
      the text.
        ids[:used].reshape(batch, K, steps) → ids[:used].reshape(-1, batch).T.reshape(batch, K, steps)
        ids[1 : used + 1].reshape(batch, K, steps) → ids[1 : used + 1].reshape(-1, batch).T.reshape(batch, K, steps)
    rest-at-the-start: You drop what is left over at the start of the text. Drop it at its end.
        rows = ids → ids = ids[len(ids) - used - 1 :]; rows = ids
    rows-before-batches: Rows come first: (B, K, T). The batches come first: swap the first two axes.
        return rows.swapaxes(0, 1), targets.swapaxes(0, 1) → return rows, targets
    steps-before-rows: Steps come before rows: (K, T, B). Each batch is (B, T), rows first.
        return rows.swapaxes(0, 1), targets.swapaxes(0, 1) → return rows.transpose(1, 2, 0), targets.transpose(1, 2, 0)
    one-target-a-window: Each window has one target, the token behind its end. Every step has one.
        targets.swapaxes(0, 1) → targets.swapaxes(0, 1)[:, :, -1]
    last-batch-dropped: The last batch is missing. Only what does not fill a batch is dropped.
        // (batch * steps) → // (batch * steps) - 1
    a-token-too-many-counted: You count a token that has no target: the text has N − 1 pairs of a token and its next.
        (len(ids) - 1) // (batch * steps) → len(ids) // (batch * steps)
    cut-before-the-shift: You cut the text to whole batches before you shift, so that the last target is lost, or with
      it a batch. Count pairs: N − 1 tokens have a next one.
        (len(ids) - 1) // (batch * steps) → (len(ids) // (batch * steps) * batch * steps - 1) // (batch * steps)
    """
)

"""Contract of `teacher_batch`: inputs, targets and mask of a decoder that reads the right tokens.

unrolled-canary-584955c9c909
"""

from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.reference import seq2seq


def _batch(rng: np.random.Generator, *lengths: int) -> kit.Arguments:
    # Which numbers are the special ones is drawn, too.
    bos, eos, pad, *others = (int(one) for one in rng.permutation(20))
    sentences = [[int(one) for one in rng.choice(others, length)] for length in lengths]
    return {"sentences": sentences, "bos": bos, "eos": eos, "pad": pad}


def _draw(rng: np.random.Generator) -> Iterator[kit.Given]:
    for sentences in (2, 3, 4, 5):
        lengths = [*(int(one) for one in rng.integers(1, 7, sentences - 1)), 8]
        yield kit.Given("sentences of different lengths", _batch(rng, *rng.permutation(lengths)))


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    for label, lengths in (
        ("one sentence", (5,)),
        ("sentences of the same length", (4, 4, 4)),
        ("one token each", (1, 1)),
        ("an empty sentence", (3, 0, 5)),
        ("nothing but an empty sentence", (0,)),
        ("the longest sentence first", (7, 2, 4)),
    ):
        yield kit.Given(label, _batch(rng, *lengths))
    # Targets alone do not tell then where a sentence ends.
    drawn = _batch(rng, 3, 6, 1)
    yield kit.Given("padded with the end's number", drawn | {"pad": drawn["eos"]})
    drawn = _batch(rng, 2, 5)
    drawn["sentences"][1][2] = drawn["pad"]
    yield kit.Given("the padding's number is a token, too", drawn)


teacher_batch = kit.Contract(
    reference=seq2seq.teacher_batch,
    outputs=(kit.exact("inputs"), kit.exact("targets"), kit.exact("mask")),
    read="seq2seq#eq-s2s-teacher",
    parts=(kit.Part("values", _draw), kit.Part("edges", _edges)),
)


@teacher_batch.derivation(
    words={
        "inputs": "the inputs",
        "targets": "the targets",
        "mask": "the mask",
        "bos": "the beginning",
        "eos": "the end",
        "pad": "the padding",
        "steps": "the sentence's steps",
        "longest": "the steps of the longest",
    }
)
def row_by_row(sentences, bos, eos, pad):
    longest = max(len(tokens) for tokens in sentences) + 1
    inputs = np.full((len(sentences), longest), pad)
    targets = np.full((len(sentences), longest), pad)
    mask = np.zeros((len(sentences), longest), dtype=int)
    for n, tokens in enumerate(sentences):
        steps = len(tokens) + 1
        inputs[n, :steps] = [bos, *tokens]  #: eq-s2s-teacher
        targets[n, :steps] = [*tokens, eos]  #: eq-s2s-teacher
        mask[n, :steps] = 1
    return inputs, targets, mask


@teacher_batch.variant
def lists_filled_up(sentences, bos, eos, pad):
    T = max(map(len, sentences)) + 1
    inputs, targets, mask = [], [], []
    for one in sentences:
        behind = T - len(one) - 1
        inputs.append([bos] + one + [pad] * behind)
        targets.append(one + [eos] + [pad] * behind)
        mask.append([1] * (len(one) + 1) + [0] * behind)
    return np.array(inputs), np.array(targets), np.array(mask)


@teacher_batch.variant
def two_views_of_one_array(sentences, bos, eos, pad):
    lengths = np.array([len(one) for one in sentences])
    whole = np.full((len(sentences), lengths.max() + 2), pad)
    whole[:, 0] = bos
    for n, one in enumerate(sentences):
        whole[n, 1 : len(one) + 1] = one
    targets = whole[:, 1:].copy()
    targets[np.arange(len(sentences)), lengths] = eos
    mask = np.arange(lengths.max() + 1) <= lengths[:, None]
    return whole[:, :-1].copy(), targets, mask.astype(np.int64)


@teacher_batch.variant
def token_by_token(sentences, bos, eos, pad):
    B, T = len(sentences), 1 + max(len(one) for one in sentences)
    inputs, targets, mask = (np.zeros((B, T), dtype=np.int64) for _ in range(3))
    for n in range(B):
        for t in range(T):
            before = bos if t == 0 else sentences[n][t - 1] if t <= len(sentences[n]) else pad
            inputs[n, t] = before
            if t < len(sentences[n]):
                targets[n, t] = sentences[n][t]
            else:
                targets[n, t] = eos if t == len(sentences[n]) else pad
            mask[n, t] = t <= len(sentences[n])
    return inputs, targets, mask


@teacher_batch.variant
def mask_in_floats(sentences, bos, eos, pad):
    T = max(len(one) for one in sentences) + 1
    rows = [([bos, *one], [*one, eos]) for one in sentences]
    inputs, targets = (
        np.array([[*row[k], *[pad] * (T - len(row[k]))] for row in rows], dtype=np.int32) for k in (0, 1)
    )
    return inputs, targets, np.array([[float(t < len(row[0])) for t in range(T)] for row in rows])


@teacher_batch.variant
def padded_by_numpy(sentences, bos, eos, pad):
    T = max(len(one) for one in sentences) + 1

    def wide(rows, value):
        return np.stack([np.pad(row, (0, T - len(row)), constant_values=value) for row in rows])

    inputs = wide([np.array([bos, *one]) for one in sentences], pad)
    targets = wide([np.array([*one, eos]) for one in sentences], pad)
    return [inputs, targets, wide([np.ones(len(one) + 1, dtype=int) for one in sentences], 0)]


teacher_batch.mistakes(
    """
    not-shifted: Inputs and targets are the same tokens at the same step: a decoder would only have to copy. The inputs
      stand one step later, behind bos.
        inputs[n, :steps] = [bos, *tokens] → inputs[n, :steps] = [*tokens, eos]
    shifted-the-wrong-way: Inputs and targets are exchanged: the inputs begin with bos, the targets end with eos.
        inputs[n, :steps] = [bos, *tokens] → inputs[n, :steps] = [*tokens, eos]
        targets[n, :steps] = [*tokens, eos] → targets[n, :steps] = [bos, *tokens]
    end-in-the-inputs: The inputs end with eos, too. Nothing comes behind it: it is a target alone.
        max(len(tokens) for tokens in sentences) + 1 → max(len(tokens) for tokens in sentences) + 2
        steps = len(tokens) + 1 → steps = len(tokens) + 2
        inputs[n, :steps] = [bos, *tokens] → inputs[n, :steps] = [bos, *tokens, eos]
        targets[n, :steps] = [*tokens, eos] → targets[n, :steps] = [*tokens, eos, pad]
    beginning-in-the-targets: The targets begin with bos, too. It is given, and is an input alone.
        max(len(tokens) for tokens in sentences) + 1 → max(len(tokens) for tokens in sentences) + 2
        steps = len(tokens) + 1 → steps = len(tokens) + 2
        inputs[n, :steps] = [bos, *tokens] → inputs[n, :steps] = [bos, *tokens, eos]
        targets[n, :steps] = [*tokens, eos] → targets[n, :steps] = [bos, *tokens, eos]
    without-the-end: eos is missing in the targets: the decoder would never learn to stop.
        targets[n, :steps] = [*tokens, eos] → targets[n, :steps] = [*tokens, pad]
    without-the-end-as-padding: eos is missing in the targets, and the mask ends before it: the decoder would never
      learn to stop.
        targets[n, :steps] = [*tokens, eos] → targets[n, :steps] = [*tokens, pad]
        mask[n, :steps] = 1 → mask[n, : steps - 1] = 1
    beginning-and-end-exchanged: bos and eos are exchanged: the inputs begin with bos, the targets end with eos.
        inputs[n, :steps] = [bos, *tokens] → inputs[n, :steps] = [eos, *tokens]
        targets[n, :steps] = [*tokens, eos] → targets[n, :steps] = [*tokens, bos]
    end-not-counted: The mask is 0 at eos. The end counts: it has to be learnt, too.
        mask[n, :steps] = 1 → mask[n, : steps - 1] = 1
    mask-by-the-padding: The mask looks for pad in the targets. A token may have this number, eos too: count each
      sentence's tokens.
        return inputs, targets, mask → return inputs, targets, (targets != pad).astype(int)
    mask-by-the-inputs: The mask looks for pad in the inputs. A token may have this number, eos too: count each
      sentence's tokens.
        return inputs, targets, mask → return inputs, targets, (inputs != pad).astype(int)
    mask-turned-round: The mask is turned round: 1 stands where a step is real, 0 at the padding.
        return inputs, targets, mask → return inputs, targets, 1 - mask
    mask-all-ones: The mask is 1 everywhere. It is 0 at the padding.
        mask = np.zeros((len(sentences), longest), dtype=int) → mask = np.ones((len(sentences), longest), dtype=int)
    padded-with-zero: The padding is 0. It is the number pad.
        inputs = np.full((len(sentences), longest), pad) → inputs = np.full((len(sentences), longest), 0)
        targets = np.full((len(sentences), longest), pad) → targets = np.full((len(sentences), longest), 0)
    inputs-padded-with-the-end: The inputs are padded with eos. They are padded with pad.
        inputs = np.full((len(sentences), longest), pad) → inputs = np.full((len(sentences), longest), eos)
    targets-padded-with-the-end: The targets are padded with eos. They are padded with pad, behind one eos.
        targets = np.full((len(sentences), longest), pad) → targets = np.full((len(sentences), longest), eos)
    padded-in-front: The padding stands in front. It stands behind each sentence.
        inputs[n, :steps] → inputs[n, -steps:]
        targets[n, :steps] → targets[n, -steps:]
        mask[n, :steps] → mask[n, -steps:]
    end-behind-the-padding: eos stands in the last column, behind the padding. It follows a sentence's last token at
      once.
        targets[n, :steps] = [*tokens, eos] → targets[n, : steps - 1] = tokens; targets[n, -1] = eos
    padding-in-the-mask: The lengths in the mask are those of the sentences with bos and eos. A row has one of them: the
      sentence's tokens plus 1.
        mask[n, :steps] = 1 → mask[n, : steps + 1] = 1
    """
)

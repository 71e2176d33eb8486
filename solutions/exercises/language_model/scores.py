"""Contract of `text_scores`, bits per character and perplexity of a whole text.

unrolled-canary-4e2990b866ae
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import language_model

READ = "language-model#eq-lm-bits"
PERPLEXITY = "language-model#eq-lm-perplexity"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # Batches of very different sizes, and a token of several characters.
    counts = rng.integers(3, 12, sizes.batch) * 4 ** rng.permutation(sizes.batch).clip(max=3)
    losses: np.ndarray = rng.uniform(0.4, 3, sizes.batch).astype(dtype)
    return {"losses": losses, "counts": counts, "characters": int(rng.uniform(2, 6) * counts.sum())}


def _characters_as_tokens(rng: np.random.Generator) -> kit.Arguments:
    arguments = _draw(rng, kit.Sizes(4, 1, 1, 1, 2), np.float64)
    return arguments | {"characters": int(arguments["counts"].sum())}


def _equal_batches(rng: np.random.Generator) -> kit.Arguments:
    return _draw(rng, kit.Sizes(3, 1, 1, 1, 2), np.float64) | {"counts": np.array([40, 40, 40]), "characters": 300}


def _certain(rng: np.random.Generator) -> kit.Arguments:
    return _draw(rng, kit.Sizes(3, 1, 1, 1, 2), np.float64) | {"losses": np.zeros(3)}


def _cut_otherwise(function: kit.Function, rng: np.random.Generator) -> bool:
    # A batch counted as two of the same mean loss is the same text.
    losses, counts, characters = _draw(rng, kit.Sizes(4, 1, 1, 1, 2), np.float64).values()
    halves = np.concatenate([counts[:1] - 2, [2], counts[1:]])
    whole = function(losses.copy(), counts.copy(), characters)
    cut = function(np.concatenate([losses[:1], losses]), halves, characters)
    # Where something is lost, a bit is more than none, and a perplexity more than 1.
    return not (np.allclose(whole, cut, rtol=1e-6) and np.all(np.greater(whole, (0, 1))))


text_scores = kit.Contract(
    reference=language_model.text_scores,
    outputs=kit.near("bits", "perplexity"),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("a token is a character", _characters_as_tokens),
        kit.Special("batches of one size", _equal_batches),
        kit.Special("everything is certain", _certain),
    ),
    rules=(
        kit.Rule("depends-on-the-cut", "how a text is cut into batches does not count.", _cut_otherwise, PERPLEXITY),
    ),
)


@text_scores.derivation(
    words={"nats": "the loss of the whole text", "tokens": "the number of tokens", "losses": "the losses"},
    alike={"tokens": "characters"},
    without=("other-number-bits-2-1", "other-number-bits-2"),  # infinities of several causes
)
def sum_of_all(losses, counts, characters):
    nats = (losses * counts).sum()
    tokens = counts.sum()
    bits = nats / np.log(2) / characters  #: eq-lm-bits
    perplexity = np.exp(nats / tokens)  #: eq-lm-perplexity
    return bits, perplexity


@text_scores.derivation()
def batch_by_batch(losses, counts, characters):
    nats, tokens = 0.0, 0
    for loss, count in zip(losses, counts, strict=True):
        nats = nats + loss * count
        tokens = tokens + count
    return nats / (characters * np.log(2)), np.exp(nats / tokens)


@text_scores.variant
def through_the_mean(losses, counts, characters):
    mean = np.average(losses, weights=counts)
    return mean / np.log(2) * counts.sum() / characters, np.exp(mean)


@text_scores.variant
def in_bits_throughout(losses, counts, characters):
    bits = np.dot(losses / np.log(2), counts)
    return bits / characters, 2 ** (bits / np.sum(counts))


@text_scores.variant
def by_powers(losses, counts, characters):
    share = counts / counts.sum()
    perplexity = np.prod(np.exp(losses) ** share)
    return np.log2(perplexity) * counts.sum() / characters, perplexity


@text_scores.variant
def token_by_token(losses, counts, characters):
    each = np.repeat(losses, counts)
    return float(np.sum(each) * np.log2(np.e) / characters), float(np.exp(np.mean(each)))


@text_scores.variant
def plain_python(losses, counts, characters):
    import math

    nats = math.fsum(float(loss) * int(count) for loss, count in zip(losses, counts, strict=True))
    return [nats / math.log(2) / characters, math.exp(nats / sum(map(int, counts)))]


text_scores.mistakes(
    f"""
    mean-of-the-batches: You average the batches' losses as if all were of one size. A large batch counts more: weigh
      each loss with its tokens. [{PERPLEXITY}]
        nats = (losses * counts).sum() → nats = losses.mean() * counts.sum()
    sum-of-means: You add up mean losses. A batch's loss is a mean: times its tokens it is their sum.
        nats = (losses * counts).sum() → nats = losses.sum()
    perplexities-averaged: You average the batches' perplexities. Average the losses of all tokens, then take the
      exponential. [{PERPLEXITY}]
        np.exp(nats / tokens) → np.average(np.exp(losses), weights=counts)
    perplexities-averaged-unweighted: You average the batches' perplexities, and as if all were of one size. Average the
      losses of all tokens, then take the exponential. [{PERPLEXITY}]
        np.exp(nats / tokens) → np.exp(losses).mean()
    mean-of-the-batches-in-the-perplexity: In the perplexity you average the batches' losses as if all were of one size.
      Weigh each with its tokens. [{PERPLEXITY}]
        np.exp(nats / tokens) → np.exp(losses.mean())
    nats-for-bits: Your first answer is in nats. A bit is ln 2 nats: divide by np.log(2).
        nats / np.log(2) / characters → nats / characters
    decimal-digits: Your first answer is in decimal digits: you divide by ln 10. A bit is ln 2 nats.
        np.log(2) / → np.log(10) /
    two-to-the-nats: You take 2 to the power of nats. The losses are natural logarithms: take np.exp. [{PERPLEXITY}]
        np.exp(nats / tokens) → 2 ** (nats / tokens)
    e-to-the-bits: You take e to the power of bits. Take np.exp of nats, or 2 to the power of bits. [{PERPLEXITY}]
        np.exp(nats / tokens) → np.exp(nats / np.log(2) / tokens)
    bits-of-a-token: Your first answer is bits per token. It is per character: divide by the characters.
        np.log(2) / characters → np.log(2) / tokens
    perplexity-of-a-character: Your perplexity is that of a character, 2 to the bits per character. It is a token's:
      divide by the tokens. [{PERPLEXITY}]
        np.exp(nats / tokens) → np.exp(nats / characters)
    mean-loss-for-the-perplexity: Your second answer is the mean loss. The perplexity is its exponential. [{PERPLEXITY}]
        np.exp(nats / tokens) → nats / tokens
    a-share-for-the-perplexity: Your second answer is the mean probability, 1 over the perplexity: a minus too many.
      [{PERPLEXITY}]
        np.exp(nats / tokens) → np.exp(-nats / tokens)
    """
)

"""Contract of `string_scores`: how many answers are right as a whole, and how many characters are wrong.

unrolled-canary-30d762e60dc1
"""

from collections.abc import Iterator

import numpy as np

from solutions.exercises.seq2seq.distance import edit_distance as of_distance
from solutions.exercises.seq2seq.distance import edited, word
from solutions.exercises.seq2seq.distance import whole_table as edit_distance
from solutions.judging import kit
from solutions.reference import seq2seq


def _draw(rng: np.random.Generator) -> Iterator[kit.Given]:
    for texts in (3, 4, 6, 8):
        # Of very different lengths, so that a mean over texts is another number.
        gold = [word(rng, int(length)) for length in rng.permutation([2, 12, *rng.integers(3, 12, texts - 2)])]
        right = rng.permutation(texts)[: texts // 3]
        while True:
            predicted = [one if n in right else edited(rng, one, int(rng.integers(1, 4))) for n, one in enumerate(gold)]
            if sum(map(len, predicted)) != sum(map(len, gold)) and predicted != gold:
                break
        yield kit.Given("texts at random", {"gold": gold, "predicted": predicted})
    gold, longer = [word(rng, length) for length in (3, 2, 4)], [word(rng, int(rng.integers(9, 13))) for _ in range(2)]
    yield kit.Given("answers that are much too long", {"gold": gold, "predicted": [longer[0], gold[1], longer[1]]})


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    one, other = word(rng, 5), word(rng, 3)
    for label, gold, predicted in (
        ("all right", [one, other], [one, other]),
        ("one text", [one], [one[1:]]),
        ("nothing comes back", [one, other], ["", ""]),
        ("more wrong than there is", [other[:1]], [one * 3]),
        ("in the wrong order", [one, other], [other, one]),
        ("an empty text among them", [one, ""], [one, other]),
        ("a blank too many", [one, other], [one + " ", other]),
        ("in capitals", [f"{one}a", other], [f"{one}A", other]),
        ("the same text twice", [one, one, other], [one, other, other]),
    ):
        yield kit.Given(label, {"gold": gold, "predicted": predicted})


string_scores = kit.Contract(
    reference=seq2seq.string_scores,
    outputs=kit.near("exact", "error_rate"),
    read="seq2seq#eq-s2s-error-rate",
    parts=(kit.Part("values", _draw), kit.Part("edges", _edges)),
)


@string_scores.derivation(
    words={
        "right": "how many are right as a whole",
        "edits": "the edits",
        "characters": "the characters of the right texts",
        "gold": "the right texts",
        "predicted": "the answers",
    }
)
def counted_together(gold, predicted):
    right = edits = characters = 0
    for one, other in zip(gold, predicted, strict=True):
        right += one == other
        edits += edit_distance(one, other)
        characters += len(one)
    exact = right / len(gold)  #: eq-s2s-exact
    error_rate = edits / characters  #: eq-s2s-error-rate
    return exact, error_rate


@string_scores.variant
def by_arrays(gold, predicted):
    distances = np.array([edit_distance(one, other) for one, other in zip(gold, predicted, strict=True)])
    return np.mean(distances == 0), distances.sum() / np.sum([len(one) for one in gold])


@string_scores.variant
def by_sums(gold, predicted):
    n = len(gold)
    exact = sum(gold[k] == predicted[k] for k in range(n)) / n
    return exact, sum(edit_distance(gold[k], predicted[k]) for k in range(n)) / len("".join(gold))


@string_scores.variant
def weighted_mean_of_rates(gold, predicted):
    pairs = [(one, other) for one, other in zip(gold, predicted, strict=True)]
    lengths = [len(one) for one, _ in pairs]
    rates = [edit_distance(other, one) / max(len(one), 1) for one, other in pairs]
    extra = sum(len(other) for one, other in pairs if not one)
    return len([1 for one, other in pairs if one == other]) / len(pairs), np.average(
        rates, weights=lengths
    ) + extra / sum(lengths)


@string_scores.variant
def lists_of_both(gold, predicted):
    edits = list(map(edit_distance, gold, predicted))
    return [edits.count(0) / len(edits), float(sum(edits)) / sum(len(one) for one in gold)]


@string_scores.variant
def with_a_counter(gold, predicted):
    wrong = total = misses = 0
    for k, text in enumerate(gold):
        distance = edit_distance(text, predicted[k])
        wrong += distance
        misses += distance > 0
        total += len(text)
    return 1 - misses / len(gold), wrong / total


@string_scores.variant
def a_table_of_all(gold, predicted):
    pairs = list(zip(gold, predicted, strict=True))
    table = np.array([[one == other, edit_distance(one, other), len(one)] for one, other in pairs], dtype=float)
    right, edits, characters = table.sum(axis=0)
    return right / len(pairs), edits / characters


string_scores.inherit(of_distance)
string_scores.mistakes(
    """
    mean-over-texts: You take the mean of the texts' rates: each short text weighs as much as a long one. Count all
      edits and all characters, then divide once.
        edits += edit_distance(one, other) → edits += edit_distance(one, other) / max(len(one), 1)
        characters += len(one) → characters += 1
    edits-of-a-text: You divide the edits by the number of texts. Divide by the characters of the right texts.
        edits / characters → edits / len(gold)
    divided-by-the-answers: You divide by the characters of the answers. Divide by those of the right texts: a long
      wrong answer must not earn anything.
        characters += len(one) → characters += len(other)
    divided-by-the-longer: You divide by the longer of both texts. Divide by the right one.
        characters += len(one) → characters += max(len(one), len(other))
    divided-by-both: You divide by the characters of both. Divide by those of the right texts.
        characters += len(one) → characters += len(one) + len(other)
    accuracy-for-error: You return the share of right characters. The rate counts the wrong ones.
        edits / characters → 1 - edits / characters
    cut-at-one: You cut the rate at 1. It may be more: a long wrong answer takes more edits than there are characters.
        error_rate = edits / characters → error_rate = min(1, edits / characters)
    wrong-for-right: You return the share of wrong texts. The share of right ones is asked for.
        exact = right / len(gold) → exact = 1 - right / len(gold)
    count-for-share: exact is a number of texts. It is a share: divide by how many there are.
        exact = right / len(gold) → exact = right
    exact-by-characters: You divide the right texts by the characters. Divide by how many texts there are.
        exact = right / len(gold) → exact = right / characters
    percent-for-share: You return percent. Shares from 0 to 1 are asked for.
        exact = right / len(gold) → exact = 100 * right / len(gold)
        edits / characters → 100 * edits / characters
    capitals-ignored: You ignore capitals. Texts are compared as they are.
        one == other → one.lower() == other.lower()
    blanks-ignored: You strip blanks. Texts are compared as they are.
        one == other → one.strip() == other.strip()
    as-sets: You look whether a right text is among the answers anywhere. Each has its own answer.
        one == other → one in predicted
    wrong-texts-alone: You count the characters of wrong texts alone. All right texts count below.
        characters += len(one) → characters += len(one) * (one != other)
    """
)

"""Contract of `entity_f1`, precision, recall and F1 of entities.

unrolled-canary-c94e1b7052da
"""

from collections.abc import Iterator

import numpy as np

from solutions.exercises.tagging.sentences import KINDS, retagged, sentence
from solutions.exercises.tagging.spans import entities as of_entities
from solutions.exercises.tagging.spans import with_an_open_one as entities
from solutions.judging import kit
from solutions.reference import tagging


def _corpora(rng: np.random.Generator) -> Iterator[kit.Given]:
    for sentences in (2, 3, 5, 8, 12):
        # Of very different lengths, so that a mean over sentences is another number.
        gold = [sentence(rng, int(words)) for words in rng.integers(1, 25, sentences - 1)] + [sentence(rng, 24)]
        while True:
            predicted = [retagged(rng, tags) for tags in gold]
            precision, recall, _ = tagging.entity_f1(gold, predicted)
            if precision and recall and abs(precision - recall) > 0.02:
                break
        yield kit.Given("sentences at random", {"gold": gold, "predicted": predicted})


def _delicate(rng: np.random.Generator) -> Iterator[kit.Given]:
    kind, other = (str(one) for one in rng.permutation(KINDS)[:2])
    one = ["O", f"B-{kind}", f"I-{kind}", "O"]
    cases = {
        "all right": ([one, one], [one, one]),
        "nothing predicted": ([one], [["O"] * 4]),
        "nothing there": ([["O"] * 4], [one]),
        "neither there nor predicted": ([["O"] * 4], [["O"] * 4]),
        "nothing right": ([one], [[f"B-{kind}", "O", "O", f"B-{kind}"]]),
        "the kind is wrong": ([one], [["O", f"B-{other}", f"I-{other}", "O"]]),
        "one word too few": ([one], [["O", f"B-{kind}", "O", "O"]]),
        "one word too many": ([one], [[f"B-{kind}", f"I-{kind}", f"I-{kind}", "O"]]),
        "right words in the wrong sentence": ([one, ["O"] * 4, one], [["O"] * 4, one, one]),
        "an I for a B": ([one], [["O", f"I-{kind}", f"I-{kind}", "O"]]),
        "one of two words begins anew": ([one], [["O", f"B-{kind}", f"B-{kind}", "O"]]),
    }
    for label, (gold, predicted) in cases.items():
        yield kit.Given(label, {"gold": gold, "predicted": predicted})


entity_f1 = kit.Contract(
    reference=tagging.entity_f1,
    outputs=kit.near("precision", "recall", "f1"),
    read="tagging#eq-tag-f1",
    parts=(kit.Part("values", _corpora), kit.Part("edges", _delicate)),
)


@entity_f1.derivation(
    words={
        "right": "how many are right",
        "n_gold": "how many there are",
        "n_predicted": "how many are predicted",
        "of_gold": "the entities that are there",
        "of_predicted": "the predicted entities",
    }
)
def counted_together(gold, predicted):
    right = n_gold = n_predicted = 0
    for one, other in zip(gold, predicted, strict=True):
        of_gold, of_predicted = entities(one), entities(other)
        right += len(set(of_gold) & set(of_predicted))
        n_gold += len(of_gold)
        n_predicted += len(of_predicted)
    precision = right / max(n_predicted, 1)  #: eq-tag-f1
    recall = right / max(n_gold, 1)  #: eq-tag-f1
    f1 = 2 * right / max(n_gold + n_predicted, 1)  #: eq-tag-f1
    return precision, recall, f1


@entity_f1.variant
def sets_with_sentences(gold, predicted):
    there = {(n, *one) for n, tags in enumerate(gold) for one in entities(tags)}
    found = {(n, *one) for n, tags in enumerate(predicted) for one in entities(tags)}
    precision = len(there & found) / len(found) if found else 0.0
    recall = len(there & found) / len(there) if there else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@entity_f1.variant
def misses_counted(gold, predicted):
    tp = fp = fn = 0
    for n in range(len(gold)):
        there, found = entities(gold[n]), entities(predicted[n])
        for one in found:
            if one in there:
                tp += 1
            else:
                fp += 1
        fn += sum(one not in found for one in there)
    if tp == 0:
        return 0.0, 0.0, 0.0
    return tp / (tp + fp), tp / (tp + fn), tp / (tp + (fp + fn) / 2)


@entity_f1.variant
def one_long_sentence(gold, predicted):
    there = entities([tag for tags in gold for tag in [*tags, "O"]])
    found = entities([tag for tags in predicted for tag in [*tags, "O"]])
    right = len([one for one in found if one in set(there)])
    p, r = (right / len(each) if each else 0.0 for each in (found, there))
    return [p, r, 0.0 if right == 0 else 2 / (1 / p + 1 / r)]


@entity_f1.variant
def by_strings(gold, predicted):
    def listed(corpus):
        return [f"{n} {start} {end} {kind}" for n, tags in enumerate(corpus) for start, end, kind in entities(tags)]

    there, found = listed(gold), listed(predicted)
    right = sum(one in there for one in found)
    total = len(there) + len(found)
    return right / (len(found) or 1), right / (len(there) or 1), 2 * right / total if total else 0.0


@entity_f1.variant
def by_arrays(gold, predicted):
    counts = np.array(
        [
            (len(set(entities(one)) & set(entities(other))), len(entities(one)), len(entities(other)))
            for one, other in zip(gold, predicted, strict=True)
        ]
    ).sum(axis=0)
    right, there, found = counts
    return np.float64(right / max(found, 1)), right / max(there, 1), np.divide(2 * right, max(there + found, 1))


@entity_f1.variant
def removed_when_found(gold, predicted):
    right = wrong = missed = 0
    for one, other in zip(gold, predicted, strict=True):
        left = list(entities(one))
        for entity in entities(other):
            if entity in left:
                left.remove(entity)
                right += 1
            else:
                wrong += 1
        missed += len(left)
    precision = right / (right + wrong) if right + wrong else 0
    recall = right / (right + missed) if right + missed else 0
    return float(precision), float(recall), (2 * right) / ((2 * right + wrong + missed) or 1)


entity_f1.inherit(of_entities)
entity_f1.mistakes(
    """
    precision-and-recall-exchanged: Precision and recall are exchanged: precision divides by what is predicted, recall
      by what is there.
        return precision, recall, f1 → return recall, precision, f1
    mean-of-precision-and-recall: Your F1 is the mean of precision and recall. It is their harmonic mean.
        f1 = 2 * right / max(n_gold + n_predicted, 1) → f1 = (precision + recall) / 2
    two-forgotten: The factor 2 of F1 is missing.
        f1 = 2 * right / max(n_gold + n_predicted, 1) → f1 = right / max(n_gold + n_predicted, 1)
    kinds-not-compared: Entities are right in your count whatever their kind. Start, end and kind have to agree.
        len(set(of_gold) & set(of_predicted)) → len({e[:2] for e in of_gold} & {e[:2] for e in of_predicted})
    ends-not-compared: Entities are right in your count wherever they end. Start, end and kind have to agree.
        len(set(of_gold) & set(of_predicted)) → len({e[::2] for e in of_gold} & {e[::2] for e in of_predicted})
    starts-not-compared: Entities are right in your count wherever they start. Start, end and kind have to agree.
        len(set(of_gold) & set(of_predicted)) → len({e[1:] for e in of_gold} & {e[1:] for e in of_predicted})
    one-where-nothing-is: Where nothing is predicted, or nothing is there, you return 1. The answer is 0 there.
        precision = right / max(n_predicted, 1) → precision = right / n_predicted if n_predicted else 1.0
        recall = right / max(n_gold, 1) → recall = right / n_gold if n_gold else 1.0
        f1 = 2 * right / max(n_gold + n_predicted, 1) → n = n_gold + n_predicted; f1 = 2 * right / n if n else 1.0
    divided-by-nothing: Where nothing is predicted, or nothing is there, you divide by zero. The answer is 0 there.
        right / max(n_predicted, 1) → right / n_predicted
        right / max(n_gold, 1) → right / n_gold
    precision-divided-by-nothing: Where nothing is predicted, precision divides by zero. It is 0 there.
        right / max(n_predicted, 1) → right / n_predicted
    recall-divided-by-nothing: Where nothing is there, recall divides by zero. It is 0 there.
        right / max(n_gold, 1) → right / n_gold
    f1-divided-by-nothing: Where nothing is right, F1 divides by precision + recall, zero. It is 0 there.
        f1 = 2 * right / max(n_gold + n_predicted, 1) → f1 = 2 * precision * recall / (precision + recall)
    """
)


@entity_f1.misconception(
    "You count words. Here entities are counted: one of which a word is wrong is wrong as a whole."
)
def over_words(gold, predicted):
    pairs = [pair for one, other in zip(gold, predicted, strict=True) for pair in zip(one, other, strict=True)]
    right = sum(one == other != "O" for one, other in pairs)
    there, found = sum(one != "O" for one, _ in pairs), sum(other != "O" for _, other in pairs)
    return right / max(found, 1), right / max(there, 1), 2 * right / max(there + found, 1)


@entity_f1.misconception("You count words, those outside entities too. Here entities are counted.")
def accuracy_of_words(gold, predicted):
    pairs = [pair for one, other in zip(gold, predicted, strict=True) for pair in zip(one, other, strict=True)]
    share = sum(one == other for one, other in pairs) / max(len(pairs), 1)
    return share, share, share


@entity_f1.misconception(
    "An entity counts as right where it shares a word with one of its kind. Start and end have to agree."
)
def overlap_is_enough(gold, predicted):
    right = n_gold = n_predicted = 0
    for one, other in zip(gold, predicted, strict=True):
        there, found = entities(one), entities(other)
        right += sum(any(e[2] == g[2] and e[0] < g[1] and g[0] < e[1] for g in there) for e in found)
        n_gold += len(there)
        n_predicted += len(found)
    return right / max(n_predicted, 1), right / max(n_gold, 1), 2 * right / max(n_gold + n_predicted, 1)


@entity_f1.misconception(
    "You take the mean over sentences. Count the entities of all sentences together, then divide once."
)
def mean_over_sentences(gold, predicted):
    each = []
    for one, other in zip(gold, predicted, strict=True):
        there, found = set(entities(one)), set(entities(other))
        right, n_gold, n_predicted = len(there & found), len(there), len(found)
        each.append((right / max(n_predicted, 1), right / max(n_gold, 1), 2 * right / max(n_gold + n_predicted, 1)))
    return tuple(float(np.mean(column)) for column in zip(*each, strict=True))


@entity_f1.misconception("You take the mean over kinds. Count the entities of all kinds together, then divide once.")
def mean_over_kinds(gold, predicted):
    there, found = (
        {(n, *entity) for n, tags in enumerate(corpus) for entity in entities(tags)} for corpus in (gold, predicted)
    )
    each = [] if there | found else [(0.0, 0.0, 0.0)]
    for kind in sorted({entity[3] for entity in there | found}):
        of_gold, of_predicted = ({entity for entity in every if entity[3] == kind} for every in (there, found))
        right, n_gold, n_predicted = len(of_gold & of_predicted), len(of_gold), len(of_predicted)
        each.append((right / max(n_predicted, 1), right / max(n_gold, 1), 2 * right / max(n_gold + n_predicted, 1)))
    return tuple(float(np.mean(column)) for column in zip(*each, strict=True))


@entity_f1.misconception(
    "Entities of different sentences are taken for the same. Compare those of each sentence with its own."
)
def sentences_forgotten(gold, predicted):
    there = {one for tags in gold for one in entities(tags)}
    found = {one for tags in predicted for one in entities(tags)}
    right = len(there & found)
    return right / max(len(found), 1), right / max(len(there), 1), 2 * right / max(len(there) + len(found), 1)

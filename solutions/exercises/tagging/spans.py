"""Contract of `entities`, from tags to entities.

unrolled-canary-7a05d8c1e36f
"""

from collections.abc import Iterator

import numpy as np

from solutions.exercises.tagging.sentences import sentence
from solutions.judging import kit
from solutions.reference import tagging

READ = "tagging#eq-tag-f1"
# Each shows one rule alone.
DELICATE = {
    "no entity": "O O O",
    "one word": "B-PER",
    "one word that begins with an I": "I-LOC",
    "an entity at the end": "O B-PER I-PER",
    "two of a kind, side by side": "B-LOC I-LOC B-LOC",
    "two kinds, side by side": "B-PER B-ORG I-ORG",
    "an I behind O": "O I-PER I-PER O",
    "an I of another kind": "B-PER I-LOC I-LOC",
    "an I of another kind behind O": "B-PER O I-LOC",
    "an I of its kind behind O": "B-PER O I-PER",
    "I alone, of three kinds": "I-PER I-LOC I-ORG",
    "a kind with a hyphen": "O B-creative-work I-creative-work B-work",
}


def _at_random(rng: np.random.Generator) -> Iterator[kit.Given]:
    for words in (6, 9, 12, 12, 15, 20):
        yield kit.Given("a sentence at random", {"tags": sentence(rng, words)})


def _delicate(rng: np.random.Generator) -> Iterator[kit.Given]:
    for label, tags in DELICATE.items():
        yield kit.Given(label, {"tags": tags.split()})
    yield kit.Given("no word", {"tags": []})


entities = kit.Contract(
    reference=tagging.entities,
    outputs=(kit.exact("found"),),
    read=READ,
    parts=(kit.Part("values", _at_random), kit.Part("edges", _delicate)),
)


@entities.derivation(
    words={"found": "the entities", "begin": "where the entity began", "kind": "its kind", "own": "the tag's kind"},
)
def with_an_open_one(tags):
    found, begin, kind = [], 0, ""
    for t, tag in enumerate([*tags, "O"]):
        own = tag[2:]
        begins = tag.startswith("B") or own != kind
        if kind and begins:
            found.append((begin, t, kind))  #: eq-tag-f1
        if begins:
            begin, kind = t, own
    return found


@entities.variant
def by_index(tags):
    found, t = [], 0
    while t < len(tags):
        if tags[t] == "O":
            t += 1
            continue
        _, kind = tags[t].split("-", 1)
        end = t + 1
        while end < len(tags) and tags[end] == "I-" + kind:
            end += 1
        found.append((t, end, kind))
        t = end
    return found


@entities.variant
def extended(tags):
    found = []
    for t, tag in enumerate(tags):
        if tag == "O":
            continue
        mark, kind = tag[0], tag[2:]
        if mark == "I" and found and found[-1][1] == t and found[-1][2] == kind:
            found[-1][1] = t + 1
        else:
            found.append([t, t + 1, kind])
    return tuple(tuple(one) for one in found)


@entities.variant
def starts_and_ends(tags):
    before, behind = ["O", *tags], [*tags, "O"]

    def apart(one, other):
        return other[:1] != "I" or one[2:] != other[2:]

    starts = [t for t, tag in enumerate(tags) if tag != "O" and apart(before[t], tag)]
    ends = [t + 1 for t, tag in enumerate(tags) if tag != "O" and apart(tag, behind[t + 1])]
    return [(a, b, tags[a][2:]) for a, b in zip(starts, ends, strict=True)]


@entities.variant
def last_and_current(tags):
    found, current = [], None
    for t in range(len(tags)):
        prefix, _, kind = tags[t].partition("-")
        if prefix == "O":
            if current is not None:
                found.append((current[0], t, current[1]))
            current = None
        elif prefix == "B" or current is None or current[1] != kind:
            if current is not None:
                found.append((current[0], t, current[1]))
            current = (t, kind)
    if current is not None:
        found.append((current[0], len(tags), current[1]))
    return found


@entities.variant
def from_the_end(tags):
    found, end = [], None
    for t in range(len(tags) - 1, -1, -1):
        tag = tags[t]
        if tag == "O":
            continue
        end = end or t + 1
        previous = tags[t - 1] if t else "O"
        if tag[0] == "B" or previous[2:] != tag[2:]:
            found.insert(0, (t, end, tag[2:]))
            end = None
    return found


@entities.variant
def grouped_words(tags):
    groups = []
    for t, tag in enumerate(tags):
        if tag == "O":
            groups.append([])
        elif tag.startswith("I") and groups and groups[-1] and groups[-1][-1][1] == tag[2:]:
            groups[-1].append((t, tag[2:]))
        else:
            groups.append([(t, tag[2:])])
    return [(group[0][0], group[-1][0] + 1, group[0][1]) for group in groups if group]


entities.rewrite("not-inside", ('tag.startswith("B") or own != kind', 'not (tag.startswith("I") and own == kind)'))
entities.mistakes(
    """
    b-after-b-joined: A B of the kind of the entity before it continues that one. A B always begins a new entity.
        tag.startswith("B") or own != kind → own != kind
    last-one-lost: An entity that ends with the sentence is lost: nothing follows that would end it.
        [*tags, "O"] → tags
    end-inclusive: The end is that of the last word. It is one behind it, as in a slice: tags[start:end].
        found.append((begin, t, kind)) → found.append((begin, t - 1, kind))
    kind-first: An entity is (start, end, kind), in this order. Yours begins with its kind.
        found.append((begin, t, kind)) → found.append((kind, begin, t))
    without-the-kind: The kind is missing: an entity is (start, end, kind).
        found.append((begin, t, kind)) → found.append((begin, t))
    kind-with-its-mark: The kind has its mark still, such as B-. It is what follows the hyphen.
        found.append((begin, t, kind)) → found.append((begin, t, tags[begin]))
    kind-behind-the-last-hyphen: A kind may hold a hyphen itself. Cut the tag at the first one.
        own = tag[2:] → own = tag.split("-")[-1] * (tag != "O")
    kind-of-the-next-tag: An entity gets the kind of the tag that ends it. Keep the kind of its first.
        found.append((begin, t, kind)) → found.append((begin, t, own))
    each-word-an-entity: Every word is an entity of its own in your list. An I continues the entity before it.
        begins = tag.startswith("B") or own != kind → begins = True
    length-for-the-end: You return the length in the place of the end.
        found.append((begin, t, kind)) → found.append((begin, t - begin, kind))
    """
)


@entities.misconception(
    "An I that continues nothing is dropped. Here it begins an entity, as in conlleval and in seqeval."
)
def stray_i_dropped(tags):
    found, current = [], None
    for t, tag in enumerate([*tags, "O"]):
        if current and not (tag.startswith("I") and tag[2:] == current[1]):
            found.append((current[0], t, current[1]))
            current = None
        if tag.startswith("B"):
            current = t, tag[2:]
    return found


@entities.misconception(
    "An I of another kind continues the entity before it. It ends that one, and begins one of its own kind."
)
def i_of_another_kind_joined(tags):
    found, current = [], None
    for t, tag in enumerate([*tags, "O"]):
        if current and not tag.startswith("I"):
            found.append((current[0], t, current[1]))
            current = None
        if tag.startswith("B") or (tag.startswith("I") and not current):
            current = t, tag[2:]
    return found


@entities.misconception(
    "An I of another kind is dropped: it ends the entity before it, and begins none. It begins one of its own kind."
)
def i_of_another_kind_dropped(tags):
    found, current = [], None
    for t, tag in enumerate([*tags, "O"]):
        continues = current and tag.startswith("I") and tag[2:] == current[1]
        if current and not continues:
            found.append((current[0], t, current[1]))
        if not continues:
            before = tags[t - 1] if t else "O"
            begins = tag.startswith("B") or (tag.startswith("I") and before == "O")
            current = (t, tag[2:]) if begins else None
    return found


@entities.misconception("Only a B begins an entity in your list. An I does, too, where it continues none of its kind.")
def only_b_begins(tags):
    found, current = [], None
    for t, tag in enumerate([*tags, "O"]):
        if current and not tag.startswith("I"):
            found.append((current[0], t, current[1]))
            current = None
        if tag.startswith("B"):
            current = t, tag[2:]
    return found


@entities.misconception(
    "A kind may hold a hyphen itself, so that a tag has more than two pieces. Cut it at the first one."
)
def hyphens_refused(tags):
    found, begin, kind = [], 0, ""
    for t, tag in enumerate([*tags, "O"]):
        mark, own = tag.split("-") if tag != "O" else ("O", "")
        begins = mark == "B" or own != kind
        if kind and begins:
            found.append((begin, t, kind))
        if begins:
            begin, kind = t, own
    return found

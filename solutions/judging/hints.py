"""What a mistake that a family made is called: its name for machines, and the sentence for students.

The sentences are templates, one a family; what stands in them are pieces of the derivation, in the words of a table
that the cell has. Both are plain tables, so that another language is another pair of them.

unrolled-canary-a40d9c6e17b5
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from solutions.judging.derivation import CONDITION, LOOP, Rewrite

# Fields: where (the line's target, "In dU"), and what the family says (`Rewrite.about`).
ENGLISH = {
    # slopes
    "slope-missing": "The derivative of the {function} is missing: {s}.",
    "slopes-missing": "The derivatives of the squashing functions are missing: {s}.",
    "slope-of-a-tanh": "You use the derivative of a tanh for {s}. Of a sigmoid s the slope is s (1 − s).",
    "slope-without-1-s": "Of a sigmoid s the slope is s (1 − s). For {s} the factor 1 − s is missing.",
    "slope-without-s": "Of a sigmoid s the slope is s (1 − s). For {s} the factor s is missing.",
    "slope-of-a-second-sigmoid": "You take the sigmoid once more: {s}. It is the sigmoid already, and its slope is "
    "s (1 − s).",
    "slope-of-a-sigmoid": "You use the derivative of a sigmoid for {s}. Of a tanh s the slope is 1 − s².",
    "slope-of-a-second-tanh": "You take the tanh once more: {s}. It is the tanh already, and its slope is 1 − s².",
    "slope-not-squared": "Of a tanh s the slope is 1 − s². For {s} you have 1 − s.",
    "slope-squared-whole": "Of a tanh s the slope is 1 − s². For {s} you have (1 − s)².",
    "slope-of-another": "In the place of the slope of {s} stands that of {new}.",
    "slope-wrong": "The slope of the {function} is wrong in {s}: you have {new}. Of a sigmoid s it is s (1 − s), of a "
    "tanh s it is 1 − s².",
    # sums
    "terms-missing": "{where} something is missing: {gone}.",
    "not-accumulated": "{gone} is overwritten each time. Everything that contributes to it is added up.",
    "term-of-the-wrong-sign": "{where}, {term} has the wrong sign.",
    "turned-round": "{where} a difference stands the wrong way round: {of} is meant.",
    "subtrahend-alone": "{where} stands {other} alone. It is subtracted from {one}.",
    "multiplied-for-subtracted": "{where}, {one} and {other} are multiplied. The second is subtracted.",
    "term-twice": "{where}, {term} is counted twice.",
    "terms-multiplied": "{where}, {one} and {other} are multiplied. They are added.",
    "larger-of-the-terms": "{where} you keep the larger of {one} and {other}. They are added.",
    "mean-of-the-terms": "{where} you take the mean of {one} and {other}. They are added.",
    "taken-away": "Taken away instead of added: what {term} collects.",
    # products
    "factors-missing": "{where} a factor is missing: {gone}.",
    "factors-added": "{where}, {one} and {other} are added. They are multiplied.",
    "factor-subtracted": "{where}, {other} is subtracted from {one}. They are multiplied.",
    "divided": "{where}, {one} is divided by {other}. They are multiplied.",
    "share-inverted": "{where} stands {new} in the place of {old}.",
    "factor-zero": "{where}, the factor {old} is zero.",
    "factor-squared": "{where}, {old} stands twice as a factor.",
    "another-power": "{where} stands {new}. It is {old}.",
    "complement": "{where} stands {new} in the place of {old}.",
    "minus-missing": "{where} a minus is missing.",
    "not-divided": "{where}, {above} is not divided by {below}.",
    "divisor-alone": "{where} stands {below} alone. It divides {above}.",
    "multiplied-for-divided": "{where}, {above} is multiplied with {below}. It is divided by it.",
    "upside-down": "{where}, {above} and {below} stand upside down: the first is divided by the second.",
    "subtracted-for-divided": "{where}, {below} is subtracted from {above}. It divides it.",
    "added-for-divided": "{where}, {below} is added to {above}. It divides it.",
    # kernels
    "not-transposed": "{where} a transpose is missing, that of {what}.",
    "transposed": "{where} there is a transpose too many: {what} stands there as it is.",
    "kernels-swapped": "{where} two are swapped: {what}.",
    "kernel-left-out": "{where}, {kept} is not multiplied with {what}.",
    "entry-by-entry": "{where}, {one} and {other} are multiplied entry by entry. It is a product of matrices.",
    "other-way-round": "{where}, the product of {one} and {other} stands the other way round.",
    "after-the-product": "{where}, {what} multiplies the product with {product}. It comes before that.",
    "product-transposed": "{where} a product is transposed: a gradient has the shape of what it belongs to.",
    "first-row-only": "Of the first sample of the batch alone: {what}. Every sample contributes.",
    # calls
    "function-missing": "{where}, the {function} is missing.",
    "other-function": "{where} stands {new}. It is {function}.",
    "function-twice": "{where}, the {function} is taken twice.",
    "other-reduction": "{where} you take the {new}. It is the {function}.",
    "not-reduced": "{where} the {function} over an axis is missing.",
    "other-axis": "{where} the axis of {function} is {new}. It is {old}.",
    "without-axis": "{where} the axis of {function} is missing: it is {old}.",
    "without-keepdims": "{where}, keepdims=True is missing: the {function} loses its axis and no longer lines up.",
    "taken-apart-in-another-order": "You take apart in the order {order} what stands in the order {right}.",
    "joined-in-another-order": "{where}, the parts stand in the order {order}. It is {right}.",
    # loops
    "forwards": "The loop runs forwards in time. A gradient is complete only when all later steps are done.",
    "backwards": "The sequence is gone through backwards. Begin at step 0.",
    "first-step-left-out": "The loop leaves out step 0. In Python, range(T - 1, -1, -1) and reversed(range(T)) end "
    "with 0; range(T - 1, 0, -1) ends with 1.",
    "begins-with-step-1": "The loop leaves out step 0: it begins with 1.",
    "last-step-left-out": "The loop leaves out the last step.",
    "naive-sigmoid": "Made of plain exponentials, a sigmoid or a tanh overflows where its argument is large. Use "
    "the stable sigmoid, and np.tanh.",
    "naive-tanh": "Made of plain exponentials, a sigmoid or a tanh overflows where its argument is large. Use the "
    "stable sigmoid, and np.tanh.",
    "over-the-batch": "Your loop runs over the batch: len({what}) and {what}[t], or `for x in {what}`, count "
    "sequences. The steps are {what}.shape[1], and step t is {what}[:, t].",
    "not-carried": "{what} is not handed on from step to step: each step begins with what the first one had.",
    "last-step-not-passed": "Left out for {what}: the step in which {variable} is 0.",
    "begins-with-zeros": "{what} begins with zeros. It begins with {old}.",
    "begins-with-the-last": "{what} begins with the last entry of {new}, which the loop counts once more. Begin "
    "with zeros.",
    "returned-in-the-loop": "The return stands inside the loop: only one step is gone through. Indent it less.",
    "another-step": "{where} stands {new}, of another step. It is {old}.",
    "in-reverse": "In reverse order: {what}.",
    "time-first": "{where} time comes first. Batch comes first: axis=1 in np.stack.",
    "last-entry-alone": "You return one step alone. All steps are asked for.",
    "added-up": "The steps are added up. Each entry is that of its step alone.",
    "start-among-them": "What you began with, {start}, is among what you return: T + 1 entries. Return those after it.",
    "one-step-late": "What you return is one step late: it begins with {start}. Store each entry after its step.",
    # answers
    "answer-zero": "{place} comes back as zero.",
    "answer-missing": "You return too few. What is asked for: {outputs}.",
    "answer-alone": "You return {place} alone. What is asked for: {outputs}.",
    "answers-swapped": "You return {first} and {second} in the wrong order.",
    "averaged-over-batch": "Divided by the batch size: {what}. Sum here, for what averages is in the loss.",
    "averaged-over-time": "Divided by the number of steps: {what}. Sum here, for what averages is in the loss.",
    # slips of the pen
    "other-index": "{where} stands the index {new}. It is {old}.",
    "indices-swapped": "{where}, the indices {one} and {other} stand in the wrong order.",
    "one-branch": "{where} there is no choice: {kept} is taken always.",
    "other-number": "{where} stands {new}. It is {old}.",
    "other-comparison": "{where} stands {new}. It is {old}.",
    "arguments-swapped": "{where}, {function} gets two arguments in the wrong order: {one}, and {other}.",
    "negated": "{where} there is a minus too many, before {what}.",
    # statements and names
    "at-the-end-of-the-step": "Too late: {what} is made at the end of a step. It comes before what follows from it.",
    "at-one-step-alone": "Of {what}, the {index} step alone is used. Every step has one.",
    "passed-straight-on": "{where}, {new} is added. It goes on only through what was computed, not past it.",
    "added-to-itself": "Added to what it was, instead of replaced: {what}.",
    "statement-missing": "A line is missing, that of {what}.",
    "statements-swapped": "Two lines stand in the wrong order, those of {one} and {other}.",
    "another-value": "{where} stands {new} in the place of {old}.",
    "another-value-everywhere": "Wherever {old} belongs, there stands {new}.",
    "made-too-early": "{where} stands {new} in the place of {old}, which is made from it: a step is left out.",
    "values-swapped": "Taken for each other: {one} and {other}.",
    "first-row-for-all": "{where}, every row gets {what} of the first one. Each row has its own.",
    "mean-over-batch": "{where}, {what} is averaged over the batch. Each row has its own.",
    # other kinds
    "before-the-loop": "Done once, before the loop: {what}. Every batch needs it anew.",
    "behind-the-loop": "Done once, when the loop is over: {what}. Every batch needs it.",
    "piling-up": "Gradients pile up: {what} is added to that of the batches before. Each step begins with none.",
    "largest-for-logsumexp": "{where} you take the largest. It is the logarithm of the sum of exponentials.",
    "exponential-left-out": "{where} the exponential is missing: you take the logarithm of a sum of logarithms.",
    "logarithm-left-out": "{where} the logarithm is missing: scores stay logarithms all the way.",
    "mean-in-logsumexp": "{where} you take a mean of exponentials. It is their sum.",
    "naive-logsumexp": "{where} an exponential overflows where scores are large. Take the largest out first, as "
    "logsumexp does.",
    "transitions-turned-round": "{where}, {what} is turned round: its rows are where a step comes from.",
    "call-left-out": "{where}, {function}() is missing.",
    "other-call": "{where} stands {new}(). It is {function}().",
    "bytes-for-characters": "You go through the bytes of {of}. A character may have several: go through the "
    "characters.",
    "unknown-refused": "{where}, a character that {of} does not have raises an error. It has a token of its own.",
    "no-room": "{where}, the room for the special tokens is miscounted: {new} in the place of {old}.",
    "slots-miscounted": "{where} the places of the special tokens are miscounted: {new} in the place of {old}.",
    "finished-dropped": "Hypotheses that are finished are dropped. They stay, and compete with the others.",
    "finished-not-stopped": "Hypotheses grow on behind their end. One that is finished stays as it is.",
    "finished-kept-and-grown": "A hypothesis that is finished stays, and grows on as well. It only stays.",
    "worst-first": "The worst hypotheses come first, and are kept. Sort so that the best are first.",
    "by-length": "Scores are divided by the length before they are compared. Here they are compared as they are.",
    "greedy": "One hypothesis is kept. Keep as many as {what} says.",
    "none-dropped": "All hypotheses are kept. Keep as many as {what} says.",
    "one-too-many": "One hypothesis too many is kept: as many as {what} says.",
}
SYMBOLS = (
    (r"\s*\*\*\s*2\b", "²"),
    (r"\s*\*\*\s*3\b", "³"),
    (r" - ", " − "),
    (r" \* ", " ⊙ "),
    (r"\b(np|torch|ops)\.", ""),
)
LONGEST = 26  # of a piece of code in a sentence: of a longer one, what it ends with is told
HEADS = {LOOP: "In the loop's head", CONDITION: "In the condition"}
MANY = 3  # names that one line sets
SILENT = {"np", "torch", "ops", "axis", "T", "keepdims", "True", "self"}
NAMED_PIECE = re.compile(r"[A-Za-z_][\w]*|\d+")


class Words:
    """What the pieces of a derivation are called: a variable by its words, a term by the name that its mark has.

    Args:
        table: words by variable, or by piece of code.
        outputs: the names of the answers, in order.
        templates: sentences by family.
    """

    def __init__(
        self, table: Mapping[str, str], outputs: Sequence[str] = (), templates: Mapping[str, str] = ENGLISH
    ) -> None:
        self._table, self._outputs, self._templates = table, outputs, templates

    def sentence(self, rewrite: Rewrite) -> str:
        """What is wrong."""
        said = {key: self._field(key, text) for key, text in rewrite.about.items()}
        several = [target for target in rewrite.targets if target.isidentifier()]
        where = f"In {' and '.join(several)}" if 1 < len(several) <= MANY else self._where(rewrite.line.target)
        return self._templates[rewrite.family].format(where=where, outputs=self._all_outputs(), **said)

    def _all_outputs(self) -> str:
        *others, last = self._outputs or ("all of them",)
        return f"{', '.join(others)} and {last}" if others else last

    def _where(self, target: str) -> str:
        if target in ("", "return"):
            return "In what you return"
        if target in HEADS:
            return HEADS[target]
        names = target.split(", ")
        if len(names) == 1:
            return f"In {_pretty(target)}"
        return (
            f"In the line of {names[0]} and {names[1]}"
            if len(names) < MANY
            else f"In the line of {names[0]}, {names[1]}, …"
        )

    def _field(self, key: str, text: str) -> str:
        if key in ("function", "index", "variable"):
            return text
        if key in ("place", "first", "second"):
            place = int(text) - 1
            return self._outputs[place] if place < len(self._outputs) else f"answer {text}"
        if key in ("order", "right"):
            return ", ".join(_short(one) for one in text.split(", "))
        return " and ".join(self._of(one) for one in text.split(" and "))

    def _of(self, piece: str) -> str:
        if piece.startswith("@"):
            return piece[1:]
        word = self._table.get(piece) or self._of_gradient(piece)
        symbol = _short(piece)
        return f"{symbol} ({word})" if word else symbol

    def _of_gradient(self, piece: str) -> str:
        if piece.startswith("da_") and piece[3:] in self._table:
            return f"the gradient of the sum inside {self._table[piece[3:]]}"
        if piece.startswith("d") and piece[1:] in self._table:
            return f"the gradient of {self._table[piece[1:]]}"
        return ""


def name(rewrite: Rewrite) -> str:
    """A name for machines: the family, the line's target and what it speaks of; no piece of code."""
    pieces = [rewrite.line.target if rewrite.line.target not in ("return", *HEADS) else "", *rewrite.about.values()]
    found = [one for piece in pieces for one in NAMED_PIECE.findall(piece) if one not in SILENT]
    return "-".join([rewrite.family, *dict.fromkeys(found)][:8])


def _pretty(piece: str) -> str:
    for pattern, new in SYMBOLS:
        piece = re.sub(pattern, new, piece)
    return piece


def _short(piece: str) -> str:
    # A sentence is no place for a line of code.
    text = _pretty(piece)
    if len(text) <= LONGEST:
        return text
    names = [one for one in NAMED_PIECE.findall(piece) if one not in SILENT and not one.isdigit()]
    return f"the part with {names[-1]}" if names else "a part"

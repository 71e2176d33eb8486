"""Contract of `split_windows`, parts of a series that share no target.

unrolled-canary-76b62e09f867
"""

from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.reference import forecasting


def _given(steps: int, length: int, horizon: int, valid: int, test: int) -> kit.Arguments:
    return {"steps": steps, "length": length, "horizon": horizon, "valid": valid, "test": test}


def _draw(rng: np.random.Generator) -> Iterator[kit.Given]:
    # Parts longer than a window with its targets, so that a wrong border is no empty part.
    for length, horizon in rng.permutation([[3, 2], [5, 3], [2, 4], [6, 5], [4, 3]]):
        one, two, three = (int(length + horizon + more) for more in rng.integers(3, 12, 3))
        yield kit.Given("three parts", _given(one + two + three, int(length), int(horizon), one, one + two))


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    some, more = (int(steps) for steps in rng.integers(8, 16, 2))
    length, horizon = (int(steps) for steps in rng.integers(3, 7, 2))
    for label, w, K, parts in (
        ("one step ahead", length, 1, (some + length, 7, more)),
        ("windows of one step", 1, horizon, (some, more, horizon + 6)),
        ("a horizon longer than the window", 2, horizon + 1, (some, more, horizon + 5)),
        ("room for one window in each part", length, horizon, (length + horizon, horizon, horizon)),
        ("a validation part shorter than the horizon", length, horizon, (some + length, horizon - 1, more)),
        ("a training part shorter than a window", length, horizon, (length - 1, some, more)),
        ("a test part shorter than the horizon", length, horizon, (some + length, more, horizon - 1)),
        ("no validation part", length, horizon, (some + length, 0, more)),
        ("a series shorter than a window", length + 6, horizon + 1, (length, 3, horizon)),
    ):
        first, second, third = parts
        yield kit.Given(label, _given(first + second + third, w, K, first, first + second))


split_windows = kit.Contract(
    reference=forecasting.split_windows,
    outputs=kit.near("training", "validation", "test"),
    read="forecasting#eq-fc-split",
    parts=(kit.Part("values", _draw), kit.Part("edges", _edges)),
)


@split_windows.derivation(
    words={
        "n": "the numbers of the windows",
        "first": "the step of the first target",
        "end": "the step behind the last target",
        "training": "the training windows",
        "validation": "the validation windows",
        "testing": "the test windows",
    },
    # One part of a count in the place of another: no sentence says what is meant.
    without=[f"complement-n-steps-length-horizon-1{which}" for which in ("", "-2", "-3", "-2-2", "-0", "-4")],
)
def by_targets(steps, length, horizon, valid, test):
    n = np.arange(max(steps - length - horizon + 1, 0))
    first = n + length  #: eq-fc-split
    end = n + length + horizon  #: eq-fc-split
    training = n[end <= valid]  #: eq-fc-split
    validation = n[(first >= valid) & (end <= test)]  #: eq-fc-split
    testing = n[first >= test]  #: eq-fc-split
    return training, validation, testing


@split_windows.variant
def three_ranges(steps, length, horizon, valid, test):
    whole = length + horizon
    training = np.arange(0, max(valid - whole + 1, 0))
    validation = np.arange(max(valid - length, 0), max(test - whole + 1, 0))
    return training, validation, np.arange(max(test - length, 0), max(steps - whole + 1, 0))


@split_windows.variant
def window_after_window(steps, length, horizon, valid, test):
    parts = [], [], []
    for n in range(steps - length - horizon + 1):
        targets = range(n + length, n + length + horizon)
        for part, low, high in zip(parts, (0, valid, test), (valid, test, steps), strict=True):
            if all(low <= step < high for step in targets):
                part.append(n)
    return parts


@split_windows.variant
def parts_of_both_ends(steps, length, horizon, valid, test):
    n = np.arange(steps - length - horizon + 1)
    part = np.searchsorted([valid, test], [n + length, n + length + horizon - 1], side="right")
    return tuple(n[(part == one).all(axis=0)] for one in range(3))


@split_windows.variant
def what_does_not_fit_taken_away(steps, length, horizon, valid, test):
    found = []
    for low, high in ((0, valid), (valid, test), (test, steps)):
        every = set(range(steps - length - horizon + 1))
        outside = {n for n in every if n + length < low or n + length + horizon > high}
        found.append(np.array(sorted(every - outside), dtype=int))
    return tuple(found)


ALL = "np.arange(max(steps - length - horizon + 1, 0))"
TRAINING, VALIDATION, TESTING = "n[end <= valid]", "n[(first >= valid) & (end <= test)]", "n[first >= test]"
for name, hint, *edits in (
    (
        "training-foretells-validation",
        "A leak: the last training windows have targets in the validation part. All their targets have to lie before "
        "it: n + w + K ≤ valid.",
        (TRAINING, "n[first < valid]"),
    ),
    (
        "validation-foretells-test",
        "A leak: the last validation windows have targets in the test part. All their targets have to lie before it: "
        "n + w + K ≤ test.",
        (VALIDATION, "n[(first >= valid) & (first < test)]"),
    ),
    (
        "targets-over-both-borders",
        "A leak: windows near a border have targets on its other side. ALL targets of a window have to lie in its "
        "part: n + w + K ≤ valid, and ≤ test.",
        (TRAINING, "n[first < valid]"),
        (VALIDATION, "n[(first >= valid) & (first < test)]"),
    ),
    (
        "by-the-end-of-the-targets",
        "A window whose targets lie in two parts is put into the later one. It belongs to none: then the later part is "
        "measured on targets of the earlier one.",
        (VALIDATION, "n[(end > valid) & (end <= test)]"),
        (TESTING, "n[end > test]"),
    ),
    (
        "by-the-start-of-the-window",
        "A leak: you compare valid and test, which count steps, with the numbers of windows, where these begin. Their "
        "targets lie later, at the steps n + w to n + w + K − 1, and decide.",
        (TRAINING, "n[n < valid]"),
        (VALIDATION, "n[(n >= valid) & (n < test)]"),
        (TESTING, "n[n >= test]"),
    ),
    (
        "validation-begins-too-early",
        "Windows with targets on both sides of `valid` are put into the validation. They belong to no part: "
        "n + w ≥ valid.",
        (VALIDATION, "n[(end > valid) & (end <= test)]"),
    ),
    (
        "test-begins-too-early",
        "Windows with targets on both sides of `test` are put into the test. They belong to no part: n + w ≥ test.",
        (TESTING, "n[end > test]"),
    ),
    (
        "inputs-may-not-reach-back",
        "Windows are missing whose inputs reach back into the part before. These are past, and no leak: only the "
        "targets have to lie in the part.",
        (VALIDATION, "n[(n >= valid) & (end <= test)]"),
        (TESTING, "n[n >= test]"),
    ),
    (
        "inputs-of-validation-may-not-reach-back",
        "Validation windows are missing whose inputs reach back into the training part. These are past, and no leak: "
        "only the targets have to lie in the part.",
        (VALIDATION, "n[(n >= valid) & (end <= test)]"),
    ),
    (
        "inputs-of-test-may-not-reach-back",
        "Test windows are missing whose inputs reach back into the validation part. These are past, and no leak: only "
        "the targets have to lie in the part.",
        (TESTING, "n[n >= test]"),
    ),
    (
        "training-one-short",
        "The last training window is missing: its targets may end with step valid − 1, n + w + K ≤ valid.",
        (TRAINING, "n[end < valid]"),
    ),
    (
        "both-ends-one-short",
        "The last window before each border is missing: n + w + K may be equal to valid, and to test.",
        (TRAINING, "n[end < valid]"),
        (VALIDATION, "n[(first >= valid) & (end < test)]"),
    ),
    (
        "training-one-long",
        "A leak: the last training window's last target is the first step of the validation part. n + w + K ≤ valid.",
        (TRAINING, "n[end <= valid + 1]"),
    ),
    (
        "both-ends-one-long",
        "A leak: the last target of the last training and validation window lies behind the border. n + w + K ≤ valid, "
        "and ≤ test.",
        (TRAINING, "n[end <= valid + 1]"),
        (VALIDATION, "n[(first >= valid) & (end <= test + 1)]"),
    ),
    (
        "starts-one-late",
        "The first window behind each border is missing: its first target is the part's first step, n + w ≥ valid, and "
        "n + w ≥ test.",
        (VALIDATION, "n[(first > valid) & (end <= test)]"),
        (TESTING, "n[first > test]"),
    ),
    (
        "starts-one-early",
        "The first target of the first validation and test window lies before the border. n + w ≥ valid, and n + w ≥ "
        "test.",
        (VALIDATION, "n[(first >= valid - 1) & (end <= test)]"),
        (TESTING, "n[first >= test - 1]"),
    ),
    (
        "last-window-missing",
        "The last window of the series is missing: there are T − w − K + 1.",
        (ALL, "np.arange(max(steps - length - horizon, 0))"),
    ),
    (
        "windows-without-targets",
        "The last test windows have targets behind the end of the series. There are T − w − K + 1 windows.",
        (ALL, "np.arange(max(steps - length, 0))"),
    ),
    (
        "too-short-has-windows",
        "A series that is too short for a window has none.",
        (ALL, "np.arange(abs(steps - length - horizon + 1))"),
    ),
    (
        "steps-for-numbers",
        "You return the steps of the first targets. The numbers of the windows are asked for.",
        ("return training, validation, testing", "return training + length, validation + length, testing + length"),
    ),
    (
        "last-steps-for-numbers",
        "You return the steps of the last inputs. The numbers of the windows are asked for.",
        (
            "return training, validation, testing",
            "return training + length - 1, validation + length - 1, testing + length - 1",
        ),
    ),
    (
        "how-many",
        "You return how many windows each part has. Their numbers are asked for.",
        ("return training, validation, testing", "return len(training), len(validation), len(testing)"),
    ),
    (
        "validation-and-test-exchanged",
        "The test windows stand in the middle. Their order is training, validation, test.",
        ("return training, validation, testing", "return training, testing, validation"),
    ),
    (
        "validation-in-the-training",
        "A leak: the validation windows are in the training, too.",
        (TRAINING, "n[end <= test]"),
    ),
    (
        "everything-in-the-training",
        "A leak: all windows are in the training.",
        (TRAINING, "n"),
    ),
    (
        "test-in-the-validation",
        "A leak: the test windows are in the validation, too.",
        (VALIDATION, "n[first >= valid]"),
    ),
    (
        "gap-of-a-window",
        "A whole window of steps is left out of the training: before the border all that counts is where the targets "
        "end, n + w + K ≤ valid.",
        (TRAINING, "n[end + length <= valid]"),
    ),
    (
        "shuffled",
        "The numbers are not in their order. Time decides, nothing is shuffled.",
        ("return training, validation, testing", "return training[::-1], validation[::-1], testing[::-1]"),
    ),
    (
        "test-counted-from-validation",
        "test is counted from the beginning of the series, not from that of the validation part.",
        ("    n = np.arange", "    test = test + valid\n    n = np.arange"),
    ),
):
    split_windows.slip(name, hint, *edits)


@split_windows.misconception(
    "A leak: you shuffle the windows before you split. Neighbours overlap, so that targets of the test are read in the "
    "training. Split by time."
)
def shuffled_first(steps, length, horizon, valid, test):
    n = np.random.default_rng(0).permutation(max(steps - length - horizon + 1, 0))
    return np.sort(n[:valid]), np.sort(n[valid:test]), np.sort(n[test:])

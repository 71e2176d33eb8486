"""Secrets among many others are found in one pass: every form of an array, at every offset, printed in every way."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograde.release.needles import Arrays, CodeLines

RNG = np.random.default_rng(4)
MANY = [(f"array {number}", RNG.standard_normal((3, 4))) for number in range(200)]
PLANTED = 57
VALUES = MANY[PLANTED][1]
MANY_ARRAYS = Arrays(MANY)
FORMS = {
    "float64": VALUES.tobytes(),
    "float32": VALUES.astype(np.float32).tobytes(),
    "by columns": VALUES.tobytes("F"),
    "float32 by columns": VALUES.astype(np.float32).tobytes("F"),
}
PRINTED = {
    "eight decimals": " ".join(f"{value:.8f}" for value in VALUES.ravel()),
    "ten decimals": ", ".join(f"{value:.10f}" for value in VALUES.ravel()),
    "all decimals": str(VALUES.tolist()),
    "NumPy's way": np.array2string(VALUES, precision=12),
    "with exponents": np.array2string(VALUES / 10, precision=10, formatter={"float": lambda x: f"{x * 10:.12e}"}),
    "without zeros": " ".join(f"{value:.9f}".replace("0.", ".") for value in VALUES.ravel()),
    "a true minus": " ".join(f"{value:.8f}".replace("-", "−") for value in VALUES.ravel()),
    "one a line, in another order": "\n".join(f"loss = {value:.11f}!" for value in VALUES.ravel()[3::-1]),
}
floats = st.floats(-1e3, 1e3, allow_nan=False, width=64)


@pytest.mark.parametrize("raw", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("offset", range(17))
def test_an_array_is_found_in_every_form_at_every_offset(raw, offset):
    assert MANY_ARRAYS.found(b"x" * offset + raw + b"end", "") == {f"array {PLANTED}"}
    assert MANY_ARRAYS.found(b"x" * offset + raw, "") == {f"array {PLANTED}"}


@pytest.mark.parametrize("raw", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("change", ["last byte", "half of it", "first byte"])
def test_what_only_begins_or_ends_like_an_array_is_not_it(raw, change):
    other = {
        "last byte": raw[:-1] + bytes([raw[-1] ^ 1]),
        "half of it": raw[: len(raw) // 2],
        "first byte": bytes([raw[0] ^ 1]) + raw[1:],
    }
    assert MANY_ARRAYS.found(other[change], "") == set()


@pytest.mark.parametrize("text", PRINTED.values(), ids=PRINTED)
def test_printed_numbers_are_found_in_every_way_to_print_them(text):
    assert MANY_ARRAYS.found(b"", f"<td>{text}</td>") == {f"array {PLANTED}"}


def test_numpy_leaves_zeros_at_the_end_away():
    values = np.array([0.4967141, 0.138264, 0.64768854, 1.52302986])
    assert Arrays([("it", values)]).found(b"", str(values)) == {"it"}


def test_fewer_digits_or_fewer_numbers_are_not_it():
    values = VALUES.ravel()
    assert MANY_ARRAYS.found(b"", " ".join(f"{value:.7f}" for value in values)) == set()
    assert MANY_ARRAYS.found(b"", " ".join(f"{value:.8f}" for value in values[:3])) == set()
    assert MANY_ARRAYS.found(b"", " ".join(f"{value + 1e-6:.8f}" for value in values)) == set()


@given(
    values=st.lists(floats, min_size=4, max_size=8),
    digits=st.integers(8, 17),
    glue=st.sampled_from([" ", ", ", "\n", "</td><td>", "\\n", "e", "x"]),
)
def test_numbers_with_eight_or_more_decimals_are_found_whatever_stands_between(values, digits, glue):
    text = glue.join(f"{value:.{digits}f}" for value in values)
    assert Arrays([("it", np.array(values))]).found(b"", text) == {"it"}


@given(st.lists(floats, min_size=4, max_size=8), st.binary(max_size=40), st.binary(max_size=40))
def test_nothing_that_a_search_for_the_bytes_finds_is_missed(values, before, after):
    array = np.array(values)
    assert Arrays([("it", array)]).found(before + array.tobytes() + after, "") == {"it"}


def test_several_arrays_that_begin_alike_are_told_apart():
    longer = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    arrays = Arrays([("short", longer[:4]), ("long", longer), ("other", np.array([0.1, 0.2, 0.3, 0.7]))])
    assert arrays.found(longer[:4].tobytes(), "") == {"short"}
    assert arrays.found(longer.tobytes(), "") == {"short", "long"}


def test_without_arrays_and_without_content_nothing_is_found():
    assert Arrays([]).found(b"some bytes", "0.12345678") == set()
    assert MANY_ARRAYS.found(b"", "") == MANY_ARRAYS.found(b"1234567", "") == set()


def test_an_array_too_short_to_be_told_from_chance_is_refused():
    with pytest.raises(ValueError, match="3 values is too short"):
        Arrays([("short", np.array([0.1, 0.2, 0.3]))])


def test_runs_of_lines_are_found_and_their_parts_are_not():
    lines = CodeLines()
    first = ["alpha = beta + 1", "gamma = alpha * 2", "delta = gamma - beta"]
    second = ["alpha = beta + 1", "gamma = alpha * 3"]
    lines.add(first, 3, "the first")
    lines.add(second, 2, "the second")
    squeezed = ["".join(line.split()) for line in first]
    assert lines.found(["somethingelse", *squeezed]) == {"the first": squeezed[0]}
    assert lines.found(squeezed[:2]) == lines.found(squeezed[1:]) == lines.found([]) == {}
    assert lines.found(["".join(line.split()) for line in second]) == {"the second": "alpha=beta+1"}


def test_sixteen_times_the_secrets_cost_no_multiple_of_the_time():
    files = [RNG.standard_normal(1_000).tobytes() for _ in range(300)]
    text = " ".join(f"{value:.9f}" for value in RNG.standard_normal(100))

    def seconds(arrays: Arrays) -> float:
        begun = time.process_time()
        for content in files:
            arrays.found(content, text)
        return time.process_time() - begun

    few = Arrays(MANY[:50])
    many = Arrays([(f"{number}", RNG.standard_normal(12)) for number in range(800)])
    assert min(seconds(many) for _ in range(5)) < 3 * min(seconds(few) for _ in range(5))

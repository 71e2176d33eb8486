"""The wire: values come out as they went in; whatever else comes is refused, quickly and without a crash."""

import contextlib
import json
import socket
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograde.runner import values
from autograde.runner.frames import HEADER, LARGEST_BLOB, LARGEST_JSON, Channel, Deadline, LateError, WireError
from autograde.runner.outputs import LONGEST_OUTPUT, CellOutputs, Room
from autograde.runner.values import THEIRS, YOURS, BadValueError, NotDataError
from tests.depth import examples

NUMBERS = ["<f4", "<f8", "<i4", "<i8", "|u1", "|b1", "<c8", "<c16", "<f2"]
arrays = st.sampled_from(NUMBERS).flatmap(
    lambda kind: hnp.arrays(np.dtype(kind), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
)
plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(), arrays)
trees = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), inner, max_size=3),
    ),
    max_leaves=12,
)


def there_and_back(value):
    blobs = []
    tree = values.encode(value, blobs)
    return values.decode(json.loads(json.dumps(tree)), b"".join(blobs))


def same(one, other):
    if isinstance(one, (np.ndarray, np.generic)):
        return type(one) is type(other) and one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if isinstance(one, (list, tuple)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    return type(one) is type(other) and repr(one) == repr(other)


@given(trees)
@settings(max_examples=examples(200), deadline=None)
def test_values_come_out_as_they_went_in(value):
    assert same(value, there_and_back(value))


@pytest.mark.parametrize("make", [lambda a: a, lambda a: a.T, lambda a: a[:, ::2], lambda a: a[::-1]])
def test_the_layout_of_an_array_survives(make):
    array = make(np.arange(24.0).reshape(4, 6))
    back = there_and_back(array)
    assert (back == array).all()
    assert (back.flags.c_contiguous, back.flags.f_contiguous) == (array.flags.c_contiguous, array.flags.f_contiguous)
    assert back.flags.writeable


def test_subclasses_arrive_as_plain_data():
    class Fancy(np.ndarray):
        def __array_function__(self, *arguments):
            return True

    class Text(str):
        def __eq__(self, other):
            return True

        __hash__ = str.__hash__

    back = there_and_back([np.zeros(2).view(Fancy), Text("a"), np.ma.ones(2)])
    assert [type(item) for item in back] == [np.ndarray, str, np.ndarray]


@pytest.mark.parametrize(
    "value", [object(), np.array([object()]), np.array(["text"]), print, set(range(2_000)), 10**2000]
)
def test_what_is_no_data_is_not_sent(value):
    with pytest.raises(NotDataError):
        values.encode(value, [])


def test_what_would_come_one_by_one_comes_as_a_list():
    assert there_and_back([{1, 2}, (n for n in (3, 4)), {"a": 5}.values(), np.str_("six")]) == [
        {1, 2},
        [3, 4],
        [5],
        "six",
    ]


def came(value, **options):
    return [THEIRS, value, False]


def test_a_container_of_one_s_own_goes_back_as_itself():
    Cache = namedtuple("Cache", "x y")
    kept = []
    tree = values.encode(Cache(1, 2), [], give=lambda value, **_: [THEIRS, len(kept.append(value) or kept), False])
    back = values.decode(tree, b"", take=lambda *handle: None)
    assert back == (1, 2) and isinstance(back, tuple)
    assert values.encode([back], [], came=came) == ["list", [[YOURS, 1]]]


def test_what_is_no_data_becomes_a_handle_where_that_is_wanted():
    tree = values.encode([print], [], give=lambda value: [THEIRS, 7, callable(value)])
    assert values.decode(tree, b"", take=lambda *handle: handle) == [(THEIRS, 7, True)]
    with pytest.raises(BadValueError):
        values.decode(tree, b"")


WORDS = ["none", "bool", "int", "float", "text", "list", "tuple", "dict", "array", "scalar", "tensor", "generator"]
junk = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(NUMBERS),
        st.sampled_from([*WORDS, THEIRS, YOURS, "O", "V8", "f8,f8", "(2,)f8"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.tuples(st.sampled_from(WORDS), inner, inner).map(list),
        st.tuples(st.sampled_from(["array", "tensor"]), st.sampled_from(NUMBERS), st.lists(st.integers(), max_size=3),
                  st.sampled_from(["C", "F", "spread"])).map(list),
    ),
    max_leaves=15,
)  # fmt: skip


@given(junk, st.binary(max_size=64))
@settings(max_examples=examples(600), deadline=None)
def test_junk_is_refused_and_nothing_else_happens(tree, blob):
    with contextlib.suppress(BadValueError):
        values.decode(tree, blob, take=lambda *handle: None)


@pytest.mark.parametrize(
    "tree",
    [
        ["array", "O", [1], "C"],
        ["array", "<f8", [2**62], "C"],
        ["array", "<f8", [-1], "C"],
        ["array", "<f8", [True], "C"],
        ["array", "<f8", [1] * 40, "C"],
        ["array", "<f8", [0, 2**63], "C"],
        ["int", "9" * 100_000],
        ["dict", [[["list", []], ["none"]]]],
        ["generator", ["1", "2", "3"]],
        ["generator", ["-1", "1", "0", "0"]],
        "list",
        [],
    ],
)
def test_known_tricks_are_refused(tree):
    with pytest.raises(BadValueError):
        values.decode(tree, b"\0" * 64)


def test_too_deep_and_too_many_are_refused():
    deep = ["none"]
    for _ in range(200):
        deep = ["list", [deep]]
    wide = ["list", [["none"]] * 200_000]
    for tree in (deep, wide):
        with pytest.raises(BadValueError):
            values.decode(tree, b"")


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    yield Channel(ours), theirs
    ours.close()
    theirs.close()


@pytest.mark.parametrize(
    "data",
    [
        HEADER.pack(2**32 - 1, 2**32 - 1),
        HEADER.pack(LARGEST_JSON + 1, 0),
        HEADER.pack(2, LARGEST_BLOB + 1) + b"{}",
        HEADER.pack(2, 0) + b"[]",
        HEADER.pack(5, 0) + b"\xff\xfe\x00\x01\x02",
        HEADER.pack(100_000, 0) + b"[" * 100_000,
        HEADER.pack(20_000, 0) + b"9" * 20_000,
        b"\x00",
        b"",
    ],
)
def test_broken_messages_end_the_conversation(ends, data):
    channel, theirs = ends
    theirs.sendall(data)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(WireError):
        channel.receive(deadline=Deadline(10))


@given(st.binary(max_size=200))
@settings(max_examples=examples(200), deadline=None)
def test_any_bytes_end_in_a_message_or_an_error(data):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        try:
            message, _ = Channel(ours).receive(deadline=Deadline(10))
        except WireError:
            return
        assert isinstance(message, dict)


def test_silence_and_deafness_end_at_the_deadline(ends):
    channel, _ = ends
    with pytest.raises(LateError):
        channel.receive(deadline=Deadline(0.05))
    with pytest.raises(LateError):
        channel.send({}, [b"x" * 10_000_000], deadline=Deadline(0.05))


KEYS = ["output_type", "name", "text", "data", "ename", "evalue", "traceback", "display_id", "wait", "metadata"]
KINDS = ["stream", "error", "display_data", "update", "clear", "execute_result", "stdout"]
MEDIA = ["text/plain", "image/png", "application/json", "x"]
texts = st.text(max_size=3)
found_data = st.dictionaries(
    st.sampled_from(MEDIA), st.one_of(texts, st.integers(), st.lists(st.integers(), max_size=2))
)
found_parts = st.one_of(
    st.sampled_from([*KINDS, "\ud800"]), st.none(), st.integers(), st.lists(texts, max_size=2), found_data
)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), found_parts, max_size=5), max_size=6))
@settings(max_examples=examples(300), deadline=None)
def test_any_outputs_make_a_valid_notebook(found):
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    outputs = CellOutputs()
    for output in found:
        outputs.add(output)
    cell = new_code_cell("")
    cell.outputs = [nbformat.from_dict(output) for output in outputs.done()]
    nbformat.validate(new_notebook(cells=[cell]))
    json.dumps(cell).encode("utf-8")


def test_the_whole_notebook_has_a_limit_too_and_errors_stay():
    room = Room()
    for _ in range(20):
        outputs = CellOutputs(room)
        outputs.add({"output_type": "display_data", "data": {"text/plain": "y" * 3_900_000}})
        for _ in range(3):
            outputs.add({"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t" * 1_000] * 200})
        last = outputs.done()
    assert room.left >= 0
    assert [output["output_type"] for output in last] == ["stream", "error"]
    assert last[1]["evalue"] == "v" and len(json.dumps(last)) < 1_000


def test_a_flood_of_outputs_stays_within_limits():
    outputs = CellOutputs()
    for _ in range(5_000):
        outputs.add({"output_type": "stream", "name": "stdout", "text": "x" * 1_000})
        outputs.add({"output_type": "display_data", "data": {"text/plain": "y" * 1_000}})
    kept = outputs.done()
    assert len(kept) <= 200
    assert sum(len(output.get("text", "")) for output in kept) < LONGEST_OUTPUT + 100

"""Functions of functions, lists and generators are checked with plain data; odd answers keep their message."""

import re

import numpy as np
import pytest

from tests.rounding import assert_rounded
from unrolled import CheckFailed, check
from unrolled.checking.compare import first_deviation
from unrolled.checking.fixtures import Case, Fixture, Suspect, save
from unrolled.checking.outcome import Outcome, call
from unrolled.checking.outputs import exact, near, statistic
from unrolled.checking.probes import (
    IN_WORDS,
    PROBES,
    NotAPairError,
    NotOneArrayError,
    NotSoManyOutputsError,
    NotTheseParametersError,
    NotTheShapeOfXError,
    Probe,
    WrongForSizeOneError,
    module,
    on_a_cubic,
    on_a_list,
    on_a_table,
    on_generators,
    on_linear_regression,
)
from unrolled.checking.sights import sight


def halve(gradients, limit):
    return [g / 2 for g in gradients], limit


def test_the_cubic_has_the_gradient_that_calculus_says():
    def by_calculus(f, x):
        steps = 1e-5 * np.eye(4).reshape(4, *x.shape)
        return np.array([(f(x + s) - f(x - s)) / 2e-5 for s in steps]).reshape(x.shape)

    rng = np.random.default_rng(0)
    x, curvature, cubic = rng.standard_normal((2, 2)), rng.standard_normal((4, 4)), rng.standard_normal(4)
    given = on_a_cubic(by_calculus)(x, 3.0, curvature, cubic)
    flat = x.reshape(-1)
    expected = (curvature + curvature.T) @ flat / 2 + 3 * cubic * flat**2
    np.testing.assert_allclose(given.reshape(-1), expected, atol=1e-7)


def test_a_function_of_arrays_of_one_shape_takes_no_other():
    def flat(f, x):
        return np.array([f(x.reshape(-1) + s) for s in np.eye(4)])

    with pytest.raises(NotTheShapeOfXError, match=r"\(4,\); it takes those of x, \(2, 2\)"):
        on_a_cubic(flat)(np.ones((2, 2)), 3.0, np.eye(4), np.ones(4))


def test_a_list_is_taken_apart():
    first, second, limit = on_a_list(halve)(np.array([2.0]), np.array([4.0, 6.0]), 5)
    assert (first.tolist(), second.tolist(), limit) == ([1.0], [2.0, 3.0], 5)


@pytest.mark.parametrize("answer", [None, 3])
def test_what_is_no_sequence_passes_through(answer):
    assert on_a_list(lambda gradients, limit: answer)(np.ones(2), 1) == answer


@pytest.mark.parametrize("answer", [(), [1, 2, 3], (1, 2, 3, 4)])
def test_a_sequence_that_is_no_pair_is_refused(answer):
    with pytest.raises(NotAPairError, match=f"two things.*these are {len(answer)}"):
        on_a_list(lambda gradients, limit: answer)(np.ones(2), 1)


def test_a_list_whose_entries_are_replaced_counts_as_overwritten():
    def replacing(gradients, limit):
        gradients[0] = gradients[0] / 2
        return gradients, limit

    given = np.array([2.0])
    on_a_list(replacing)(given, 1)
    assert given == 1


def test_generators_show_what_repeats_and_what_leans():
    def signed(rng, size):
        Q, R = np.linalg.qr(rng.standard_normal((size, size)))
        return Q * np.sign(np.diag(R))

    product, different, zeros, leaning = on_generators(signed)(7, 3)
    assert_rounded(product, np.eye(3))
    assert (different, zeros, leaning.tolist()) == (0, 0, [0] * 13)  # nine entries, then four
    assert not np.signbit(leaning).any()  # nobody has to wonder what −0 is
    _, _, zeros, leaning = on_generators(lambda rng, size: -np.eye(size))(7, 2)
    assert (zeros, leaning.tolist()) == (0.5, [-1, 0, 0, -1, 1, -1, 1, -1])
    *_, different, _, _ = on_generators(lambda rng, size: np.random.standard_normal((size, size)))(7, 2)
    assert different == 1
    assert on_generators(lambda rng, size: None)(7, 2) is None


@pytest.mark.parametrize("answer", [(), (np.eye(2), 0.0, 0.0, np.zeros(2)), (np.eye(2), np.eye(2))])
def test_a_tuple_is_no_matrix(answer):
    with pytest.raises(NotOneArrayError, match="one array, not a tuple"):
        on_generators(lambda rng, size: answer)(7, 2)


@pytest.mark.parametrize(
    "answer", [[], 1.0, np.zeros(2), np.eye(3), np.zeros((2, 2, 2)), np.broadcast_to(1.0, (10**9, 1))]
)
def test_a_matrix_of_another_shape_is_not_computed_with(answer):
    product, *others = on_generators(lambda rng, size: answer)(7, 2)
    assert np.shape(product) == np.shape(answer)
    assert all(np.all(other == 1) for other in others)


def told(function, probe, arguments, outputs, tmp_path, monkeypatch):
    """What the check says of `function`, right answers being zeros, in shapes that the probe's own have."""
    expected = {output.name: np.zeros(shape) for output, shape in outputs}
    case = Case("plain", arguments, expected)
    fixture = Fixture("f", tuple(output for output, _ in outputs), "Eq. (1)", (case,), (), probe=probe)
    save({"f": fixture}, tmp_path / "fixtures.npz")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckFailed) as failed:
        check(function, name="f")
    return str(failed.value)


@pytest.mark.parametrize("answer", [np.zeros(2), np.eye(3), np.zeros((2, 1, 2))])
def test_a_matrix_of_another_shape_is_told_so(answer, tmp_path, monkeypatch):
    shapes = ((2, 2), (), (), (8,))
    outputs = list(zip((*near("QQ"), *(statistic(name, name) for name in IN_WORDS)), shapes, strict=True))
    arguments = {"seed": 7, "size": 2}
    said = told(lambda rng, size: answer, Probe("on_generators"), arguments, outputs, tmp_path, monkeypatch)
    assert "QQ has the wrong shape" in said
    assert "overflow" not in said


def test_every_draw_needs_the_right_shape():
    calls = []

    def later_a_vector(rng, size):
        calls.append(size)
        return np.eye(size) if len(calls) < 5 else np.ones(size)

    product, *_ = on_generators(later_a_vector)(7, 2)
    assert product.shape == (2,)


def test_a_stored_fixture_knows_its_probe(tmp_path, monkeypatch, capsys):
    arguments = {"gradients[0]": np.array([2.0]), "limit": 5.0}
    unchanged = Outcome(outputs={"clipped[0]": np.array([2.0]), "norm": np.array(5.0)})
    case = Case("plain", arguments, {"clipped[0]": np.array([1.0]), "norm": np.array(5.0)})
    outputs = near("clipped[0]", "norm")
    suspect = Suspect("unchanged", "Nothing is halved.", "Eq. (1)", [sight(unchanged, case.expected, outputs)])
    fixture = Fixture("halve", outputs, "Eq. (1)", (case,), (suspect,), probe=Probe("on_a_list"))
    save({"halve": fixture}, tmp_path / "fixtures.npz")
    monkeypatch.chdir(tmp_path)
    check(halve)
    assert "all 1 visible cases are right" in capsys.readouterr().out
    with pytest.raises(CheckFailed, match="Nothing is halved"):
        check(lambda gradients, limit: (gradients, limit), name="halve")
    with pytest.raises(CheckFailed, match="returned 1 value; it has to return"):
        check(lambda gradients, limit: limit, name="halve")


def test_a_rule_that_shows_at_size_one_only_is_seen_at_any_size():
    def eigenvectors(rng, size):
        A = rng.standard_normal((size, size))
        return np.linalg.eigh(A + A.T)[1]

    *_, leaning = on_generators(eigenvectors)(7, 4)
    assert not leaning[:16].any()
    assert leaning[-1] == 1


def normal_factor(rng, size):
    return np.linalg.qr(rng.standard_normal((size, size)))[0]


def mirror(rng, size):
    v = rng.standard_normal(size)
    return np.eye(size) - 2 * np.outer(v, v) / (v @ v)


def rotation(rng, size):
    Q, R = np.linalg.qr(rng.standard_normal((size, size)))
    Q = Q * np.sign(np.diag(R))
    return Q * [np.linalg.det(Q), *[1] * (size - 1)]


NOT_UNIFORM = {
    "one mirror": (mirror, "in every draw"),
    "a mirror with signs": (lambda rng, size: mirror(rng, size) * rng.choice([-1, 1], size), "are larger"),
    "one sign": (lambda rng, size: normal_factor(rng, size) * rng.choice([-1, 1]), "determinant"),
    "rotations alone": (rotation, "the determinant has the same sign"),
}


@pytest.mark.parametrize("size", [5, 6, 8])
@pytest.mark.parametrize("name", NOT_UNIFORM)
def test_what_is_not_uniform_leans(name, size):
    made, words = NOT_UNIFORM[name]
    for seed in range(10):  # whatever is drawn
        outcomes = dict(zip("QRSL", on_generators(made)(seed, size), strict=True))
        found = first_deviation(
            Outcome(outputs={"L": outcomes["L"]}), {"L": np.zeros(size**2 + 4)}, (statistic("L", "leaning"),)
        )
        assert re.search(words, found.detail)


def test_what_is_uniform_does_not_lean():
    def by_mirrors(rng, size):
        Q = np.diag(rng.choice([-1.0, 1.0], size))
        for k in range(size):
            v = np.concatenate([np.zeros(k), rng.standard_normal(size - k)])
            v[k] += np.sign(v[k]) * np.linalg.norm(v)
            Q = Q - 2 * np.outer(Q @ v, v) / (v @ v)
        return Q

    for size in range(1, 9):
        for seed in range(30):
            *_, leaning = on_generators(by_mirrors)(seed, size)
            assert not leaning.any()


def test_size_one_needs_the_right_shape_too():
    with pytest.raises(WrongForSizeOneError, match=r"an array of shape \(1, 1\)"):
        on_generators(lambda rng, size: np.eye(2) if size == 2 else np.ones(1))(7, 2)


@pytest.mark.parametrize(
    ("words", "numbers", "summary", "detail"),
    [
        (
            "leaning",
            [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0],
            "prefers directions",
            "in every draw, Q[0, 0] was positive, Q of",
        ),
        ("leaning", [0.0, -1.0, 0, 0, 0, 0, 0, 0], "prefers directions", "Q[0, 1] was negative in every draw"),
        ("leaning", [-1.0, 0, 0, 0, -1.0], "prefers directions", "every entry of its diagonal was negative"),
        ("zeros", 0.75, "entries that are zero", "75 % of them"),
        ("different", 1.0, "different matrices", "come from somewhere else"),
    ],
)
def test_what_the_numbers_of_generators_mean_is_said_in_words(words, numbers, summary, detail):
    mine = np.array(numbers)
    found = first_deviation(Outcome(outputs={"n": mine}), {"n": 0 * mine}, (statistic("n", words),))
    assert summary in found.summary
    assert detail in found.detail


def test_the_regression_has_the_gradient_that_calculus_says():
    def by_calculus(gradient, w, batches):
        (batch,) = batches
        steps = 1e-5 * np.eye(len(w))
        slopes = [(gradient(w + s, batch)[0] - gradient(w - s, batch)[0]) / 2e-5 for s in steps]
        return np.array(slopes), gradient(w, batch)[1]

    rng = np.random.default_rng(0)
    shapes = (3,), (1, 4, 3), (1, 4)
    found, given = on_linear_regression(by_calculus)(*(rng.standard_normal(shape) for shape in shapes))
    np.testing.assert_allclose(given, found, atol=1e-8)


@pytest.mark.parametrize("which", ["w", "inputs", "targets"])
def test_a_training_loop_that_changes_what_it_is_given_is_seen(which):
    def train(gradient, w, batches):
        {"w": w, "inputs": batches[0][0], "targets": batches[0][1]}[which][...] = 7
        return w

    arguments = {"w": np.zeros(2), "inputs": np.zeros((3, 1, 2)), "targets": np.zeros((3, 1))}
    assert call(on_linear_regression(train), arguments, near("w")).changed == (which,)


def test_a_table_gives_what_follows_a_prefix():
    table = np.arange(12.0).reshape(3, 2, 2)
    prefixes = [0], [0, 1], (1, 1, 0), [1, 1, 0, 1]
    found = on_a_table(lambda score, prefixes: [score(one) for one in prefixes])(table, prefixes)
    np.testing.assert_array_equal(found, [table[0, 0], table[1, 1], table[2, 0], table[2, 1]])
    on_a_table(lambda score: score([0]).fill(7))(table)
    assert table.max() == 11


def test_a_list_that_is_changed_is_seen_and_the_case_keeps_its_own():
    def grow(ids, pairs):
        ids.append(3)
        pairs[0][...] = 1
        return len(ids)

    arguments = {"ids": [1, 2], "pairs": [np.zeros(2), "text"]}
    outcome = call(grow, arguments, (exact("n"),))
    assert outcome.changed == ("ids", "pairs")
    assert arguments["ids"] == [1, 2]
    assert not arguments["pairs"][0].any()


ODD = {
    "ragged": [[1], [2, 3], []],
    "texts": ["", "语言", "e\u0301", "🙂\n"],
    "mixed": [1, 2.5, "a", None],
    "one": 3,
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_lists_of_unequal_lengths_and_texts_survive_the_file(value, tmp_path, monkeypatch):
    outputs = (exact("same"),)
    case = Case("odd", {"value": value, "rows": [np.arange(2.0), np.arange(3.0)]}, {"same": value})
    wrong = Suspect(
        "nothing", "It is empty.", "Eq. (1)", [sight(Outcome(outputs={"same": []}), case.expected, outputs)]
    )
    save({"f": Fixture("f", outputs, "Eq. (1)", (case,), (wrong,))}, tmp_path / "fixtures.npz")
    monkeypatch.chdir(tmp_path)
    check(lambda value, rows: value, name="f")
    check(lambda value, rows: tuple(map(tuple, value)) if value == ODD["ragged"] else value, name="f")
    with pytest.raises(CheckFailed, match="It is empty"):
        check(lambda value, rows: [], name="f")
    with pytest.raises(CheckFailed, match="of type object, not"):
        check(lambda value, rows: object(), name="f")
    check(lambda value, rows: value if rows[1].shape == (3,) else None, name="f")


@pytest.mark.slow
def test_a_module_gives_outputs_and_gradients():
    import torch

    class Scaled(torch.nn.Module):
        def __init__(self, size, name="w", outputs=1, shape=None):
            super().__init__()
            self.register_parameter(name, torch.nn.Parameter(torch.zeros(size if shape is None else shape)))
            self.name, self.outputs = name, outputs

        def forward(self, x, k):
            return [getattr(self, self.name) * x + k] * self.outputs

    w, x, upstream = np.float32([2, 3]), np.float32([[1, 4]]), np.float32([[5, 6]])
    arguments = (2, w, x, np.array(1), upstream)
    options = {"sizes": 1, "weights": ["w"], "outputs": 1}
    output, dx, dw = module(Scaled, **options)(*arguments)
    np.testing.assert_array_equal(output, [[3, 13]])
    np.testing.assert_array_equal(dx, [[10, 18]])
    np.testing.assert_array_equal(dw, [5, 24])
    for error, wrong in (
        (NotTheseParametersError, lambda size: Scaled(size, name="weight")),
        (NotTheseParametersError, lambda size: Scaled(size, shape=(size, 1))),
        (NotSoManyOutputsError, lambda size: Scaled(size, outputs=2)),
    ):
        with pytest.raises(error):
            module(wrong, **options)(*arguments)
    shown, *others = module(Scaled, **options)(*arguments[:-1], upstream[0])
    assert shown.shape == (1, 2)
    assert [other.tolist() for other in others] == [[[0, 0]], [0, 0]]


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(2, 1, 3), (6,), (3, 2)])
def test_a_module_whose_output_has_another_shape_is_told_so(shape, tmp_path, monkeypatch):
    import torch

    class Reshaped(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.zeros(3))

        def forward(self, x):
            return (self.w * x).reshape(shape)

    probe = Probe("module", {"sizes": 0, "weights": ["w"], "outputs": 1})
    w, x, dy = np.ones(3), np.ones((2, 3)), np.ones((2, 3))
    outputs = list(zip(near("y", "dx", "dw"), (x.shape, x.shape, w.shape), strict=True))
    said = told(Reshaped, probe, {"w": w, "x": x, "dy": dy}, outputs, tmp_path, monkeypatch)
    assert "y has the wrong shape" in said
    assert "overflow" not in said


def test_a_probe_is_found_by_its_name():
    assert all(function.__name__ == name and function.__doc__ for name, function in PROBES.items())

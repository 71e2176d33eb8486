"""What the practice cell of a training question advises, for slips that students make in `train`."""

import re

import pytest

from solutions.exercises.catalogue import source_of

# Weights that run away overflow; that is what is told.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:overflow encountered", "ignore:divide by zero encountered"),
]

CELL = re.compile(r"^```\{code-cell\} ipython3\n:ng: (?:locked|solution) (\S+)\n\n(.*?)^```$", re.DOTALL | re.MULTILINE)
UPHILL_XOR = tuple((f"{name} - rate", f"{name} + rate") for name in ("W", "U", "b", "Wy", "by"))
FEWER = ("range(1500)", "range(300)")


def advice(slug: str, edits: tuple[tuple[str, str], ...], capsys) -> str:
    """What the cell `train-check` prints, with the model answer of `train` changed by `edits`."""
    cells = dict(CELL.findall(source_of(slug).read_text("utf-8")))
    for right, wrong in edits:
        assert cells["train"].count(right) == 1, right
        cells["train"] = cells["train"].replace(right, wrong)
    functions = ("rnn_step", "rnn_forward", "rnn_step_backward", "rnn_backward", "orthogonal", "clip_by_global_norm")
    namespace: dict = {}
    for name in ("imports", *(f for f in functions if f in cells), "train", "train-check"):
        exec(cells[name], namespace)  # our own source, not a student's
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("slug", "edits", "said"),
    [
        ("bptt", (), "✓ train"),
        ("bptt", (FEWER, *UPHILL_XOR), "ran away.*taken away from its weights, not added"),
        ("bptt", (FEWER, (" / p.size", "")), "ran away.*divided by p.size"),
        (
            "bptt",
            (("(hidden, hidden)) / np.sqrt(hidden)", "(hidden, hidden))"),),
            "ran away.*entries of U start at about 1/√H",
        ),
        (
            "bptt",
            (
                FEWER,
                ("rng.standard_normal((1, hidden))", "np.zeros((1, hidden))"),
                ("rng.standard_normal((hidden, hidden))", "np.zeros((hidden, hidden))"),
                ("rng.standard_normal((hidden, 1))", "np.zeros((hidden, 1))"),
            ),
            "units of some net are equal",
        ),
        ("bptt", (FEWER, ("rate = 16, 64, 1.0", "rate = 16, 64, 0.01")), "learning rate too small"),
        ("vanishing", (), "✓ train"),
        ("vanishing", (("old - rate", "old + rate"),), "the wrong way round.*with a minus"),
        ("vanishing", (("orthogonal(rng, hidden)", "rng.standard_normal((16, 16)) / 8"),), "Does U start orthogonal"),
    ],
)
def test_advice_leads_to_the_slip(slug, edits, said, capsys):
    assert re.search(said, advice(slug, edits, capsys), re.DOTALL)


@pytest.mark.parametrize(
    ("slug", "edit", "said"),
    [
        ("bptt", ("y[rows][:, :, None]", "y[rows]"), "y[rows][:, :, None]"),
        ("vanishing", ("y[rows][:, None]", "y[rows]"), "y[rows][:, None]"),
    ],
)
def test_a_y_of_the_wrong_shape_is_explained_above_the_error(slug, edit, said, capsys):
    with pytest.raises(ValueError):
        advice(slug, (edit,), capsys)
    assert said in capsys.readouterr().out

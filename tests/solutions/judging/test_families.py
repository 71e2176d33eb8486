"""What families make of a marked derivation: the mistakes that they are for, with the words that name them."""

import ast

import numpy as np
import pytest

from solutions.exercises.catalogue import ASSIGNMENTS, contracts_of
from solutions.judging import hints
from solutions.judging.derivation import Derivation, definition_in
from solutions.judging.families import ARRAYS, rewrites
from solutions.judging.rights import rights

CONTRACTS = [contract for assignment in ASSIGNMENTS for contract in contracts_of(assignment).values()]


def cell(x, h, W, U, b):
    a = x @ W + h @ U + b  #: eq-sum: the input's term + the recurrent term + the bias
    z = sigmoid(a)
    n = np.tanh(a)
    #: eq-mix: the share of the old state
    #: + the share of the new one
    h_next = z * h + (1 - z) * n
    return h_next, (x, h, z)


def back(dHs, cache):
    W, U, caches = cache
    dh, dX, dW, db = np.zeros_like(dHs[:, 0]), [], 0, 0
    for t in reversed(range(len(caches))):
        x, n = caches[t]
        dh = dh + dHs[:, t]  #: eq-flow: what comes from later steps + the step's own
        da = dh * (1 - n**2)  #: eq-slope
        dX.insert(0, da @ W.T)
        dW = dW + x.T @ da
        db = db + da.sum(axis=0)
        dh = da @ U.T
    return np.stack(dX, axis=1), dh, dW, db


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def run_cell():
    cell(np.ones((2, 3)), np.ones((2, 4)), np.ones((3, 4)), np.ones((4, 4)), np.ones(4))


def run_back():
    caches = [(np.ones((2, 3)), np.ones((2, 4)))] * 5
    back(np.ones((2, 5, 4)), (np.ones((3, 4)), np.ones((4, 4)), caches))


CELL, BACK = Derivation(cell, run_cell, {"h": "z * n"}), Derivation(back, run_back)
WORDS = hints.Words({"z": "the gate", "h": "the old state", "n": "the candidate"}, ["dX", "dh0", "dW", "db"])


def made(derivation: Derivation) -> dict[str, tuple[str, str, int]]:
    """Every mistake by its text in one form: family, hint, line."""
    found = {}
    for rewrite, text in rewrites(derivation):
        said = (rewrite.family, WORDS.sentence(rewrite), rewrite.line.number)
        found.setdefault(ast.unparse(definition_in(text)), said)
    return found


MADE = {"cell": made(CELL), "back": made(BACK)}


@pytest.mark.parametrize(
    ("function", "right", "wrong", "family", "words"),
    [
        ("cell", "x @ W + h @ U + b", "x @ W + b", "terms-missing", "the recurrent term"),
        ("cell", "x @ W + h @ U + b", "x @ W + h @ U - b", "term-of-the-wrong-sign", "the bias has the wrong sign"),
        ("cell", "x @ W + h @ U + b", "(x @ W) * (h @ U) + b", "terms-multiplied", "are multiplied. They are added"),
        ("cell", "(1 - z) * n", "z * n", "complement", "z (the gate) in the place of 1 − z"),
        ("cell", "z * h + (1 - z) * n", "h + (1 - z) * n", "factors-missing", "z (the gate)"),
        ("cell", "z * h + (1 - z) * n", "z * h + n", "factors-missing", "1 − z"),
        ("cell", "z * h + (1 - z) * n", "z * (z * n) + (1 - z) * n", "another-value", "z ⊙ n in the place of h"),
        ("cell", "np.tanh(a)", "a", "function-missing", "tanh is missing"),
        ("cell", "sigmoid(a)", "np.tanh(a)", "other-function", "stands tanh. It is sigmoid"),
        ("cell", "h @ U", "h @ U.T", "transposed", "transpose too many"),
        ("cell", "x @ W + h @ U", "x @ U + h @ W", "kernels-swapped", "W and U"),
        ("cell", "z * h", "n * h", "another-value", "n (the candidate) in the place of z (the gate)"),
        ("cell", "return h_next, (x, h, z)", "return h_next", "answer-missing", "dh0"),
        ("cell", "return h_next", "return n", "made-too-early", "n (the candidate) in the place of h_next"),
        ("back", "dh = dh + dHs[:, t]", "dh = dHs[:, t]", "terms-missing", "what comes from later steps"),
        ("back", "dHs[:, t]  #", "dHs[:, t - 1]  #", "another-step", "dHs[:, t − 1], of another step"),
        ("back", "dh * (1 - n**2)", "dh", "slope-missing", "derivative of the tanh is missing: n (the candidate)"),
        ("back", "1 - n**2", "1 - n", "slope-not-squared", "you have 1 − s"),
        ("back", "dh * (1 - n**2)", "dh * (n * (1 - n))", "slope-of-a-sigmoid", "derivative of a sigmoid"),
        ("back", "da @ W.T", "da @ W", "not-transposed", "transpose is missing, that of W"),
        ("back", "dW + x.T @ da", "x.T @ da", "not-accumulated", "dW is overwritten each time"),
        ("back", "dW + x.T @ da", "dW + da.T @ x", "product-transposed", "shape of what it belongs to"),
        ("back", "da.sum(axis=0)", "da.mean(axis=0)", "other-reduction", "take the mean. It is the sum"),
        ("back", "da.sum(axis=0)", "da", "not-reduced", "sum over an axis is missing"),
        ("back", "dX.insert(0, da @ W.T)", "dX.append(da @ W.T)", "in-reverse", "In reverse order: dX"),
        ("back", "reversed(range(len(caches)))", "reversed(range(1, len(caches)))", "first-step-left-out", "step 0"),
        ("back", "caches[t]", "caches[-1]", "another-step", "caches[-1], of another step"),
        ("back", "np.stack(dX, axis=1)", "np.stack(dX)", "time-first", "Batch comes first"),
        ("back", "dh = da @ U.T", "dh = dh @ U.T", "made-too-early", "in the place of da, which is made from it"),
        (
            "back",
            ", dh, dW, db",
            ", dh, dW / len(dHs), db / len(dHs)",
            "averaged-over-batch",
            "Divided by the batch size: dW and db",
        ),
        ("back", ", dh, dW, db", ", dh, db, dW", "answers-swapped", "dW and db in the wrong order"),
        ("back", ", dh, dW, db", ", 0 * dh, dW, db", "answer-zero", "dh0 comes back as zero"),
        ("back", "np.zeros_like(dHs[:, 0])", "dHs[:, -1]", "begins-with-the-last", "counts once more"),
    ],
)
def test_a_family_makes_the_mistake_and_its_words_name_it(function, right, wrong, family, words):
    text = {"cell": CELL, "back": BACK}[function].text
    assert text.count(right) == 1
    found = MADE[function].get(ast.unparse(definition_in(text.replace(right, wrong))))
    assert found is not None, "no family makes it"
    assert found[0] == family
    assert words in found[1]
    assert text.splitlines()[found[2] - 1].split("#:")[0].strip() in text


def test_marks_give_the_equation_and_the_terms_names():
    lines = {line.target: line for line in CELL.lines.values()}
    assert lines["a"].equation == "eq-sum"
    assert lines["a"].terms == ("the input's term", "the recurrent term", "the bias")
    assert lines["h_next"].equation == "eq-mix"
    assert lines["h_next"].terms == ("the share of the old state", "the share of the new one")
    assert lines["z"].equation == ""


def test_the_answer_is_the_body_without_marks():
    assert "#:" not in BACK.answer
    assert BACK.answer.startswith("W, U, caches = cache\n")
    space = {"np": np}
    exec("def back(dHs, cache):\n    " + BACK.answer.replace("\n", "\n    "), space)
    assert ast.unparse(definition_in(BACK.text)) == ast.unparse(
        definition_in("def back(dHs, cache):\n    " + BACK.answer.replace("\n", "\n    "))
    )


def test_shapes_are_those_of_a_run():
    assert CELL.shapes["z"] == (2, 4) and CELL.shapes["W"] == (3, 4)
    assert BACK.shapes["dW"] == (3, 4) and BACK.shapes["dh"] == (2, 4)
    assert "caches" not in BACK.shapes


@pytest.mark.parametrize("derivation", [CELL, BACK], ids=lambda d: d.name)
def test_every_mistake_is_another_text_that_compiles(derivation):
    texts = [text for _, text in rewrites(derivation)]
    assert len(texts) == len(set(texts)) > 100
    for text in texts:
        compile(text, "<test>", "exec")
        assert text != derivation.text


@pytest.mark.parametrize("family", ARRAYS, ids=lambda f: f.__name__)
def test_every_family_has_its_words(family):
    for derivation in (CELL, BACK):
        for rewrite in family(derivation):
            sentence = WORDS.sentence(rewrite)
            assert "{" not in sentence and sentence.rstrip().endswith(".")
            assert " " not in hints.name(rewrite)


def test_styles_are_other_texts_that_compute_the_same():
    given = [np.random.default_rng(0).standard_normal(shape) for shape in ((2, 3), (2, 4), (3, 4), (4, 4), (4,))]
    styles = list(rights(CELL))
    assert len(styles) >= 4
    for rewrite in styles:
        text = CELL.text_of(rewrite)
        assert ast.unparse(definition_in(text)) != ast.unparse(definition_in(CELL.text))
        np.testing.assert_allclose(CELL.rebuilt(text)(*given)[0], cell(*given)[0], rtol=1e-12)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_no_hint_quotes_a_line_of_the_derivation(contract):
    # Hints lie in the bundle; the model answer does not.
    lines = {line.strip() for line in contract.text.answer.splitlines() if len(line.strip()) > 30}
    for wrong in contract.known():
        for line in lines:
            assert line not in wrong.hint and line not in wrong.name, wrong.name


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_every_mark_is_an_equation_of_the_book(contract):
    labels = [line.equation for line in contract.text.lines.values() if line.equation]
    assert labels, f"{contract.name}: no line is marked"

"""The assignment `language-model`: wrong attempts are called by their names, tokens and nets are judged."""

import numpy as np
import pytest

from autograde.course.cells import grade_id
from autograde.release.source import read_source
from solutions.exercises.catalogue import contract_of, source_of
from solutions.exercises.language_model.behaviour import BRACKETS, judge_draws, judge_training
from solutions.judging.audit import lost_parts
from tests.solutions.exercises.attempts import (
    KEYS,
    RIGHT,
    Attempts,
    called,
    fixtures,
    model_answer,
    model_answers,
    practised,
    run,
    said,
)
from unrolled.data.brackets import ALPHABET, BEST_BITS, brackets

ATTEMPTS = Attempts()


@ATTEMPTS.at("stream_batches", RIGHT)
def rows_then_a_loop(ids, batch, steps):
    K = (len(ids) - 1) // (batch * steps)
    X = np.array(ids[: K * batch * steps]).reshape(batch, -1)
    Y = np.array(ids[1 : K * batch * steps + 1]).reshape(batch, -1)
    xs, ys = [], []
    for k in range(K):
        xs.append(X[:, k * steps : (k + 1) * steps])
        ys.append(Y[:, k * steps : (k + 1) * steps])
    return np.array(xs), np.array(ys)


@ATTEMPTS.at("stream_batches", "batch-after-batch")
def reshaped_at_once(ids, batch, steps):
    K = (len(ids) - 1) // (batch * steps)
    return ids[: K * batch * steps].reshape(K, batch, steps), ids[1 : K * batch * steps + 1].reshape(K, batch, steps)


@ATTEMPTS.at("stream_batches", "targets-not-shifted")
def same_twice(ids, batch, steps):
    inputs, _ = rows_then_a_loop(ids, batch, steps)
    return inputs, inputs.copy()


@ATTEMPTS.at("stream_batches", "last-target-of-each-window-rolled")
def rolled_window(ids, batch, steps):
    inputs, _ = rows_then_a_loop(ids, batch, steps)
    return inputs, np.roll(inputs, -1, axis=-1)


@ATTEMPTS.at("stream_batches", "rest-in-each-row")
def batchify(ids, batch, steps):
    n = (len(ids) - 1) // batch
    x, y = np.reshape(ids[: n * batch], (batch, n)), np.reshape(ids[1 : n * batch + 1], (batch, n))
    starts = range(0, n - steps + 1, steps)
    return np.stack([x[:, i : i + steps] for i in starts]), np.stack([y[:, i : i + steps] for i in starts])


@ATTEMPTS.at("stream_batches", "windows-shuffled")
def shuffled(ids, batch, steps):
    K = (len(ids) - 1) // (batch * steps)
    starts = np.random.default_rng(0).permutation(K * batch) * steps
    windows = np.stack([ids[s : s + steps + 1] for s in starts]).reshape(K, batch, steps + 1)
    return windows[..., :-1], windows[..., 1:]


def update(begin="h0", last="Hs[:, -1]", loss="-np.log(chosen).mean()", divided="targets.size"):
    """A student's update, with pieces exchanged."""
    text = f"""
def lm_update(inputs, targets, h0, W, U, b, Wy, by, rate, limit):
    B, T = inputs.shape
    V = W.shape[0]
    Hs, cache = rnn_forward(np.eye(V)[inputs], {begin}, W, U, b)
    z = Hs @ Wy + by
    z = np.exp(z - np.max(z, axis=2, keepdims=True))
    p = z / np.sum(z, axis=2, keepdims=True)
    chosen = p[np.arange(B)[:, None], np.arange(T), targets]
    loss = {loss}
    dz = p.copy()
    dz[np.arange(B)[:, None], np.arange(T), targets] -= 1
    dz = dz / {divided}
    dWy = sum(Hs[:, t].T @ dz[:, t] for t in range(T))
    _, _, dW, dU, db = rnn_backward(dz @ Wy.T, cache)
    grads, _ = clip_by_global_norm([dW, dU, db, dWy, dz.sum((0, 1))], limit)
    new = [w - rate * g for w, g in zip([W, U, b, Wy, by], grads)]
    return *new, {last}, loss
"""
    space = {"np": np}
    for name in ("rnn_forward", "rnn_backward", "clip_by_global_norm"):
        exec(model_answers("language-model")[name], space)
    exec(text, space)
    return space["lm_update"]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({}, RIGHT),
        ({"begin": "np.zeros_like(h0)"}, "state-not-carried"),
        ({"last": "h0.copy()"}, "state-handed-through"),
        ({"last": "Hs"}, "states-of-all-steps-handed-on"),
        ({"last": "Hs[-1]"}, "last-row-handed-on"),
        ({"loss": "-np.log2(chosen).mean()"}, "loss-in-bits"),
        ({"loss": "-np.log(chosen).sum()"}, "loss-added-up"),
        ({"loss": "-np.log(chosen.mean())"}, "logarithm-of-the-mean"),
        ({"loss": "np.exp(-np.log(chosen).mean())"}, "perplexity-for-the-loss"),
        ({"divided": "B"}, "not-divided-by-the-steps"),
        ({"divided": "1"}, "not-divided"),
    ],
)
def test_an_update_is_called_by_its_name(changed, name):
    assert called(fixtures("language-model")["lm_update"], update(**changed)) == name


@ATTEMPTS.at("text_scores", "perplexities-averaged-unweighted")
def mean_perplexity(losses, counts, characters):
    return np.sum(losses * counts) / np.log(2) / characters, np.mean(np.exp(losses))


@ATTEMPTS.at("text_scores", "nats-for-bits")
def no_logarithm_of_two(losses, counts, characters):
    total = np.sum(losses * counts)
    return total / characters, np.exp(total / np.sum(counts))


@ATTEMPTS.at("text_scores", "two-to-the-nats")
def powers_of_two(losses, counts, characters):
    total = np.sum(losses * counts)
    return total / np.log(2) / characters, np.power(2, total / np.sum(counts))


@ATTEMPTS.at("text_scores", "mean-of-the-batches")
def plain_means(losses, counts, characters):
    mean = np.mean(losses)
    return mean * np.sum(counts) / characters / np.log(2), np.exp(mean)


@ATTEMPTS.at("text_scores", "bits-of-a-token")
def bits_of_tokens(losses, counts, characters):
    mean = np.average(losses, weights=counts)
    return mean / np.log(2), np.exp(mean)


def counted(ids, context, size, mixed):
    """Witten and Bell's counts, with another formula."""
    p = np.ones(size) / size
    for n in range(len(context) + 1):
        c = list(context)[len(context) - n :]
        counts = np.array([sum(list(ids[i - n : i + 1]) == [*c, v] for i in range(n, len(ids))) for v in range(size)])
        if counts.sum():
            p = mixed(counts, p)
    return p


@ATTEMPTS.at("witten_bell", RIGHT)
def the_right_formula(ids, context, size):
    return counted(ids, context, size, lambda c, p: (c + np.sum(c > 0) * p) / (c.sum() + np.sum(c > 0)))


@ATTEMPTS.at("witten_bell", "maximum-likelihood")
def shares_alone(ids, context, size):
    return counted(ids, context, size, lambda c, p: c / c.sum())


@ATTEMPTS.at("witten_bell", "add-one")
def laplace(ids, context, size):
    return counted(ids, context, size, lambda c, p: (c + 1) / (c.sum() + size))


@ATTEMPTS.at("witten_bell", "backed-off")
def stupid_backoff(ids, context, size):
    return counted(ids, context, size, lambda c, p: np.where(c, c / c.sum(), p))


@ATTEMPTS.at("witten_bell", "whole-vocabulary-for-the-followers")
def with_the_size(ids, context, size):
    return counted(ids, context, size, lambda c, p: (c + size * p) / (c.sum() + size))


@ATTEMPTS.at("witten_bell", "newest-token-dropped")
def from_the_wrong_end(ids, context, size):
    p = np.ones(size) / size
    for n in range(len(context) + 1):
        c = [ids[i] for i in range(n, len(ids)) if np.array_equal(ids[i - n : i], context[:n])]
        if c:
            counts, u = np.bincount(c, minlength=size), len(set(c))
            p = (counts + u * p) / (len(c) + u)
    return p


def chosen(k=None, p=None, scores=None):
    """A student's next_distribution, with pieces exchanged."""

    def next_distribution(logits, temperature, top_k, top_p):
        n = len(logits)
        if temperature == 0:
            return np.eye(n)[np.argmax(logits)]
        a = (scores or (lambda a, t: a / t))(logits, temperature)
        q = np.exp(a - np.max(a))
        q /= np.sum(q)
        order = np.argsort(-q, kind="stable")
        keep = np.zeros(n, dtype=bool)
        keep[order[:top_k]] = True
        if k is not None:
            keep = k(q, order, top_k)
        q = np.where(keep, q, 0)
        q /= np.sum(q)
        inside = (p or (lambda total, q, top_p: total - q < top_p))(np.cumsum(q[order]), q[order], top_p)
        q[order[~inside]] = 0
        return q / np.sum(q)

    return next_distribution


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({}, RIGHT),
        ({"scores": lambda a, t: a * t}, "multiplied-by-the-temperature"),
        ({"k": lambda q, order, k: q >= q[order[k - 1]]}, "equals-all-kept"),
        ({"k": lambda q, order, k: np.isin(np.arange(len(q)), order[: k + 1])}, "top-k-one-more"),
        ({"k": lambda q, order, k: q >= 0}, "top-k-ignored"),
        ({"p": lambda total, q, top_p: total <= max(top_p, total[0])}, "crossing-token-dropped"),
        ({"p": lambda total, q, top_p: (q >= top_p) | (q == q[0])}, "top-p-as-a-threshold"),
        ({"p": lambda total, q, top_p: q >= 0}, "nucleus-ignored"),
    ],
)
def test_a_choice_is_called_by_its_name(changed, name):
    assert called(fixtures("language-model")["next_distribution"], chosen(**changed)) in (name, f"{name}-to-none")


@ATTEMPTS.at("next_distribution", "not-divided-after-top-k")
def nucleus_first(logits, temperature, top_k, top_p):
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    p = np.exp((logits - np.max(logits)) / temperature)
    p = p / p.sum()
    order = np.argsort(-p, kind="stable")
    m = np.sum(np.cumsum(p[order]) < top_p) + 1
    out = np.zeros(len(p))
    best = order[: min(m, top_k)]
    out[best] = p[best]
    return out / out.sum()


@ATTEMPTS.at("next_distribution", "equals-in-reverse")
def sorted_and_turned(logits, temperature, top_k, top_p):
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    p = np.exp((logits - np.max(logits)) / temperature)
    best = np.argsort(p, kind="stable")[::-1][:top_k]
    q = p[best] / p[best].sum()
    q = np.where(np.cumsum(q) - q < top_p, q, 0)
    out = np.zeros(len(p))
    out[best] = q / q.sum()
    return out


def going_on(prompt, u, step, W, U, b, Wy, by, *others, read_on=True, start=None):
    """A student's loop over tokens: `step` draws one from the scores."""
    h = np.zeros(len(U))
    for token in prompt if start is None else start(prompt):
        h = np.tanh(W[token] + h @ U + b)
    made = []
    for number in u:
        made.append(int(step(h @ Wy + by, number, *others)))
        if read_on:
            h = np.tanh(W[made[-1]] + h @ U + b)
    return made


def drawn(logits, number, *how):
    return np.sum(np.cumsum(chosen()(logits, *how)) <= number)


@ATTEMPTS.at("continue_text", RIGHT)
def a_plain_loop(prompt, u, temperature, top_k, top_p, *net):
    return going_on(prompt, u, drawn, *net, temperature, top_k, top_p)


@ATTEMPTS.at("continue_text", "prompt-not-read")
def from_the_last_token(prompt, u, temperature, top_k, top_p, *net):
    return going_on(prompt, u, drawn, *net, temperature, top_k, top_p, start=lambda prompt: prompt[-1:])


@ATTEMPTS.at("continue_text", "new-token-not-read")
def never_read(prompt, u, temperature, top_k, top_p, *net):
    return going_on(prompt, u, drawn, *net, temperature, top_k, top_p, read_on=False)


@ATTEMPTS.at("continue_text", "last-token-of-the-prompt-read-twice")
def read_twice(prompt, u, temperature, top_k, top_p, *net):
    return going_on(prompt, u, drawn, *net, temperature, top_k, top_p, start=lambda prompt: [*prompt, prompt[-1]])


@ATTEMPTS.at("continue_text", "prompt-returned-too")
def prompt_and_all(prompt, u, temperature, top_k, top_p, *net):
    return [*map(int, prompt), *a_plain_loop(prompt, u, temperature, top_k, top_p, *net)]


@ATTEMPTS.at("continue_text", "most-likely-one")
def greedy(prompt, u, temperature, top_k, top_p, *net):
    return going_on(prompt, u, lambda logits, number: np.argmax(logits), *net)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_an_attempt_is_called_by_its_name(attempt):
    assert called(fixtures("language-model")[attempt.function], attempt.answer) == attempt.misconception


def test_a_view_of_the_text_is_as_good_as_a_copy():
    def views(ids, batch, steps):
        K = (len(ids) - 1) // (batch * steps)
        whole = K * batch * steps
        return tuple(one.reshape(batch, K, steps).swapaxes(0, 1) for one in (ids[:whole], ids[1 : whole + 1]))

    assert not lost_parts(contract_of("stream_batches"), views, "key")


def test_weights_prepared_at_home_earn_nothing_of_the_update():
    contract, model = contract_of("lm_update"), model_answer("language-model", "lm_update")

    def unchanged(inputs, targets, h0, W, U, b, Wy, by, *others):
        *_, last, loss = model(inputs, targets, h0, W, U, b, Wy, by, *others)
        return W.copy(), U.copy(), b.copy(), Wy.copy(), by.copy(), last, loss

    for key in KEYS[:2]:
        assert set(lost_parts(contract, unchanged, key)) == set(contract.part_names)


# Tokens drawn at random.


def test_right_draws_pass_under_every_key(monkeypatch):
    for key in range(4):
        keys = [f"{key} {number}" for number in range(25)]
        assert not any(said(judge_draws, model_answer("language-model", "draw_tokens"), monkeypatch, keys))


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (("rng.choice(len(p), size=count, p=p)", "rng.choice(len(p), size=count)"), "All tokens come equally often"),
        (("rng.choice(len(p), size=count, p=p)", "np.full(count, np.argmax(p))"), "The same token comes every time"),
        (("rng.choice(len(p), size=count, p=p)", "np.random.choice(len(p), size=count, p=p)"), "Two equal generators"),
        (("size=count", "size=1"), "It has to return an array of 4000 tokens"),
    ],
)
def test_wrong_draws_fail_under_every_key_and_in_the_practice_cell(edit, sentence, monkeypatch, capsys):
    wrong = model_answer("language-model", "draw_tokens", edit)
    for text in said(judge_draws, wrong, monkeypatch):
        assert sentence in " ".join(text.split())
    assert f"✗ draw_tokens: {sentence}" in practised("language-model", "draw_tokens", [edit], capsys)


# A net that closes brackets.

SIZES = "hidden, batch, steps, updates = 32, 32, 10, 500"


@pytest.mark.slow
def test_the_model_answer_passes(monkeypatch):
    assert not any(said(judge_training, model_answer("language-model", "train"), monkeypatch, KEYS[:4]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edits", "update"),
    [
        ([("rate = 2 *", "rate = -2 *")], []),
        ([("rate = 2 *", "rate = 0.02 *")], []),
        ([(SIZES, SIZES.replace("500", "20"))], []),
        ([("U = rng.standard_normal((hidden, hidden)) / np.sqrt(hidden)", "U = np.zeros((hidden, hidden))")], ["U"]),
    ],
    ids=["uphill", "too slow", "too short", "no memory"],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # weights that run away overflow
def test_what_does_not_learn_fails(edits, update, monkeypatch):
    model = model_answer(
        "language-model", "lm_update", *[(f"{name} = {name} - rate", f"{name} = {name} - 0") for name in update]
    )
    wrong = model_answer("language-model", "train", *edits, lm_update=model)
    assert all("bits per character" in text for text in said(judge_training, wrong, monkeypatch, KEYS[:2]))


def test_weights_of_other_characters_fail(monkeypatch):
    # Trained on the numbers of the practice cell, under which a character has another number at grading.
    rng = np.random.default_rng(0)
    weights = model_answer("language-model", "train")(brackets(rng, 15_000), len(ALPHABET), rng)
    texts = said(judge_training, lambda ids, size, rng: weights, monkeypatch, KEYS[:3])
    assert all("bits per character" in text for text in texts)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "something else"),
        ([np.zeros(s) for s in ((11, 4), (4, 4), (4,), (4, 1), (1,))], "Wy does not fit"),
        ([np.zeros(s) for s in ((2, 4), (4, 4), (4,), (4, 11), (11,))], "W does not fit"),
        ([np.zeros(s) for s in ((11, 65), (65, 65), (65,), (65, 11), (11,))], "1 to 64 units"),
        ([np.zeros(s) for s in ((11, 4), (4, 4), (4,), (4, 11), (11,))], "needs 3.46 bits per character"),
    ],
)
def test_what_is_no_net_is_named(answer, sentence, monkeypatch):
    (text,) = said(judge_training, lambda ids, size, rng: answer, monkeypatch, KEYS[:1])
    assert sentence in " ".join(text.split())


def test_the_bound_lies_between_counting_and_the_best_possible():
    assert BEST_BITS + 0.15 < BRACKETS.bound < 1.65  # five characters of context: see test_brackets


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([], "✓ train: the net closes what it opened"),
        ([("rate = 2 *", "rate = 0.02 *")], "✗ The net does not know yet what closes"),
        ([("return W, U, b, Wy, by", "return W, U, b, Wy")], "✗ train has to return W, U, b, Wy, by"),
        ([("return W, U, b, Wy, by", "raise NotImplementedError")], "is not written yet"),
    ],
)
def test_the_practice_cell_says_how_good_the_net_is(edits, sentence, capsys):
    cells = {grade_id(c): c.source for c in read_source(source_of("language-model")).cells if c.cell_type == "code"}
    shown = {"imports": cells["imports"], "brackets-shown": cells["brackets-shown"]}
    space = run(shown | model_answers("language-model"), "train", edits)
    exec(cells["train-check"], space)
    assert sentence in capsys.readouterr().out

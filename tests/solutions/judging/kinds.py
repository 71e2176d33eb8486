"""A small contract of each kind: a module, a layer, a training loop, a lattice of tags, a tokenizer, a beam search."""

import os

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import torch
from keras import ops
from scipy.special import logsumexp
from torch import nn

from solutions.judging.contract import Contract, Rule
from solutions.judging.families import ARRAYS
from solutions.judging.families.libraries import written_with
from solutions.judging.families.logsumexp import logsumexp as in_logsumexp
from solutions.judging.families.search import search
from solutions.judging.families.text import text as in_text
from solutions.judging.families.training import training
from solutions.judging.parts import Given, Part
from unrolled.checking.outputs import exact, near, text
from unrolled.checking.probes import Probe

# A PyTorch module: one step of the LSTM, with its gradients.


def normal32(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def cell(rng, batch, inputs, hidden):
    shapes = {
        "W": (inputs, 4 * hidden),
        "U": (hidden, 4 * hidden),
        "b": (4 * hidden,),
        "x": (batch, inputs),
        **dict.fromkeys(("h", "c", "dh", "dc"), (batch, hidden)),
    }
    return {"inputs": inputs, "hidden": hidden} | {name: normal32(rng, *shape) for name, shape in shapes.items()}


def cells(*sizes, label="unequal sizes"):
    def draw(rng):
        for each in sizes:
            yield Given(label, cell(rng, *each))

    return draw


class LSTMCell(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.W = nn.Parameter(torch.randn(inputs, 4 * hidden))
        self.U = nn.Parameter(torch.randn(hidden, 4 * hidden))
        self.b = nn.Parameter(torch.zeros(4 * hidden))

    def forward(self, x, h, c):
        zero = torch.zeros_like(self.b)
        return torch.lstm_cell(x, (h, c), self.W.T, self.U.T, self.b, zero)


lstm_cell = Contract(
    reference=LSTMCell,
    probe=Probe("module", {"sizes": 2, "weights": ["W", "U", "b"], "outputs": 2}),
    outputs=near("h_next", "c_next", "dx", "dh", "dc", "dW", "dU", "db"),
    read="lstm#eq-lstm-step",
    parts=(
        Part("shapes", cells((3, 2, 4), (1, 1, 1)), values=False),
        Part("values", cells((3, 2, 4), (2, 3, 3))),
        Part("edges", cells((1, 3, 8), label="a batch of one")),
    ),
)
WORDS = {
    "x": "the input",
    "h": "the old hidden state",
    "c": "the old cell state",
    "i": "the input gate",
    "f": "the forget gate",
    "g": "the candidate",
    "o": "the output gate",
}


@lstm_cell.derivation(
    words=WORDS,
    families=written_with("torch", ARRAYS),
    # Left out or no parameter: both are missing among the parameters.
    without=("statement-missing-W", "negated-W-nn-Parameter-randn-inputs-4-hidden"),
)
class Marked(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.W = nn.Parameter(torch.randn(inputs, 4 * hidden))
        self.U = nn.Parameter(torch.randn(hidden, 4 * hidden))
        self.b = nn.Parameter(torch.zeros(4 * hidden))

    def forward(self, x, h, c):
        sums = x @ self.W + h @ self.U + self.b
        a_i, a_f, a_g, a_o = sums.chunk(4, dim=1)
        i = torch.sigmoid(a_i)  #: eq-lstm-input-gate
        f = torch.sigmoid(a_f)  #: eq-lstm-forget-gate
        g = torch.tanh(a_g)  #: eq-lstm-candidate
        o = torch.sigmoid(a_o)  #: eq-lstm-output-gate
        c_next = f * c + i * g  #: eq-lstm-cell: what is kept + what is written
        h_next = o * torch.tanh(c_next)  #: eq-lstm-hidden
        return h_next, c_next


@lstm_cell.variant
class Stacked(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.register_parameter("b", nn.Parameter(torch.empty(4 * hidden)))
        self.W, self.U = (nn.Parameter(torch.empty(n, 4 * hidden)) for n in (inputs, hidden))

    def forward(self, x, h, c):
        both = torch.cat([x, h], 1) @ torch.cat([self.W, self.U]) + self.b
        n = h.shape[1]
        i, f, o = (both[:, k * n : (k + 1) * n].sigmoid() for k in (0, 1, 3))
        new = i * both[:, 2 * n : 3 * n].tanh() + f * c
        return [new.tanh() * o, new]


lstm_cell.slip(
    "not-a-parameter",
    "W is a plain tensor: the optimiser never sees it. Make it an nn.Parameter.",
    ("self.W = nn.Parameter(torch.randn(inputs, 4 * hidden))", "self.W = torch.randn(inputs, 4 * hidden)"),
)
lstm_cell.slip(
    "state-detached",
    "You detach the cell state: no gradient flows back through it.",
    ("f * c + i * g", "f * c.detach() + i * g"),
)
lstm_cell.slip(
    "state-kept",
    "The module keeps its state from one call to the next. It gets its state as an argument.",
    ("        sums = x", "        c = getattr(self, 'c', c)\n        sums = x"),
    ("        return h_next", "        self.c = c_next.detach()\n        return h_next"),
)
lstm_cell.slip(
    "bias-on-one-gate",
    "The bias goes to the input gate alone. Every gate has its own.",
    ("h @ self.U + self.b", "h @ self.U"),
    ("torch.sigmoid(a_i)", "torch.sigmoid(a_i + self.b[: h.shape[1]] + 0 * self.b.sum())"),
)

# A Keras layer: Elman's network over a sequence.


def sequences(*sizes, label="unequal sizes"):
    def draw(rng):
        for batch, steps, inputs, units in sizes:
            shapes = {
                "W": (inputs, units),
                "U": (units, units),
                "b": (units,),
                "X": (batch, steps, inputs),
                "dHs": (batch, steps, units),
            }
            yield Given(label, {"units": units} | {name: normal32(rng, *shape) for name, shape in shapes.items()})

    return draw


class Elman(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], self.units), name="W")
        self.U = self.add_weight(shape=(self.units, self.units), name="U")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")

    def call(self, X):
        h, states = ops.zeros((X.shape[0], self.units)), []
        for x in ops.unstack(X, axis=1):
            h = ops.tanh(ops.matmul(x, self.W) + ops.matmul(h, self.U) + self.b)
            states.append(h)
        return ops.stack(states, axis=1)


elman = Contract(
    reference=Elman,
    probe=Probe("layer", {"sizes": 1, "weights": ["W", "U", "b"], "outputs": 1}),
    outputs=near("Hs", "dX", "dW", "dU", "db"),
    read="rnn-cell#eq-unrolled",
    parts=(
        Part("shapes", sequences((2, 4, 3, 5)), values=False),
        Part("values", sequences((2, 4, 3, 3))),
        Part("edges", sequences((1, 3, 2, 4), label="a batch of one")),
    ),
)
FEW = [one for one in ARRAYS if one.__name__ in ("sums", "kernels", "loops", "statements", "calls")]


@elman.derivation(words={"h": "the state", "states": "the states"}, families=written_with("ops", FEW))
class Looped(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], self.units), name="W")
        self.U = self.add_weight(shape=(self.units, self.units), name="U")
        self.b = self.add_weight(shape=(self.units,), name="b")

    def call(self, X):
        W, U, b = self.W.value, self.U.value, self.b.value
        h, states = ops.zeros((X.shape[0], self.units)), []
        for t in range(X.shape[1]):
            h = ops.tanh(X[:, t] @ W + h @ U + b)  #: eq-rnn-step: the input's term + the recurrent term + the bias
            states.append(h)
        return ops.stack(states, axis=1)


@elman.variant
class InputsFirst(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.b = self.add_weight(shape=(self.units,), name="b")
        self.U = self.add_weight(shape=(self.units, self.units), name="U")
        self.W = self.add_weight(shape=(shape[-1], self.units), name="W")

    def call(self, X):
        A = ops.matmul(X, self.W) + self.b
        states = [ops.tanh(A[:, 0])]
        for t in range(1, A.shape[1]):
            states.append(ops.tanh(A[:, t] + ops.matmul(states[-1], self.U)))
        return ops.stack(states, axis=1)


elman.slip(
    "not-trained",
    "W is made with trainable=False: it gets no gradient.",
    ('self.units), name="W"', 'self.units), trainable=False, name="W"'),
)
elman.slip(
    "state-kept",
    "The layer keeps its state from one call to the next. Begin with zeros.",
    (
        "h, states = ops.zeros((X.shape[0], self.units)), []",
        "h, states = getattr(self, 'h', 0 * X[:, 0, :1] + 0 * b), []",
    ),
    ("        return ops", "        object.__setattr__(self, 'h', h.detach())\n        return ops"),
)

# A training loop: gradient descent with clipping, the gradients from a function.


def regressions(*sizes, label="unequal sizes"):
    def draw(rng):
        for steps, batch, inputs in sizes:
            yield Given(
                label,
                {
                    "w": rng.standard_normal(inputs),
                    "inputs": rng.standard_normal((steps, batch, inputs)),
                    # Gradients on both sides of the limit, and of one.
                    "targets": rng.uniform(0.3, 3) * rng.standard_normal((steps, batch)),
                    "rate": rng.uniform(0.1, 0.3),
                    "limit": rng.uniform(0.4, 0.8),
                },
            )

    return draw


def train_epoch(gradient, w, batches, rate, limit):
    """The loss before each step, and the weights after the last."""
    losses = []
    for batch in batches:
        loss, g = gradient(w, batch)
        norm = np.sqrt((g**2).sum())
        if norm > limit:
            g = limit / norm * g
        w = w - rate * g
        losses.append(loss)
    return np.array(losses), w


epoch = Contract(
    reference=train_epoch,
    probe=Probe("on_linear_regression"),
    outputs=near("losses", "w"),
    read="Goodfellow, Bengio and Courville (2016), section 8.1",
    parts=(
        Part("values", regressions((8, 3, 4), (6, 2, 6), (7, 5, 2))),
        Part("edges", regressions((4, 1, 3), (3, 2, 1), (1, 1, 1), label="batches of one, one weight, one batch")),
    ),
)


@epoch.derivation(
    words={"g": "the gradient", "w": "the weights", "losses": "the losses"},
    families=(training, *ARRAYS),
)
def clipped_descent(gradient, w, batches, rate, limit):
    losses = []
    for batch in batches:
        loss, g = gradient(w, batch)
        g = g * min(1, limit / np.linalg.norm(g))
        w = w - rate * g
        losses.append(loss)
    return np.array(losses), w


@epoch.variant
def by_index(gradient, w, batches, rate, limit):
    losses = np.empty(len(batches))
    mine = w.copy()
    for k in range(len(batches)):
        losses[k], g = gradient(mine, batches[k])
        mine -= rate * g / max(1, np.linalg.norm(g) / limit)
    return losses, mine


epoch.slip(
    "loss-after-the-step",
    "You keep the loss after each step. It is asked for before it.",
    ("losses.append(loss)", "losses.append(gradient(w, batch)[0])"),
)
epoch.say(
    "behind-the-loop-g",
    "The step is taken with the gradient as it came. Clip it in every step, before the step is taken.",
)
epoch.slip("weights-overwritten", "You change the weights that you were given.", ("w = w - rate * g", "w -= rate * g"))

# A lattice of tags: the partition function, and the best path.


def lattices(*sizes, label="unequal sizes", scale=1.0):
    def draw(rng):
        for steps, tags in sizes:
            yield Given(label, lattice(rng, steps, tags, scale), forbid_overflow=scale > 1)

    return draw


def lattice(rng, steps, tags, scale=1.0):
    """Scores (steps, tags) and transitions (tags, tags); the best path is better than any other by 1e-3."""
    while True:
        scores, transitions = (
            scale * rng.standard_normal((steps, tags)),
            scale * (rng.standard_normal((tags, tags)) - 1),
        )
        best = np.sort(every_path(scores, transitions).ravel())[-2:]
        if len(best) == 1 or best[1] - best[0] > 1e-3:
            return {"scores": scores, "transitions": transitions}


def every_path(scores, transitions):
    """The score of each path, an axis a step."""
    totals = scores[0]
    for row in scores[1:]:
        totals = totals[..., None] + transitions + row
    return totals


LATTICES = (
    Part("values", lattices((5, 3), (3, 6), (4, 4), (6, 4), (7, 3))),
    Part(
        "edges", lattices((1, 3), (3, 1), (6, 2), (5, 4), (6, 4), (7, 3), label="one step, one tag, two tags, or more")
    ),
    Part("large", lattices((5, 3), (4, 4), (6, 4), label="large scores", scale=1e3)),
)


def log_partition(scores, transitions):
    """The logarithm of the sum over paths of the exponential of their scores."""
    alpha = scores[0]
    for t in range(1, len(scores)):
        alpha = scores[t] + logsumexp(alpha + transitions.T, axis=1)
    return logsumexp(alpha)


partition = Contract(
    reference=log_partition,
    outputs=near("log_Z"),
    read="Lafferty, McCallum and Pereira (2001)",
    parts=LATTICES,
)


@partition.derivation(
    words={"alpha": "what the paths so far add up to", "transitions": "the transitions"},
    families=(in_logsumexp, *ARRAYS),
)
def forward_algorithm(scores, transitions):
    alpha = scores[0]
    for t in range(1, len(scores)):
        alpha = logsumexp(alpha[:, None] + transitions, axis=0) + scores[t]
    return logsumexp(alpha, axis=0)


@partition.variant
def shifted_by_hand(scores, transitions):
    alpha = scores[0]
    for row in scores[1:]:
        each = alpha[:, np.newaxis] + transitions + row
        top = each.max(axis=0)
        alpha = top + np.log(np.exp(each - top).sum(axis=0))
    return alpha.max() + np.log(np.exp(alpha - alpha.max()).sum())


@partition.variant
def backward_algorithm(scores, transitions):
    beta = 0 * scores[-1]
    for t in reversed(range(1, len(scores))):
        beta = logsumexp(transitions + scores[t] + beta, axis=1)
    return logsumexp(scores[0] + beta)


def viterbi(scores, transitions):
    """The best path and its score."""
    totals = every_path(scores, transitions)
    return np.argwhere(totals == totals.max())[0], totals.max()


def _is_not_the_best(function, rng):
    given = lattice(rng, 4, 3)
    path, score = function(*given.values())
    totals = every_path(*given.values())
    return not np.isclose(score, totals.max()) or not np.isclose(score, totals[tuple(path)])


best_path = Contract(
    reference=viterbi,
    outputs=(exact("path"), *near("score")),
    read="Forney (1973)",
    parts=LATTICES,
    rules=(Rule("not-the-best", "no other path may have a higher score.", _is_not_the_best, "Forney (1973)"),),
)


@best_path.derivation(
    words={"best": "the best score so far", "back": "where it came from", "transitions": "the transitions"},
    families=(in_logsumexp, *ARRAYS),
)
def with_pointers(scores, transitions):
    best, back = scores[0], []
    for t in range(1, len(scores)):
        reached = best[:, None] + transitions
        back.append(reached.argmax(axis=0))
        best = reached.max(axis=0) + scores[t]
    path = [best.argmax()]
    for pointers in reversed(back):
        path.insert(0, pointers[path[0]])
    return path, best.max()


@best_path.variant
def in_arrays(scores, transitions):
    steps, tags = scores.shape
    best, back = scores.copy(), np.zeros((steps, tags), dtype=int)
    for t in range(1, steps):
        for k in range(tags):
            reached = best[t - 1] + transitions[:, k]
            back[t, k] = np.argmax(reached)
            best[t, k] += reached[back[t, k]]
    path = np.zeros(steps)
    path[-1] = np.argmax(best[-1])
    for t in range(steps - 1, 0, -1):
        path[t - 1] = back[t, int(path[t])]
    return path, best[-1].max()


@best_path.variant
def whole_paths(scores, transitions):
    paths = [((k,), score) for k, score in enumerate(scores[0])]
    for row in scores[1:]:
        paths = [
            max((((*p, k), s + transitions[p[-1], k] + row[k]) for p, s in paths), key=lambda one: one[1])
            for k in range(len(row))
        ]
    return max(paths, key=lambda one: one[1])


best_path.slip(
    "greedy",
    "You take the best tag of each step. The best path may pass through worse ones.",
    ("path = [best.argmax()]", "path = list(scores.argmax(axis=1))"),
    ("path.insert(0, pointers[path[0]])", "pass"),
)

# A tokenizer of characters: 0 fills up, 1 begins, 2 ends, 3 is any unknown character.

VOCABULARY = "abcdefgh 语言模型\n\u0301🙂"
EDGE_TEXTS = {
    "empty": "",
    "capitals": "Dead Cab",
    "CJK": "语言",
    "combining": "cafe\u0301",
    "emoji": "🙂a👩‍👧",
    "newline": "a\nb\tc",
    "unknown": "zzq",
    "long": "a bad cabbage faded",
}


def draw_texts(rng):
    for _ in range(6):
        characters = rng.choice(list(VOCABULARY + "XyZ"), rng.integers(4, 40))
        yield Given("characters at random", {"text": "".join(characters), "vocabulary": VOCABULARY, "length": 12})


def edge_texts(rng):
    for label, given in EDGE_TEXTS.items():
        yield Given(label, {"text": given, "vocabulary": VOCABULARY, "length": 10})


def encode(text, vocabulary, length):
    """Token ids, `length` of them: the text in lower case, cut or filled up."""
    inner = [vocabulary.index(c) + 4 if c in vocabulary else 3 for c in text.lower()][: length - 2]
    return [1, *inner, 2] + [0] * (length - 2 - len(inner))


encoding = Contract(
    reference=encode,
    outputs=(exact("ids"),),
    read="Jurafsky and Martin (2025), section 2.5",
    parts=(Part("values", draw_texts), Part("edges", edge_texts)),
)


@encoding.derivation(
    words={"known": "the vocabulary's tokens", "ids": "the tokens"},
    families=(in_text, *ARRAYS),
)
def by_table(text, vocabulary, length):
    known = {character: place + 4 for place, character in enumerate(vocabulary)}
    ids = [known.get(character, 3) for character in text.lower()]
    ids = [1, *ids[: length - 2], 2]
    return ids + [0] * (length - len(ids))


@encoding.variant
def by_array(text, vocabulary, length):
    ids = np.zeros(length, dtype=int)
    ids[0] = 1
    end = min(len(text), length - 2)
    for k, character in enumerate(text.lower()[:end]):
        ids[k + 1] = vocabulary.find(character) + 4 if character in vocabulary else 3
    ids[end + 1] = 2
    return ids


@encoding.variant
def as_a_tuple(text, vocabulary, length):
    ids = [1]
    for character in text.lower():
        if len(ids) == length - 1:
            break
        ids.append(list(vocabulary).index(character) + 4 if character in vocabulary else 3)
    ids.append(2)
    return (*ids, *[0] * (length - len(ids)))


encoding.slip(
    "cut-behind-the-end",
    "You cut the text when its end is marked already, so that a long text loses its end mark.",
    ("ids = [1, *ids[: length - 2], 2]", "ids = [1, *ids, 2][:length]"),
)
encoding.slip(
    "unknown-skipped",
    "Unknown characters are skipped. Each becomes the unknown token.",
    ("for character in text.lower()]", "for character in text.lower() if character in known]"),
)
encoding.slip(
    "not-filled-up",
    "A short text is not filled up: all texts of a batch have to be of one length.",
    ("return ids + [0] * (length - len(ids))", "return ids"),
)


def draw_ids(rng):
    for _ in range(3):
        inner = rng.permutation(range(3, 4 + len(VOCABULARY))).tolist()
        yield Given("tokens at random", {"ids": [1, *inner, 2, 0, 0], "vocabulary": VOCABULARY})


def edge_ids(rng):
    for label, given in EDGE_TEXTS.items():
        yield Given(label, {"ids": encode(given, VOCABULARY, 12), "vocabulary": VOCABULARY})
    yield Given("tokens behind the end", {"ids": [1, 4, 2, 5, 6], "vocabulary": VOCABULARY})


def decode(ids, vocabulary):
    """The text up to the end token; an unknown token is a question mark."""
    inner = list(ids)[: list(ids).index(2)]
    return "".join("?" if token == 3 else vocabulary[token - 4] for token in inner if token >= 3)


def _forgets_the_text(function, rng):
    given = "".join(rng.choice(list(VOCABULARY), 8))
    return function(encode(given, VOCABULARY, 10), VOCABULARY) != given


decoding = Contract(
    reference=decode,
    outputs=(text("text"),),
    read="Jurafsky and Martin (2025), section 2.5",
    parts=(Part("values", draw_ids), Part("edges", edge_ids)),
    rules=(Rule("forgets-the-text", "what was encoded comes back.", _forgets_the_text, "Jurafsky and Martin (2025)"),),
)


@decoding.derivation(words={"read": "what is read"}, families=(in_text, *ARRAYS))
def token_by_token(ids, vocabulary):
    read = []
    for token in ids:
        if token == 2:
            break
        if token == 3:
            read.append("?")
        if token > 3:
            read.append(vocabulary[token - 4])
    return "".join(read)


@decoding.variant
def by_dictionary(ids, vocabulary):
    characters = dict(enumerate(["", "", "", "?", *vocabulary]))
    made = ""
    for token in ids:
        if token == 2:
            return made
        made += characters[token]


@decoding.variant
def cut_first(ids, vocabulary):
    signs = ["", "", "", "?", *vocabulary]
    end = ids.index(2)
    return "".join(map(signs.__getitem__, ids[:end]))


decoding.slip("not-joined", "You return a list. Join it into one text.", ('"".join(read)', "read"))
decoding.slip("joined-with-spaces", "You put spaces between the characters.", ('"".join(read)', '" ".join(read)'))
decoding.slip("end-ignored", "You read on behind the end token.", ("            break", "            continue"))

# A beam search.


def tables(*sizes, label="unequal sizes"):
    def draw(rng):
        for tokens, beam, steps in sizes:
            yield Given(label, table(rng, tokens, beam, steps))

    return draw


def table(rng, tokens, beam, steps):
    """Log-probabilities; the end, which is token 1, is likely enough to come early."""
    scores = rng.standard_normal((steps, tokens, tokens))
    scores[..., 1] += 0.5
    log_p = scores - logsumexp(scores, axis=-1, keepdims=True)
    return {"table": log_p, "bos": 0, "eos": 1, "beam": beam, "steps": steps}


def beam_search(score, bos, eos, beam, steps):
    """Token lists, the best first, and the sums of their log-probabilities."""
    kept = [(0.0, [bos])]
    for _ in range(steps):
        longer = [one for one in kept if one[1][-1] == eos]
        for total, tokens in kept:
            if tokens[-1] != eos:
                longer += [(total + p, [*tokens, k]) for k, p in enumerate(score(tokens))]
        kept = sorted(longer, key=lambda one: -one[0])[:beam]
    return [tokens for _, tokens in kept], np.array([total for total, _ in kept])


def _misses_the_best(function, rng):
    given = table(rng, 3, 200, 4)
    exhaustive, _ = function(*given.values())
    greedy, _ = function(*{**given, "beam": 1}.values())
    tokens = [0]
    while tokens[-1] != 1 and len(tokens) < 5:
        tokens.append(int(given["table"][len(tokens) - 1, tokens[-1]].argmax()))
    return len(exhaustive) < 20 or greedy != [tokens]


searching = Contract(
    reference=beam_search,
    probe=Probe("on_a_table"),
    outputs=(exact("sequences"), *near("scores")),
    read="Graves (2012)",
    parts=(
        Part("values", tables((5, 3, 4), (4, 2, 5), (3, 4, 5), (6, 2, 4), (4, 6, 3))),
        Part(
            "edges",
            tables(
                (4, 1, 4), (3, 30, 3), (3, 2, 1), (5, 3, 4), (6, 4, 3), label="a beam of one, a wide beam, one step"
            ),
        ),
    ),
    rules=(
        Rule(
            "misses-the-best",
            "a beam of one is greedy, and a beam wide enough finds everything.",
            _misses_the_best,
            "Graves (2012)",
        ),
    ),
)


@searching.derivation(
    words={"beams": "the hypotheses", "grown": "the longer hypotheses", "total": "the score so far"},
    families=(search, *ARRAYS),
)
def sorted_each_step(score, bos, eos, beam, steps):
    beams = [([bos], 0.0)]
    for _ in range(steps):
        grown = []
        for tokens, total in beams:
            if tokens[-1] == eos:
                grown.append((tokens, total))
                continue
            for token, log_p in enumerate(score(tokens)):
                grown.append(([*tokens, token], total + log_p))
        beams = sorted(grown, key=lambda one: one[1], reverse=True)[:beam]
    return [tokens for tokens, _ in beams], [total for _, total in beams]


@searching.variant
def best_of_each_first(score, bos, eos, beam, steps):
    beams = [(0.0, (bos,))]
    for _ in range(steps):
        grown = []
        for total, tokens in beams:
            if tokens[-1] == eos:
                grown.append((total, tokens))
            else:
                log_p = score(list(tokens))
                grown += [(total + log_p[k], (*tokens, int(k))) for k in np.argsort(-log_p)[:beam]]
        grown.sort()
        beams = grown[: -beam - 1 : -1]
    return [list(tokens) for _, tokens in beams], np.array([total for total, _ in beams])


@searching.variant
def tuples_throughout(score, bos, eos, beam, steps):
    done, live = [], [((bos,), 0.0)]
    for _ in range(steps):
        longer = [((*s, k), t + p) for s, t in live for k, p in enumerate(score(s))]
        best = sorted(done + longer, key=lambda one: one[1])[::-1][:beam]
        done = [one for one in best if one[0][-1] == eos]
        live = [one for one in best if one[0][-1] != eos]
    best = sorted(done + live, key=lambda one: -one[1])
    return tuple(s for s, _ in best), tuple(t for _, t in best)


searching.slip(
    "cut-before-adding",
    "You compare the last step's log-probabilities alone. Add them to the score so far, then compare.",
    ("grown.append(([*tokens, token], total + log_p))", "grown.append(([*tokens, token], total + log_p, log_p))"),
    ("grown.append((tokens, total))", "grown.append((tokens, total, 0.0))"),
    (
        "sorted(grown, key=lambda one: one[1], reverse=True)[:beam]",
        "[one[:2] for one in sorted(grown, key=lambda one: one[2], reverse=True)[:beam]]",
    ),
)

KINDS = (lstm_cell, elman, epoch, partition, best_path, encoding, decoding, searching)

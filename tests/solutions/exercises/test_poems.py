"""The assignment `poems`: wrong attempts are called by their names; a net without memory or without end fails."""

import re

import numpy as np
import pytest

from autograde.course.cells import grade_id
from autograde.release.source import read_source
from solutions.exercises.catalogue import source_of
from solutions.exercises.poems.behaviour import is_kept, judge_training
from tests.solutions.exercises.attempts import (
    KEYS,
    RIGHT,
    Attempts,
    called,
    fixtures,
    model_answers,
    run,
    said,
)

ANSWERS = {
    "process_dataset": """
def process_dataset(lines, longest):
    result = []
    for line in lines:
        idx = -1
        for i, ch in enumerate(line):
            if ch == ":" or ch == "：":
                idx = i
                break
        if idx == -1:
            continue
        content = line[idx + 1:].strip()
        if len(content) == 0 or len(content) > longest:
            continue
        result.append(["<bos>"] + list(content) + ["<eos>"])
    return result
""",
    "poem_dataset": """
def poem_dataset(poems, words):
    word2id = {}
    for i, word in enumerate(words):
        word2id[word] = i
    B = len(poems)
    lengths = np.array([len(p) - 1 for p in poems])
    T = lengths.max()
    x = np.zeros((B, T), dtype=np.int64)
    y = np.zeros((B, T), dtype=np.int64)
    for i, p in enumerate(poems):
        seq = [word2id[w] for w in p]
        x[i, :len(seq) - 1] = seq[:-1]
        y[i, :len(seq) - 1] = seq[1:]
    return x, y, lengths
""",
    "poem_loss": """
def poem_loss(logits, targets, lengths):
    B, T, V = logits.shape
    z = logits - logits.max(axis=2, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=2, keepdims=True)
    b, t = np.indices((B, T))
    logp = z[b, t, targets] - np.log(np.exp(z).sum(axis=2))
    mask = (t < lengths[:, None]).astype(float)
    w = mask / (lengths[:, None] * B)
    loss = -(logp * w).sum()
    d = p.copy()
    d[b, t, targets] -= 1
    d = d * w[:, :, None]
    return loss, d
""",
    "adam_update": """
def adam_update(w, dw, m, v, step, rate, beta1, beta2, epsilon):
    m_new = beta1 * m + (1 - beta1) * dw
    v_new = beta2 * v + (1 - beta2) * dw ** 2
    mhat = m_new / (1 - beta1 ** step)
    vhat = v_new / (1 - beta2 ** step)
    w_new = w - rate * mhat / (np.sqrt(vhat) + epsilon)
    return w_new, m_new, v_new
""",
    "generate": """
def generate(u, temperature, E, W, U, b, Wy, by):
    h = np.zeros(U.shape[0])
    tok = 1
    out = []
    for t in range(len(u)):
        h = np.tanh(E[tok] @ W + h @ U + b)
        logits = h @ Wy + by
        logits[0] = -np.inf
        logits[1] = -np.inf
        if temperature == 0:
            tok = int(np.argmax(logits))
        else:
            z = (logits - logits.max()) / temperature
            p = np.exp(z)
            p = p / p.sum()
            c = np.cumsum(p)
            tok = int(np.searchsorted(c, u[t], side="right"))
        if tok == 2:
            break
        out.append(tok)
    return out
""",
    "poem_form": """
def poem_form(text, rhymes):
    lines = []
    cur = []
    for ch in text:
        if ch in "，。！？；\\n":
            if cur:
                lines.append(cur)
            cur = []
        elif ch.isalnum():
            cur.append(ch)
    if cur:
        lines.append(cur)
    lengths = [len(x) for x in lines]
    regular = len(lines) >= 2 and all(n == lengths[0] for n in lengths)
    rhymed = False
    if len(lines) >= 4:
        ends = [x[-1] for x in lines[1::2]]
        cls = ""
        for group in rhymes:
            if ends[0] in group:
                cls = group
        rhymed = bool(cls) and all(e in cls for e in ends)
    return lengths, regular, rhymed
""",
    "longest_copy": """
def longest_copy(text, poems):
    best = (0, 0, 0)
    for k in range(len(poems)):
        poem = poems[k]
        dp = np.zeros((len(text) + 1, len(poem) + 1), dtype=int)
        for i in range(1, len(text) + 1):
            for j in range(1, len(poem) + 1):
                if text[i - 1] == poem[j - 1]:
                    dp[i, j] = dp[i - 1, j - 1] + 1
        longest = int(dp.max())
        if longest > best[2]:
            end = min(j for j in range(len(poem) + 1) if dp[:, j].max() == longest)
            best = (k, end - longest, longest)
    return best
""",
}


def verdict(name, *edits):
    """What `check` calls the answer to `name` after the edits."""
    return called(fixtures("poems")[name], run(ANSWERS, name, edits)[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT


@pytest.mark.parametrize("name", ANSWERS)
def test_the_model_answers_are_right(name):
    assert called(fixtures("poems")[name], run(model_answers("poems"), re=re)[name]) == RIGHT


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("process_dataset", 'ch == ":" or ch == "："', 'ch == "："', "full-width-alone"),
        ("process_dataset", 'ch == ":" or ch == "："', 'ch == ":"', "keyboard-alone"),
        ("process_dataset", "                break\n", "", "last-colon-separates"),
        ("process_dataset", "line[idx + 1:].strip()", "line[idx + 1:]", "white-space-kept"),
        ("process_dataset", "line[idx + 1:].strip()", 'line[idx + 1:].replace(" ", "").strip()', "spaces-deleted"),
        ("process_dataset", "line[idx + 1:].strip()", 'line[idx + 1:].strip("\\n")', "newline-alone-taken-off"),
        ("process_dataset", "line[idx + 1:]", "line[:idx]", "title-for-content"),
        ("process_dataset", "len(content) == 0 or len(content)", "len(content)", "empty-kept"),
        ("process_dataset", "len(content) > longest", "len(content) >= longest", "shorter-than-allowed"),
        ("process_dataset", " or len(content) > longest", "", "long-ones-kept"),
        ("process_dataset", "list(content) + [", "list(content[:longest]) + [", "right"),  # none is longer
        ("process_dataset", ' + ["<eos>"]', "", "eos-missing"),
        ("process_dataset", '["<bos>"] + ', "", "bos-missing"),
        ("process_dataset", "list(content)", "content.split()", "words-for-characters"),
        ("process_dataset", "list(content)", "[content]", "content-in-one-piece"),
        ("poem_dataset", "= seq[1:]", "= seq[:-1]", "targets-not-shifted"),
        ("poem_dataset", "= seq[:-1]", "= seq[1:]", "inputs-are-the-targets"),
        ("poem_dataset", "return x, y, lengths", "return x, y, lengths + 1", "lengths-with-both"),
        ("poem_dataset", "return x, y, lengths", "return x, y, lengths - 1", "lengths-without-both"),
        ("poem_dataset", "return x, y, lengths", "return x.T, y.T, lengths", "steps-by-poems"),
        ("poem_dataset", "return x, y, lengths", "return x, y, (y > 0) * 1", "mask-for-lengths"),
        ("poem_dataset", "B = len(poems)", "poems = sorted(poems, key=len); B = len(poems)", "sorted-by-length"),
        ("poem_loss", "z = logits - logits.max(axis=2, keepdims=True)", "z = logits", "naive-softmax"),
        ("poem_loss", "w = mask / (lengths[:, None] * B)", "w = mask / mask.sum()", "mean-over-tokens"),
        ("poem_loss", "w = mask / (lengths[:, None] * B)", "w = mask / (T * B)", "divided-by-the-longest"),
        ("poem_loss", "w = mask / (lengths[:, None] * B)", "w = mask / lengths[:, None]", "not-divided-by-the-poems"),
        ("poem_loss", "w = mask / (lengths[:, None] * B)", "w = mask / B", "not-divided-by-the-lengths"),
        ("poem_loss", "w = mask / (lengths[:, None] * B)", "w = np.ones((B, T)) / (B * T)", "padding-counts"),
        ("poem_loss", "t < lengths[:, None]", "targets != 0", "targets-of-0-left-out"),
        ("poem_loss", "t < lengths[:, None]", "t < lengths[:, None] - 1", "last-step-left-out"),
        ("poem_loss", "-(logp * w).sum()", "-logp.mean()", "padding-in-the-loss"),
        ("poem_loss", "d * w[:, :, None]", "d / (lengths[:, None, None] * B)", "gradient-not-masked"),
        ("poem_loss", "d * w[:, :, None]", "d * mask[:, :, None]", "gradient-not-divided"),
        ("poem_loss", "    return loss, d", "    return loss, -d", "gradient-of-log-p"),
        ("adam_update", "mhat = m_new / (1 - beta1 ** step)", "mhat = m_new", "first-mean-not-corrected"),
        ("adam_update", "vhat = v_new / (1 - beta2 ** step)", "vhat = v_new", "mean-of-squares-not-corrected"),
        ("adam_update", "np.sqrt(vhat) + epsilon", "np.sqrt(vhat + epsilon)", "epsilon-under-the-root"),
        ("adam_update", "(np.sqrt(vhat) + epsilon)", "(vhat + epsilon)", "root-missing"),
        ("adam_update", "dw ** 2", "dw", "gradient-not-squared"),
        ("adam_update", "w - rate", "w + rate", "uphill"),
        ("adam_update", "return w_new, m_new, v_new", "return w_new, mhat, vhat", "corrected-handed-on"),
        ("adam_update", "return w_new, m_new, v_new", "return w_new, m, v", "old-means-handed-on"),
        ("adam_update", "rate * mhat", "rate * dw", "gradient-for-mean"),
        ("generate", "tok = 1\n", "tok = 0\n", "begins-with-pad"),
        ("generate", "        logits[0] = -np.inf\n        logits[1] = -np.inf\n", "", "nothing-forbidden"),
        ("generate", "        logits[1] = -np.inf\n", "", "pad-alone-forbidden"),
        ("generate", "            break\n", "            out.append(tok)\n            break\n", "eos-returned"),
        ("generate", "            break\n", "            continue\n", "eos-left-out-and-on"),
        ("generate", "        if tok == 2:\n            break\n", "", "does-not-end"),
        ("generate", "h @ U + b)", "b)", "state-lost-at-each-token"),
        ("generate", "E[tok]", "E[1]", "new-token-not-read"),
        ("generate", ") / temperature", ")", "temperature-ignored"),
        ("generate", ") / temperature", ") * temperature", "temperature-multiplied"),
        ("generate", "u[t], side", "u[0], side", "one-number-for-all"),
        ("generate", "(logits - logits.max())", "logits", "naive-softmax"),
        ("generate", 'int(np.searchsorted(c, u[t], side="right"))', "int(np.argmax(p))", "always-greedy"),
        ("generate", "    out = []", "    out = [1]", "bos-returned"),
        ("poem_form", "elif ch.isalnum()", "else", "marks-counted"),
        ("poem_form", "elif ch.isalnum()", "elif not ch.isspace()", "spaces-alone-left-out"),
        ("poem_form", "，。！？；\\n", "。！？；\\n", "comma-ends-nothing"),
        ("poem_form", "，。！？；\\n", "，。！？；", "newline-ends-nothing"),
        ("poem_form", "lines[1::2]", "lines[::2]", "odd-lines-of-four-rhyme"),
        ("poem_form", "lines[1::2]", "[lines[1], lines[3]]", "second-and-fourth-alone"),
        ("poem_form", "e in cls", "e == ends[0]", "same-character"),
        ("poem_form", 'cls = ""', "cls = ends[0]", "same-character-without-a-class"),
        ("poem_form", "e in cls", "any(e in group for group in rhymes)", "each-in-some-class"),
        ("poem_form", "x[-1]", "x[0]", "first-character"),
        ("poem_form", "len(lines) >= 2 and ", "len(lines) >= 1 and ", "one-line-is-regular"),
        ("longest_copy", "longest > best[2]", "longest >= best[2] and longest", "last-poem-of-equals"),
        ("longest_copy", "end - longest, longest", "end, longest", "end-for-start"),
        ("longest_copy", "return best", "return best[0], best[1], best[1] + best[2]", "end-for-length"),
        ("longest_copy", "best = (k,", "best = (k + 1,", "poems-from-1"),
        ("longest_copy", "return best", "return best[2], best[0], best[1]", "length-first"),
        ("longest_copy", "range(len(poems))", "range(min(1, len(poems)))", "first-poem-alone"),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert verdict(name, (old, new)) == wanted


ATTEMPTS = Attempts()


@ATTEMPTS.at("process_dataset", "piece-between-the-colons")
def split_without_a_limit(lines, longest):
    poems = []
    for line in lines:
        pieces = line.replace("：", ":").split(":")
        if len(pieces) > 1 and 0 < len(pieces[1].strip()) <= longest:
            poems.append(["<bos>", *pieces[1].strip(), "<eos>"])
    return poems


@ATTEMPTS.at("process_dataset", "long-ones-cut")
def cut_to_fit(lines, longest):
    found = [re.split("[:：]", line, maxsplit=1) for line in lines]
    contents = [pieces[1].strip() for pieces in found if len(pieces) > 1]
    return [["<bos>", *content[:longest], "<eos>"] for content in contents if content]


@ATTEMPTS.at("poem_dataset", "padding-in-front")
def padded_as_keras_does(poems, words):
    T = max(len(poem) for poem in poems) - 1
    rows = [[words.index(token) for token in poem] for poem in poems]
    inputs = [[0] * (T - len(row) + 1) + row[:-1] for row in rows]
    targets = [[0] * (T - len(row) + 1) + row[1:] for row in rows]
    return np.array(inputs), np.array(targets), np.array([len(row) - 1 for row in rows])


@ATTEMPTS.at("poem_dataset", "eos-is-read-where-there-is-room")
def shifted_whole(poems, words):
    T = max(len(poem) for poem in poems)
    whole = np.array([[words.index(token) for token in poem] + [0] * (T - len(poem)) for poem in poems])
    return whole[:, :-1].copy(), whole[:, 1:].copy(), np.array([len(poem) - 1 for poem in poems])


@ATTEMPTS.at("adam_update", "epsilon-before-the-correction")
def as_keras_does(w, dw, m, v, step, rate, beta1, beta2, epsilon):
    m = m + (dw - m) * (1 - beta1)
    v = v + (dw**2 - v) * (1 - beta2)
    alpha = rate * np.sqrt(1 - beta2**step) / (1 - beta1**step)
    return w - alpha * m / (np.sqrt(v) + epsilon), m, v


@ATTEMPTS.at("generate", "forbidden-and-not-divided")
def zeroed_and_left(u, temperature, E, W, U, b, Wy, by):
    h, token, made = np.zeros(len(U)), 1, []
    for number in u:
        h = np.tanh(E[token] @ W + h @ U + b)
        scores = h @ Wy + by
        if temperature == 0:
            token = 2 + int(scores[2:].argmax())
        else:
            allowed = np.exp((scores - scores[2:].max()) / temperature)
            p = allowed / allowed.sum()
            p[:2] = 0
            token = int((np.cumsum(p) <= number).sum())
        if token == 2:
            break
        made.append(token)
    return made


@ATTEMPTS.at("longest_copy", "characters-in-order")
def subsequence(text, poems):
    best = (0, 0, 0)
    for n, poem in enumerate(poems):
        table = np.zeros((len(poem) + 1, len(text) + 1), dtype=int)
        for j in range(len(poem)):
            for i in range(len(text)):
                same = table[j, i] + 1
                table[j + 1, i + 1] = same if poem[j] == text[i] else max(table[j, i + 1], table[j + 1, i])
            if table[j + 1].max() > best[2]:
                best = (n, j + 1 - int(table[j + 1].max()), int(table[j + 1].max()))
    return best


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_an_attempt_is_called_by_its_name(attempt):
    assert called(fixtures("poems")[attempt.function], attempt.answer) == attempt.misconception


# A net that keeps a form.


def cells():
    """The code of the notebook's cells, by grade id."""
    return {grade_id(cell): cell.source for cell in read_source(source_of("poems")).cells if cell.cell_type == "code"}


def trainer(*edits, of="train"):
    """The model answer's `train` with these edits of it, or of another answer."""
    answers = {"train_one_step": cells()["train_one_step"], **model_answers("poems")}
    return run(answers, of, edits, re=re)["train"]


BRIEFLY = ("updates = 8, 32, 16, 400", "updates = 8, 32, 16, 1")
FORGOTTEN = ("        n = rng", "        weights[2] = 0 * weights[2]\n        n = rng")
NO_MEMORY = [FORGOTTEN, ("return tuple(weights)", "weights[2] = 0 * weights[2]; return tuple(weights)")]


# Under 72 keys the least share of the model answer was 0.987; without memory, under 20, the most was 0.03, and with a U
# that stays as it was drawn 0.88.
def test_the_model_answer_passes(monkeypatch):
    assert not any(said(judge_training, trainer(), monkeypatch, KEYS[:4]))


@pytest.mark.parametrize(
    ("edits", "of", "sentence"),
    [
        (NO_MEMORY, "train", "U is 0: the net has no memory"),
        ([("w - rate", "w + rate")], "adam_update", "95 % is asked for"),
        ([("updates = 8, 32, 16, 400", "updates = 8, 32, 16, 30")], "train", "95 % is asked for"),
        ([("rate = 0.03 *", "rate = 0.0003 *")], "train", "it does not keep count"),
        ([BRIEFLY, ("return tuple(weights)", "return weights[:5]")], "train", "it returned something else"),
        ([BRIEFLY, ("return tuple(weights)", "return [*weights[:5], 'by']")], "train", "no array of numbers"),
        ([BRIEFLY, ("return tuple(weights)", "return [*weights[:5], weights[5][:3]]")], "train", "by does not fit"),
        ([BRIEFLY, ("return tuple(weights)", "return [*weights[:5], weights[5] * np.nan]")], "train", "not finite"),
        ([("8, 32, 16, 400", "8, 65, 16, 1")], "train", "1 to 64 units"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # weights that run away overflow
def test_what_does_not_learn_or_is_no_net_fails(edits, of, sentence, monkeypatch):
    for text in said(judge_training, trainer(*edits, of=of), monkeypatch, KEYS[:2]):
        assert sentence in " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("山光，水霜。月霜，云光。", True),
        ("山心，水霜。月林，云光。", True),
        ("山光，水霜。", False),
        ("山光，水霜。月霜，云心。", False),
        ("山光，水霜。月霜，云花光。", False),
        ("山光，水霜。月霜，云光。山光，水霜。", False),
        ("", False),
    ],
)
def test_a_poem_keeps_the_form_or_not(text, kept):
    assert is_kept(text) is kept


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([], "✓ train: the net keeps the form"),
        ([BRIEFLY], "✗ It does not keep count"),
        ([("rate = 0.03 *", "rate = np.inf *"), BRIEFLY], "no numbers any more"),
        ([BRIEFLY, ("return tuple(weights)", "return weights[:5]")], "✗ train has to return E, W, U, b, Wy, by"),
        ([("return tuple(weights)", "raise NotImplementedError")], "is not written yet"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_practice_cell_says_how_good_the_net_is(edits, sentence, capsys):
    shown = {name: cells()[name] for name in ("imports", "train_one_step")}
    space = run(shown | model_answers("poems"), "train", edits)
    exec(cells()["train-check"], space)
    assert sentence in capsys.readouterr().out

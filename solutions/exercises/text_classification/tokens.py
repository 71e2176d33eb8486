"""Contract of `tokenize`: a text in lower case, taken apart into words and Chinese characters.

unrolled-canary-29d5fa817b36
"""

import re
from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.judging.families.text import text as in_text
from solutions.reference import texts

# Each text below holds something of every kind, so that no key decides which rule is tried.
PIECES = (
    ("Good", "BAD", "Naïve", "Über", "Señor"),
    ("don't", "Isn't", "rock'n'roll", "we'd've"),
    ("2026", "3rd", "B2B", "x2"),
    ("snake_case", "_private", "max_len_2"),
    ("这部电影很好", "不好看", "一龥鿿"),
    ("very good", "very very", "no, no"),
    ("好ok好", "OK了", "5星"),
)
BETWEEN = (" ", ", ", "! ", "… ", "。", "（", "\n", " - ", "?!", "\t", " 🙂 ", ": '")
EDGE_TEXTS = {
    "empty": "",
    "nothing but marks": " ?! … 。，_ ' \n",
    "one word": "Word",
    "a word alone in quotes": "'Tis 'quoted' and ''twice''",
    "apostrophes that join nothing": "it''s rock 'n' roll' O'",
    "capitals beside digits": "A1b2C3 4U",
    "letters of other scripts": "Crème BRÛLÉE Ночь Ñandú",
    "Chinese beside letters": "我love你2次，don't说",
    "kana, and no space": "これは本",
    "first and last character of the range": "一龥龦鿿a",
    "underscores": "a_b __c__ 4_2",
    "several apostrophes": "rock'n'roll shouldn't've",
    "the same word again": "very very good, very",
    "hyphens": "state-of-the-art well-known",
}


def _draw(rng: np.random.Generator) -> Iterator[kit.Given]:
    for _ in range(4):
        pieces = [str(rng.choice(kind)) for kind in PIECES]
        marks = rng.choice(BETWEEN, len(pieces))
        yield kit.Given(
            "words and marks", {"text": "".join(f"{pieces[k]}{marks[k]}" for k in rng.permutation(len(pieces)))}
        )


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    for label, text in EDGE_TEXTS.items():
        yield kit.Given(label, {"text": text})


tokenize = kit.Contract(
    reference=texts.tokenize,
    outputs=(kit.exact("tokens"),),
    read="text-classification#eq-text-tokens",
    parts=(kit.Part("values", _draw), kit.Part("edges", _edges)),
)


@tokenize.derivation(families=(in_text,))
def by_pattern(text):
    text = text.lower()
    letters = r"[^\W_\u4e00-\u9fff]"
    chinese = r"[\u4e00-\u9fff]"
    word = rf"{letters}+(?:'{letters}+)*"
    return re.findall(rf"{chinese}|{word}", text)  #: eq-text-tokens


@tokenize.variant
def character_by_character(text):
    tokens, word, marked = [], "", False
    for c in text.lower():
        if c.isalnum() and not "\u4e00" <= c <= "\u9fff":
            word += "'" + c if marked and word else c
            marked = False
            continue
        if c == "'" and word and not marked:
            marked = True
            continue
        if word:
            tokens.append(word)
        word, marked = "", False
        if "\u4e00" <= c <= "\u9fff":
            tokens.append(c)
    return [*tokens, word] if word else tokens


@tokenize.variant
def spaces_put_in(text):
    made = []
    text = f" {text.lower()} "
    for k, c in enumerate(text):
        if 0x4E00 <= ord(c) <= 0x9FFF:
            made.append(f" {c} ")
        else:
            beside = text[k - 1 : k] + text[k + 1 : k + 2] if c == "'" else c
            made.append(c if all(d.isalnum() and not 0x4E00 <= ord(d) <= 0x9FFF for d in beside) else " ")
    return "".join(made).split()


@tokenize.variant
def stripped_afterwards(text):
    apart = re.sub(r"([\u4e00-\u9fff])", r" \1 ", text.lower())
    apart = re.sub(r"''+", " ", re.sub(r"[^\w']|_", " ", apart))
    return tuple(word.strip("'") for word in apart.split() if word.strip("'"))


@tokenize.variant
def piece_by_piece(text):
    tokens = []
    for piece in re.split(r"([\u4e00-\u9fff])", text.lower()):
        if re.fullmatch(r"[\u4e00-\u9fff]", piece):
            tokens.append(piece)
        else:
            tokens += re.findall(r"[^\W_]+(?:'[^\W_]+)*", piece)
    return tokens


FOUND = 're.findall(rf"{chinese}|{word}", text)'
tokenize.rewrite("found-one-by-one", (FOUND, '[found.group() for found in re.finditer(rf"{chinese}|{word}", text)]'))
tokenize.rewrite("words-first", (FOUND, 're.findall(rf"{word}|{chinese}", text)'))
tokenize.rewrite("an-array", (FOUND, f"np.array({FOUND}, dtype=str)"))
tokenize.rewrite("lower-case-at-the-end", ("text.lower()", "text"), (FOUND, f"[token.lower() for token in {FOUND}]"))

SPACES_ALONE = (
    "You split at spaces alone. Marks stick to the words beside them, and a Chinese sentence, which has no spaces, is "
    "one word."
)


@tokenize.misconception(SPACES_ALONE)
def split_at_spaces(text):
    return text.lower().split()


@tokenize.misconception(SPACES_ALONE, further=True)
def split_at_spaces_and_no_lower_case(text):
    return text.split()


@tokenize.misconception(
    "You take the text apart into characters. Only Chinese characters stand alone; letters make words."
)
def into_characters(text):
    return list(text.lower())


@tokenize.misconception(
    "Marks are deleted before the text is split: what they separate grows together. Put a space in their place."
)
def marks_deleted(text):
    kept = "".join(c for c in text.lower() if c.isalnum() or c.isspace() or c == "'")
    return re.findall(r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+(?:'[^\W_\u4e00-\u9fff]+)*", kept)


WORD = r"""rf"{letters}+(?:'{letters}+)*" """.strip()
for name, hint, *edits in (
    (
        "marks-kept",
        "Marks are tokens in what you return. They separate, and are dropped.",
        (r'rf"{chinese}|{word}"', r'rf"{chinese}|{word}|[^\w\s]"'),
    ),
    (
        "chinese-as-words",
        "A run of Chinese characters is one word in what you return. Each of them is a token of its own.",
        (r'rf"{chinese}|{word}"', r'rf"{chinese}+|{word}"'),
    ),
    (
        "chinese-among-the-letters",
        "Chinese characters count as letters in your words: isalnum and \\w hold for them, too. Each is a token of its "
        "own.",
        (r"[^\W_\u4e00-\u9fff]", r"[^\W_]"),
    ),
    (
        "chinese-letters-in-words",
        "Chinese characters count as letters in your words: isalnum and \\w hold for them, too. Each is a token of its "
        "own.",
        (r"[^\W_\u4e00-\u9fff]", r"[^\W_]"),
        (r'rf"{chinese}|{word}"', "word"),
    ),
    ("chinese-dropped", "Chinese characters are dropped. Each is a token.", (r'rf"{chinese}|{word}"', "word")),
    (
        "letters-of-english-alone",
        "Your letters are a to z alone: words with é, ü or ñ fall apart. Take what isalnum says.",
        (r'r"[^\W_\u4e00-\u9fff]"', 'r"[a-z0-9]"'),
    ),
    (
        "letters-of-english-alone-and-capitals",
        "Your letters are a to z alone: words with é, ü or ñ fall apart. Take what isalnum says. And lower() is "
        "missing.",
        (r'r"[^\W_\u4e00-\u9fff]"', 'r"[A-Za-z0-9]"'),
        ("text.lower()", "text"),
    ),
    (
        "underscores-kept",
        "The underscore counts as a letter in your words, as it does for \\w. It separates.",
        (r"[^\W_\u4e00-\u9fff]", r"[^\W\u4e00-\u9fff]"),
    ),
    (
        "digits-dropped",
        "Digits are dropped. They belong to words, as letters do.",
        (r"[^\W_\u4e00-\u9fff]", r"[^\W\d_\u4e00-\u9fff]"),
    ),
    (
        "apostrophes-separate",
        "An apostrophe between two letters takes words apart: don't is one token.",
        (WORD, 'rf"{letters}+"'),
    ),
    (
        "one-apostrophe-alone",
        "A word may have several apostrophes: rock'n'roll is one token.",
        ("+)*", "+)?"),
    ),
    (
        "apostrophes-at-the-ends",
        "Apostrophes at the ends of a word are kept. Only one between two letters or digits belongs to it.",
        (WORD, r"""r"(?:[^\W_\u4e00-\u9fff]|')+" """.strip()),
    ),
    (
        "range-too-short",
        "Your range of Chinese characters ends at U+9FA5, as it did in the first version of Unicode. It goes to "
        "U+9FFF.",
        (r'r"[\u4e00-\u9fff]"', r'r"[\u4e00-\u9fa5]"'),
    ),
    (
        "range-too-short-everywhere",
        "Your range of Chinese characters ends at U+9FA5, as it did in the first version of Unicode. It goes to "
        "U+9FFF.",
        (r'r"[\u4e00-\u9fff]"', r'r"[\u4e00-\u9fa5]"'),
        (r"[^\W_\u4e00-\u9fff]", r"[^\W_\u4e00-\u9fa5]"),
    ),
    (
        "each-once",
        "A word that comes twice is in your list once. Keep every one, in its place.",
        (
            'return re.findall(rf"{chinese}|{word}", text)',
            'return list(dict.fromkeys(re.findall(rf"{chinese}|{word}", text)))',
        ),
    ),
    (
        "sorted",
        "The tokens are sorted. Keep them in the order of the text.",
        ('return re.findall(rf"{chinese}|{word}", text)', 'return sorted(re.findall(rf"{chinese}|{word}", text))'),
    ),
    (
        "joined-again",
        "You return one text. A list of tokens is asked for.",
        ('return re.findall(rf"{chinese}|{word}", text)', 'return " ".join(re.findall(rf"{chinese}|{word}", text))'),
    ),
):
    tokenize.slip(name, hint, *edits)
tokenize.mistakes(
    """
    call-left-out-text-lower: Lower case is forgotten: Good and good are two words in what you return.
    other-call-text-lower-upper: You make capitals. Lower case is asked for.
    """
)

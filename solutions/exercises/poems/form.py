"""Contract of `poem_form`: the lengths of a poem's lines, whether they are equal, whether the even ones rhyme.

unrolled-canary-664164655d27
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from solutions.judging import kit
from solutions.judging.families.text import text as in_text
from solutions.reference import poems

RHYMES = ["光霜乡", "林心音", "楼流舟"]
PLAIN = "山水花月风云雨雪"
MARKS = "，。！？；"
# Each shows one rule alone.
DELICATE = {
    "no text": "",
    "nothing but marks": "，。！？；\n、",
    "one line": "山水光",
    "two lines": "山水光，月风霜。",
    "two lines of unequal length": "山光，月风霜。",
    "three lines": "山光，月霜。水乡，",
    "four lines without a rhyme": "山水，月风。云花，雨雪。",
    "the odd lines rhyme alone": "山光，月风。水霜，云雨。",
    "the even lines rhyme alone": "山水，月光。云林，雨霜。",
    "the first lines rhyme, the last one does not": "山光，月霜。云乡，雨心。",
    "one rhyme, the same character": "山水，月光。云花，雨光。",
    "a line that ends in a character without a rhyme": "山水，月光。云花，雨雪。",
    "the same character without a rhyme": "山水，月花。云风，雨花。",
    "six lines, all even ones rhyme": "山水，月光。云花，雨霜。风雪，花乡。",
    "the last lines rhyme alone": "山心，月光。云乡，雨霜。水林，花舟。风霜，云光。",
    "all but the first rhyme": "山心，月光。云乡，雨霜。",
    "six lines, the second one does not rhyme": "山水，月心。云花，雨霜。风雪，花乡。",
    "six lines, the last one does not rhyme": "山水，月光。云花，雨霜。风雪，花心。",
    "five lines": "山水，月光。云花，雨霜。风心",
    "every mark ends a line": "山光！月霜？云乡；雨光，风霜。水乡\n花光",
    "marks inside a line": "山、光，“月霜”。云 乡，（雨霜）。",
    "a mark behind the last character": "山水，月光”。云花，雨霜…。",
    "a mark stands in front of the next": "山光，，月霜。\n云乡，\n\n雨霜。",
    "no mark at the end": "山水，月光。云花，雨霜",
    "marks at the beginning": "。，山水，月光。云花，雨霜",
    "full stops of a keyboard end nothing": "山.光，月,霜。",
    "letters and digits count": "ab1，c2光。d34，e霜。",
    "lines of one character": "光，霜，乡，光",
    "one line is shorter": "山水光，月霜。云花乡，雨雪光。",
    "the last line is longer": "山光，月霜。云乡，雨雪光。",
}


def _line(rng: np.random.Generator, length: int, rhyme: str | None) -> str:
    return "".join([*rng.choice(list(PLAIN), length - 1), rng.choice(list(rhyme or PLAIN))])


def _poem(rng: np.random.Generator, lengths: list[int], rhymes: Sequence[str | None]) -> kit.Arguments:
    lines = [_line(rng, length, rhyme) for length, rhyme in zip(lengths, rhymes, strict=True)]
    inside = int(rng.integers(len(lines)))
    lines[inside] = f"{lines[inside][0]}、{lines[inside][1:]}"
    return {"text": "".join(line + str(rng.choice(list(MARKS))) for line in lines), "rhymes": list(RHYMES)}


def _at_random(rng: np.random.Generator) -> Iterator[kit.Given]:
    one, other, third = map(str, rng.permutation(RHYMES))
    length = int(rng.integers(4, 7))
    uneven = [length] * 4
    uneven[int(rng.integers(4))] += int(rng.choice([-2, -1, 1, 2]))
    for label, lengths, rhymes in (
        ("regular and rhymed", [length] * 4, [one, other, third, other]),
        ("regular and not rhymed", [length] * 4, [one, one, other, other]),
        ("not regular and rhymed", uneven, [None, one, other, one]),
        ("neither", uneven, [one, other, one, third]),
        ("all lines rhyme", uneven, [one] * 4),
        ("the last lines rhyme alone", [length] * 4, [one, other, third, third]),
        ("the odd lines rhyme alone", uneven, [one, other, one, third]),
        ("all but the first rhyme", [length] * 4, [other, one, one, one]),
        ("six lines, rhymed", [length] * 6, [None, one, other, one, None, one]),
        ("six lines, the second does not rhyme", [length] * 6, [one, one, one, other, one, other]),
        ("six lines, the last does not rhyme", [length] * 6, [other, one, one, one, other, third]),
        ("three lines", [length] * 3, [one, one, one]),
    ):
        yield kit.Given(label, _poem(rng, lengths, rhymes))


def _delicate(rng: np.random.Generator) -> Iterator[kit.Given]:
    # The characters are others each time: plain ones among themselves, and the rhymes.
    plain = str.maketrans(PLAIN, "".join(rng.permutation(list(PLAIN))))
    moved = str.maketrans("".join(RHYMES), "".join(rng.permutation(RHYMES)))
    for label, text in DELICATE.items():
        yield kit.Given(label, {"text": text.translate(plain | moved), "rhymes": list(RHYMES)})
    yield kit.Given("no rhymes known", {"text": "山水，月光。云花，雨霜。", "rhymes": []})


poem_form = kit.Contract(
    reference=poems.poem_form,
    outputs=(kit.exact("lengths"), kit.exact("regular"), kit.exact("rhymed")),
    read="poems#eq-poem-form",
    parts=(kit.Part("values", _at_random), kit.Part("edges", _delicate)),
)


@poem_form.derivation(
    words={
        "lines": "the lines",
        "pieces": "the pieces",
        "counted": "the characters that count",
        "lengths": "the lengths",
        "ends": "the last characters of the even lines",
    },
    families=(in_text, *kit.ARRAYS),
)
def line_by_line(text, rhymes):
    lines = []
    for piece in re.split("[，。！？；\n]", text):
        counted = [c for c in piece if c.isalnum()]
        if counted:
            lines.append(counted)
    lengths = [len(line) for line in lines]
    regular = len(lines) >= 2 and len(set(lengths)) == 1  #: eq-poem-form
    ends = [line[-1] for line in lines[1::2]]
    rhymed = len(ends) >= 2 and any(all(end in one for end in ends) for one in rhymes)  #: eq-poem-form
    return lengths, regular, rhymed


@poem_form.variant
def character_by_character(text, rhymes):
    lines, line = [], ""
    for c in text + "\n":
        if c in "，。！？；\n":
            if line:
                lines.append(line)
            line = ""
        elif c.isalnum():
            line += c
    regular = len(lines) > 1 and all(len(one) == len(lines[0]) for one in lines)
    rhymed = False
    if len(lines) > 3:
        for rhyme in rhymes:
            rhymed = rhymed or not [one for one in lines[1::2] if one[-1] not in rhyme]
    return [len(one) for one in lines], regular, rhymed


@poem_form.variant
def marks_made_one(text, rhymes):
    for mark in "，。！？；":
        text = text.replace(mark, "\n")
    lines = ["".join(filter(str.isalnum, line)) for line in text.split("\n")]
    lines = list(filter(None, lines))
    lengths = np.array([len(line) for line in lines], dtype=int)
    regular = len(lines) >= 2 and lengths.min() == lengths.max()
    ends = [line[-1] for k, line in enumerate(lines) if k % 2 == 1]
    classes = [[k for k, rhyme in enumerate(rhymes) if end in rhyme] for end in ends]
    rhymed = len(ends) >= 2 and classes[0] != [] and all(one == classes[0] for one in classes)
    return lengths, regular, rhymed


@poem_form.variant
def found_by_pattern(text, rhymes):
    text = "".join(c for c in text if c.isalnum() or c in "，。！？；\n")
    lines = re.findall(r"[^，。！？；\n]+", text)
    lengths = list(map(len, lines))
    if len(lines) < 2:
        return lengths, False, False
    regular = min(lengths) == max(lengths)
    if len(lines) < 4:
        return lengths, regular, False
    own = [rhyme for rhyme in rhymes if lines[1][-1] in rhyme]
    return lengths, regular, len(own) == 1 and all(lines[k][-1] in own[0] for k in range(1, len(lines), 2))


@poem_form.variant
def numbers_for_answers(text, rhymes):
    lines = [[c for c in one if c.isalnum()] for one in re.split("，|。|！|？|；|\n", text)]
    lines = [one for one in lines if len(one) > 0]
    lengths = tuple(len(one) for one in lines)
    number = {c: k for k, rhyme in enumerate(rhymes) for c in rhyme}
    ends = np.array([number.get(one[-1], -1 - k) for k, one in enumerate(lines)][1::2])
    regular = np.bool_(len(lengths) > 1 and np.ptp(lengths) == 0)
    return lengths, regular, np.bool_(len(ends) > 1 and np.all(ends == ends[0]))


poem_form.rewrite("rhymes-as-sets", ("all(end in one for end in ends)", "set(ends) <= set(one)"))
poem_form.rewrite("lines-as-texts", ("[c for c in piece if c.isalnum()]", '"".join(c for c in piece if c.isalnum())'))
poem_form.rewrite("smallest-and-largest", ("len(set(lengths)) == 1", "min(lengths) == max(lengths)"))
SPLIT = 're.split("[，。！？；\\n]", text)'
RHYMED = "len(ends) >= 2 and any(all(end in one for end in ends) for one in rhymes)"
KNOWN = '"".join(rhymes)'
EVEN = "lines[1::2]"
for name, hint, *edits in (
    (
        "marks-counted",
        "Marks and spaces count in your lengths. Only characters count for which isalnum() holds.",
        ("[c for c in piece if c.isalnum()]", "[c for c in piece]"),
    ),
    (
        "letters-alone",
        "Digits do not count in your lengths. Take what isalnum says.",
        ("c.isalnum()", "c.isalpha()"),
    ),
    (
        "chinese-alone",
        "Only Chinese characters count in your lengths. Take what isalnum says.",
        ("c.isalnum()", r'"\u4e00" <= c <= "\u9fff"'),
    ),
    (
        "spaces-alone-left-out",
        "Spaces alone are left out of your lengths. Marks inside a line do not count, either.",
        ("c.isalnum()", "not c.isspace()"),
    ),
    (
        "empty-lines-kept",
        "Lines without a character are in your list. They are none.",
        ("if counted:", "if True:"),
        ("[line[-1] for line", '["".join(line)[-1:] or "," for line'),
    ),
    (
        "empty-before-the-marks-are-out",
        "A line of marks or spaces alone is in your list, with the length 0. It is none.",
        ("if counted:", "if piece:"),
        ("[line[-1] for line", '["".join(line)[-1:] or "," for line'),
    ),
    (
        "comma-ends-nothing",
        "A ， ends no line in your function. It does, as 。！？； and a newline do.",
        (SPLIT, 're.split("[。！？；\\n]", text)'),
    ),
    (
        "newline-ends-nothing",
        "A newline ends no line in your function. It does, as ，。！？； do.",
        (SPLIT, 're.split("[，。！？；]", text)'),
    ),
    (
        "comma-and-full-stop-alone",
        "Only ， and 。 end a line in your function. ！？； and a newline do, too.",
        (SPLIT, 're.split("[，。]", text)'),
    ),
    (
        "newlines-alone",
        "Only a newline ends a line in your function. ，。！？； do, too.",
        (SPLIT, 'text.split("\\n")'),
    ),
    (
        "every-mark-ends-a-line",
        "Other marks end a line in your function, too, such as 、 and “. Only ，。！？； and a newline do.",
        (SPLIT, r're.split(r"\W", text)'),
    ),
    (
        "marks-of-a-keyboard-end-lines",
        "Marks of a keyboard, . and , end lines in your function. Here only ，。！？； and a newline do.",
        (SPLIT, 're.split("[，。！？；,.!?;\\n]", text)'),
    ),
    (
        "one-line-is-regular",
        "A poem of one line is regular in your function. It takes two lines.",
        ("len(lines) >= 2 and", "len(lines) >= 1 and"),
    ),
    (
        "nothing-is-regular",
        "A poem of one line, or of none, is regular in your function. It takes two lines.",
        ("len(lines) >= 2 and len(set(lengths)) == 1", "len(set(lengths)) <= 1"),
    ),
    (
        "regular-takes-four",
        "You ask for four lines where all have one length. Two are enough for that; only the rhyme takes four.",
        ("len(lines) >= 2 and", "len(lines) >= 4 and"),
    ),
    (
        "first-and-last-compared",
        "You compare the lengths of the first line and of the last one. All have to be equal.",
        ("len(set(lengths)) == 1", "lengths[0] == lengths[-1]"),
    ),
    (
        "odd-lines-rhyme",
        "You look at the odd lines, the first, the third, …. The even ones have to rhyme: Python counts from 0.",
        (EVEN, "lines[::2]"),
    ),
    (
        "odd-lines-of-four-rhyme",
        "You look at the odd lines, the first, the third, …. The even ones have to rhyme: Python counts from 0.",
        (EVEN, "lines[::2]"),
        (RHYMED, RHYMED.replace("len(ends) >= 2", "len(lines) >= 4")),
    ),
    (
        "all-lines-rhyme",
        "You ask all lines to rhyme. Only the even ones have to: the second, the fourth, ….",
        (EVEN, "lines"),
    ),
    (
        "second-and-fourth-alone",
        "You look at the second and the fourth line alone. The sixth has to rhyme with them, too.",
        (EVEN, "lines[1:4:2]"),
    ),
    (
        "last-two-lines",
        "You compare the last two lines. The even ones have to rhyme.",
        (EVEN, "lines[-2:]"),
    ),
    (
        "same-character",
        "You ask for the same last character. Characters of one class rhyme.",
        (RHYMED, f"len(ends) >= 2 and len(set(ends)) == 1 and ends[0] in {KNOWN}"),
    ),
    (
        "same-character-without-a-class",
        "A character that no class holds rhymes with itself in your function. It rhymes with nothing.",
        (RHYMED, f"len(ends) >= 2 and (len(set(ends)) == 1 or {RHYMED})"),
    ),
    (
        "unknown-ones-rhyme",
        "Characters that no class holds rhyme with each other in your function. They rhyme with nothing.",
        (RHYMED, f"len(ends) >= 2 and ({RHYMED} or not any(end in {KNOWN} for end in ends))"),
    ),
    (
        "unknown-ones-left-out",
        "You leave out characters that no class holds. They rhyme with nothing: such a poem is not rhymed.",
        (RHYMED, f"len(ends) >= 2 and any(all(end in one or end not in {KNOWN} for end in ends) for one in rhymes)"),
    ),
    (
        "unknown-refused",
        "A character that no class holds raises an error. It rhymes with nothing.",
        (RHYMED, "len(ends) >= 2 and len({[end in one for one in rhymes].index(True) for end in ends}) == 1"),
    ),
    (
        "any-two-rhyme",
        "Two of the even lines that rhyme are enough in your function. All have to.",
        (RHYMED, "len(ends) >= 2 and any(sum(end in one for end in ends) >= 2 for one in rhymes)"),
    ),
    (
        "each-in-some-class",
        "Each last character is in some class: that is enough in your function. All have to be in the same.",
        (RHYMED, "len(ends) >= 2 and all(any(end in one for one in rhymes) for end in ends)"),
    ),
    (
        "first-character",
        "You compare the first characters of the lines. The last ones rhyme.",
        ("line[-1]", "line[0]"),
    ),
    (
        "one-even-line-rhymes",
        "A poem of two or three lines is rhymed in your function. A rhyme takes two even lines.",
        ("len(ends) >= 2 and ", "len(ends) >= 1 and "),
    ),
    (
        "rhymed-only-if-regular",
        "A poem whose lines differ in length is never rhymed in your function. The two are asked separately.",
        (RHYMED, f"regular and {RHYMED}"),
    ),
    (
        "number-of-lines",
        "You return the number of lines in the place of their lengths.",
        ("return lengths,", "return len(lengths),"),
    ),
    (
        "lines-for-lengths",
        "You return the lines in the place of their lengths.",
        ("return lengths,", 'return ["".join(line) for line in lines],'),
    ),
):
    poem_form.slip(name, hint, *edits)


@poem_form.misconception(
    "The last character of a line is taken before marks are left out: a ” or … rhymes with nothing."
)
def ends_with_marks(text, rhymes):
    pieces = [piece for piece in re.split("[，。！？；\n]", text) if any(c.isalnum() for c in piece)]
    lengths = [sum(c.isalnum() for c in piece) for piece in pieces]
    ends = [piece[-1] for piece in pieces[1::2]]
    return (
        lengths,
        len(pieces) >= 2 and len(set(lengths)) == 1,
        len(ends) >= 2 and any(all(end in one for end in ends) for one in rhymes),
    )

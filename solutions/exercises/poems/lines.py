"""Contract of `process_dataset`, from lines of a file to poems between bos and eos.

unrolled-canary-ce636877b119
"""

import re
from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.judging.families.text import text as in_text
from solutions.reference import poems

READ = "poems#eq-poem-lines"
TITLES = ("静夜", "Rain", "春 望", "No. 7", "", "Night, late")
CONTENTS = ("山光，水霜。", "a cat sat.", "月香 云光", "one, two", "风心", "雨")
COLONS = ":", "："
LONG = "the rain came down and down"
# Each shows one rule alone.
DELICATE = {
    "a colon of each kind": (["秋:山光", "春：水霜"], 9),
    "a second colon": (["a:b:c", "春：他说：好", "b:春：好", "春：b:c"], 9),
    "nothing separates": (["山光，水霜。", "", "\n"], 9),
    "no content": (["春:", "夏：  ", "秋:\n", "冬：\u3000"], 9),
    "no title": ([":山光", "：水霜"], 9),
    "white space at the ends": (["春:  山光 \n", "夏：\u3000水霜\t"], 9),
    "white space inside": (["rain:a b  c", "月：山 光", "snow:d\te"], 9),
    "white space in the title": (["  my rain :drip", "春\t：山"], 9),
    "as long as allowed, and one more": (["a:four", "b:fiver", "c:six sx", "d:abc"], 4),
    "as long as allowed without its white space": (["a: four \n", "b:  five!"], 4),
    "one character": (["a:b", "c:de"], 1),
    "equal poems": (["a:same", "b:same", "a:same"], 9),
    "characters that come again": (["a:aaaa", "b:nono"], 9),
    "the names of the special tokens": (["a:bos", "eos:eos"], 9),
    "no line": ([], 9),
}


def _at_random(rng: np.random.Generator) -> Iterator[kit.Given]:
    for _ in range(4):
        lines = [f"{rng.choice(TITLES)}{rng.choice(COLONS)}{content}" for content in rng.permutation(CONTENTS)]
        lines += [
            "".join(rng.permutation(list(CONTENTS[0]))),  # nothing separates
            f"{rng.choice(TITLES)}:{rng.choice(CONTENTS)}：{rng.choice(CONTENTS)}",
            f"{rng.choice(TITLES)}：{rng.choice(CONTENTS)}:{rng.choice(CONTENTS)}",
            f"{rng.choice(TITLES)}{rng.choice(COLONS)}",
            f"{rng.choice(TITLES)}{rng.choice(COLONS)} {rng.choice(CONTENTS)}\n",
            f"{rng.choice(TITLES)}{rng.choice(COLONS)}{LONG[: rng.integers(20, len(LONG))]}",
        ]
        yield kit.Given("a file", {"lines": [str(line) for line in rng.permutation(lines)], "longest": 18})


def _delicate(rng: np.random.Generator) -> Iterator[kit.Given]:
    # The letters are others each time.
    names = str.maketrans("abcde", "".join(rng.permutation(list("abcde"))))
    for label, (lines, longest) in DELICATE.items():
        yield kit.Given(label, {"lines": [line.translate(names) for line in lines], "longest": longest})


process_dataset = kit.Contract(
    reference=poems.process_dataset,
    outputs=(kit.exact("poems"),),
    read=READ,
    parts=(kit.Part("values", _at_random), kit.Part("edges", _delicate)),
)


@process_dataset.derivation(
    words={"poems": "the poems", "pieces": "the pieces of a line", "content": "the content", "longest": "the most"},
    families=(in_text, *kit.ARRAYS),
)
def cut_once(lines, longest):
    poems = []
    for line in lines:
        pieces = re.split("[:：]", line, maxsplit=1)
        if len(pieces) == 2:
            content = pieces[1].strip()
            if content and len(content) <= longest:  #: eq-poem-lines
                poems.append(["<bos>", *content, "<eos>"])  #: eq-poem-lines
    return poems


@process_dataset.variant
def place_of_the_first(lines, longest):
    poems = []
    for line in lines:
        places = [line.index(colon) for colon in ":：" if colon in line]
        content = line[min(places) + 1 :].strip() if places else ""
        if 0 < len(content) <= longest:
            poems.append(["<bos>", *list(content), "<eos>"])
    return poems


@process_dataset.variant
def one_kind_of_colon_for_a_while(lines, longest):
    poems = []
    for line in lines:
        _, found, rest = line.replace("：", ":").partition(":")
        content = line[len(line) - len(rest) :].strip()
        if not found or not content or len(content) > longest:
            continue
        tokens = ["<bos>"]
        for character in content:
            tokens.append(character)
        poems.append([*tokens, "<eos>"])
    return tuple(poems)


@process_dataset.variant
def character_by_character(lines, longest):
    poems = []
    for line in lines:
        for place, character in enumerate(line):
            if character in (":", "："):
                content = line[place + 1 :].strip()
                poems.append(["<bos>", *content, "<eos>"])
                break
    return [poem for poem in poems if 3 <= len(poem) <= longest + 2]


@process_dataset.variant
def by_pattern(lines, longest):
    found = [re.fullmatch(r"[^:：]*[:：]\s*(.*?)\s*", line, re.DOTALL) for line in lines]
    contents = [one.group(1) for one in found if one]
    return [["<bos>", *one, "<eos>"] for one in contents if one != "" and not len(one) > longest]


@process_dataset.variant
def refused_by_an_error(lines, longest):
    poems = []
    for line in lines:
        try:
            _, content = re.split("：|:", line, maxsplit=1)
        except ValueError:
            continue
        content = list(content.strip())
        if len(content) == 0:
            continue
        if len(content) > longest:
            continue
        content.insert(0, "<bos>")
        content.append("<eos>")
        poems.append(content)
    return poems


process_dataset.rewrite("other-pattern", ('"[:：]"', '":|："'))
process_dataset.rewrite(
    "appended-one-by-one", ('["<bos>", *content, "<eos>"]', 'sum((["<bos>"], list(content), ["<eos>"]), [])')
)
process_dataset.rewrite("as-many-as-tokens", ("len(content) <= longest", "len(list(content)) < longest + 1"))
process_dataset.mistakes(
    """
    full-width-alone: Only ： separates in your function, as in the article. The colon of a keyboard, :, does, too:
      whichever comes first.
        "[:：]" → "："
    keyboard-alone: Only : separates in your function. ：, as Chinese is written, does, too: whichever comes first.
        "[:：]" → ":"
    every-colon-separates: A line with two colons is lost, or cut short. The first one separates; what follows is
      content, with its colons.
        , maxsplit=1) → )
    piece-between-the-colons: A line with two colons gives the piece between them. The first one separates; what follows
      is content, with its colons.
        , maxsplit=1) → )
        if len(pieces) == 2: → if len(pieces) > 1:
    last-colon-separates: The last colon separates in your function. It is the first one.
        re.split("[:：]", line, maxsplit=1) → re.split("[:：](?!.*[:：])", line, maxsplit=1)
    full-width-first: Your function looks for ： first, and for : where there is none. The one that comes first separates.
        re.split("[:：]", line, maxsplit=1) → line.split("：" if "：" in line else ":", 1)
    keyboard-first: Your function looks for : first, and for ： where there is none. The one that comes first separates.
        re.split("[:：]", line, maxsplit=1) → line.split(":" if ":" in line else "：", 1)
    colons-exchanged: A ： in the content has become a :. Only where you look for the first one may they be the same.
        re.split("[:：]", line, maxsplit=1) → line.replace("：", ":").split(":", 1)
    title-for-content: You keep the title. The poem is what stands behind the colon.
        pieces[1].strip() → pieces[0].strip()
    title-kept: The title is part of the poem in what you return. It is thrown away.
        pieces[1].strip() → line.strip()
    content-without-colon: A line without a colon is a poem in your list. It is left out.
        if len(pieces) == 2: → if len(pieces) >= 1:
        pieces[1].strip() → pieces[-1].strip()
    white-space-kept: White space at the ends of the content stays in yours: a line of a file ends with a newline. Take
      it off at both ends.
        pieces[1].strip() → pieces[1]
    white-space-at-the-end-alone: White space is taken off at the end alone. Take it off in front, too.
        pieces[1].strip() → pieces[1].rstrip()
    white-space-in-front-alone: White space is taken off in front alone. Take it off at the end, too: a line of a file
      ends with a newline.
        pieces[1].strip() → pieces[1].lstrip()
    all-white-space-deleted: You delete white space inside the content, too. There each character is a token.
        pieces[1].strip() → "".join(pieces[1].split())
    spaces-deleted: You delete spaces inside the content, too. There each character is a token.
        pieces[1].strip() → pieces[1].replace(" ", "").strip()
    spaces-alone-taken-off: You take off spaces alone. White space has other characters, too: the newline, the tab, the
      full-width space. strip() without an argument takes off all.
        pieces[1].strip() → pieces[1].strip(" ")
    newline-alone-taken-off: You take off the newline alone. White space has other characters, too: strip() without an
      argument takes off all.
        pieces[1].strip() → pieces[1].strip(chr(10))
    empty-kept: A line with nothing behind its colon gives an empty poem. It is left out.
        if content and len(content) <= longest: → if len(content) <= longest:
    long-ones-kept: Poems of more than longest characters stay in your list. They are left out.
        if content and len(content) <= longest: → if content:
    long-ones-cut: Poems of more than longest characters are cut. A cut one has no end from which an end could be
      learned: leave it out.
        if content and len(content) <= longest: → if content:
        *content, → *content[:longest],
    shorter-than-allowed: A poem of exactly longest characters is left out. It may have as many.
        len(content) <= longest → len(content) < longest
    special-tokens-counted: You count bos and eos: longest is how many characters the poem itself may have.
        len(content) <= longest → len(content) + 2 <= longest
    white-space-counted: You count before white space is taken off. Take it off first.
        len(content) <= longest → len(pieces[1]) <= longest
    line-counted: You count the characters of the whole line, its title included. Count those of the content.
        len(content) <= longest → len(line.strip()) <= longest
    bos-missing: <bos> is missing in front.
        ["<bos>", *content, "<eos>"] → [*content, "<eos>"]
    eos-missing: <eos> is missing behind.
        ["<bos>", *content, "<eos>"] → ["<bos>", *content]
    bos-and-eos-missing: The poems stand without <bos> and <eos>.
        ["<bos>", *content, "<eos>"] → [*content]
    bos-and-eos-exchanged: <bos> and <eos> are exchanged: bos begins, eos ends.
        ["<bos>", *content, "<eos>"] → ["<eos>", *content, "<bos>"]
    other-names: The tokens are called "<bos>" and "<eos>", with the angle brackets.
        ["<bos>", *content, "<eos>"] → ["bos", *content, "eos"]
    special-tokens-in-pieces: <bos> and <eos> have fallen apart into characters. Each is one token: put the content into
      a list first.
        ["<bos>", *content, "<eos>"] → list("<bos>" + content + "<eos>")
    one-text: Each poem is one text. It has to be a list of tokens, one for each character.
        ["<bos>", *content, "<eos>"] → "<bos>" + content + "<eos>"
    content-in-one-piece: The content is one token. Each of its characters is one.
        *content, → content,
    words-for-characters: Your tokens are words. Here each character is a token, in both languages.
        *content, → *content.split(),
    equal-poems-once: Of equal poems you keep one. Each line gives its own.
        if content and len(content) <= longest: → if content and ["<bos>", *content, "<eos>"] not in poems and len(content) <= longest:
    """  # noqa: E501  # an edit is one line
)

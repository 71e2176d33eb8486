"""The messages of `check`: what is written is read again, in texts of today and of before."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unrolled.checking.messages import TITLES, WIDTH, Message

MESSAGE = Message(
    "rnn_step",
    "values",
    (
        ("", "✗ rnn_step is not right yet."),
        ("Called", "rnn_step, case “unequal sizes”"),
        ("Came back", "h_next has the right shape but wrong values"),
        (
            "Likely cause",
            "The bias is missing from the sum inside of the tanh, so that the state is what you get with b = 0.",
        ),
        ("Read", "The recurrent cell, Eq. (2.1): book/recurrence/rnn-cell.html#equation-eq-rnn-step"),
    ),
    "bias-forgotten",
)
TEXT = """\
✗ rnn_step is not right yet.
  Called       rnn_step, case “unequal sizes”
  Came back    h_next has the right shape but wrong values
  Likely cause The bias is missing from the sum inside of the tanh, so that the state is
               what you get with b = 0.
  Read         The recurrent cell, Eq. (2.1):
               book/recurrence/rnn-cell.html#equation-eq-rnn-step
[rnn_step · values · bias-forgotten]"""


def test_the_format():
    assert MESSAGE.text() == TEXT
    assert Message.read(TEXT) == MESSAGE


def test_a_message_is_read_row_by_row():
    message = "\n".join(
        [
            "✗ rnn_step is not right yet.",
            "  Called       rnn_step, case “small”",
            "  Likely cause The bias is missing. Add it inside the",
            "               sum.",
            "  Read         The recurrent cell, page.html#eq-rnn-",
            "               step",
        ]
    )
    assert Message.read(message).rows == (
        ("", "✗ rnn_step is not right yet."),
        ("Called", "rnn_step, case “small”"),
        ("Likely cause", "The bias is missing. Add it inside the sum."),
        ("Read", "The recurrent cell, page.html#eq-rnn-step"),
    )
    assert Message.read(message).cause == "The bias is missing. Add it inside the sum."
    assert Message.read("✗ f breaks a rule: so.\n  Read: there").cause == "f breaks a rule: so."


words = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Co")), min_size=1, max_size=12),
    st.from_regex(r"[a-z]{1,8}(-[a-z]{0,8}){0,4}", fullmatch=True),
    st.sampled_from(
        ["-", ":", "✗", "状态在最后一步之后被覆盖了" * 8, "W" * 120, "page.html#eq-rnn-step", "a: b", "[x"]
    ),
).filter(lambda word: word.split() == [word])
texts = st.lists(words, min_size=1, max_size=40).map(" ".join)
names = st.from_regex(r"[\w-]+", fullmatch=True)
messages = st.builds(
    lambda function, part, first, rows, name: Message(function, part, (("", first), *rows), name),
    names,
    names,
    texts.map("✗ {}".format),
    st.lists(st.tuples(st.sampled_from(TITLES), texts), max_size=5),
    st.none() | names.filter(lambda name: name != "unnamed"),
)


@given(messages)
@example(Message("f", "p", (("", "✗ " + "pre- and post-activation, " * 12),)))
@example(Message("f", "p", (("", "✗ f."), ("Read", "W" * 200), ("Read", "eq-" * 40 + "step"))))
def test_what_is_written_is_read_again(message):
    message = Message(
        message.function,
        message.part,
        tuple((title, " ".join(text.split())) for title, text in message.rows),
        message.misconception,
    )
    text = message.text()
    assert Message.read(text) == message
    assert Message.read(message.body()).rows == message.rows
    assert all(len(line) <= WIDTH or " " not in line.strip() or "-" in line for line in text.split("\n")[:-1])


@given(st.text() | texts)
def test_any_text_can_be_read_without_loss(text):
    read = Message.read(text)
    assert "".join("".join(title + words for title, words in read.rows).split()) == "".join(text.split())


def test_a_row_without_text_is_not_written():
    assert Message("f", "p", (("", "✗ f."), ("Read", ""))).body() == "✗ f."


def test_a_remedy_stands_in_a_line_of_its_own():
    message = Message("f", "visible", (("", "✗ f is not right."), ("", "Run check(g) first: it names the mistake.")))
    assert message.body() == "✗ f is not right.\n  Run check(g) first: it names the mistake."
    assert Message.read(message.text()).rows == (("", "✗ f is not right. Run check(g) first: it names the mistake."),)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        # As rules wrote it once.
        (
            "✗ f breaks a rule: so.\n  Read: there, Eq. (1)",
            [("", "✗ f breaks a rule: so."), ("Read", "there, Eq. (1)")],
        ),
        # A sentence over two lines, as the judges of trained nets write it.
        (
            "✗ 60 % are right. 97 % are asked\n  for; guessing gives 50 %.\n  Likely cause the rate.",
            [("", "✗ 60 % are right. 97 % are asked for; guessing gives 50 %."), ("Likely cause", "the rate.")],
        ),
        # A word broken at its hyphen.
        (
            "✗ f.\n  Read         page.html#eq-rnn-\n               step",
            [("", "✗ f."), ("Read", "page.html#eq-rnn-step")],
        ),
        ("", []),
    ],
)
def test_texts_of_former_versions_are_read(text, rows):
    assert Message.read(text).rows == tuple(rows)
    assert Message.read(f"{text}\n[f · p · unnamed]") == Message("f", "p", tuple(rows))


def test_the_cause_is_the_first_sentence_where_none_is_known():
    assert MESSAGE.cause.startswith("The bias is missing")
    assert Message.read("").cause == ""

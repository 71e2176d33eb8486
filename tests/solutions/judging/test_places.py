"""Where hints send the student: the numbers and titles are those of the built pages' own headings and equations."""

import pytest

from solutions.exercises.catalogue import ASSIGNMENTS, contracts_of
from solutions.judging import places

PAGE = """\
# A chapter

Words.

$$
unlabelled
$$

## First things

```{code-cell} ipython3
# A comment that is no heading
## Nor is this
```

$$
a = b
$$ (eq-one)

### *Inside* `it`

$$
b = c
$$ (eq-two)

````{dropdown} What is folded
```{code-cell} ipython3
# $$ (eq-no)
```

$$
c = c
$$ (eq-folded)
```{predict} What?
$$ c + 0 = c $$ (eq-asked)
```
````

## Later things

### Deep

$$
c = d
$$ (eq-three)
"""


@pytest.fixture
def small_book(tmp_path, monkeypatch):
    """A book whose second chapter is PAGE."""
    (tmp_path / "_config.yml").write_text("title: A book\n", encoding="utf-8")
    chapters = "[{file: book/zero}, {file: book/part/page}]"
    contents = f"parts: [{{numbered: true, chapters: {chapters}}}, {{chapters: [{{file: book/notes}}]}}]"
    (tmp_path / "_toc.yml").write_text(contents, encoding="utf-8")
    (tmp_path / "book/part").mkdir(parents=True)
    (tmp_path / "book/part/page.md").write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr(places, "ROOT", tmp_path)
    places._chapter.cache_clear()
    places._yaml.cache_clear()
    yield tmp_path
    places._chapter.cache_clear()
    places._yaml.cache_clear()


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("eq-one", "A chapter, section 2.1 “First things”, Eq. (2.1): book/part/page.html#equation-eq-one"),
        ("eq-two", "A chapter, section 2.1.1 “Inside it”, Eq. (2.2): book/part/page.html#equation-eq-two"),
        ("eq-folded", "A chapter, section 2.1.1 “Inside it”, Eq. (2.3): book/part/page.html#equation-eq-folded"),
        ("eq-three", "A chapter, section 2.2.1 “Deep”, Eq. (2.4): book/part/page.html#equation-eq-three"),
    ],
)
def test_a_reading_names_section_equation_and_place(small_book, label, expected):
    assert places.reading(f"page#{label}") == expected


def test_with_an_address_of_the_book_the_place_can_be_opened_and_the_judge_knows_nothing_of_it(small_book):
    plain = places.reading("page#eq-one")
    assert places.addressed(plain) == plain
    (small_book / "_config.yml").write_text("html: {baseurl: 'https://book.example/course/'}\n", encoding="utf-8")
    places._yaml.cache_clear()
    assert places.reading("page#eq-one") == plain
    expected = ": https://book.example/course/book/part/page.html#equation-eq-one"
    assert places.addressed(plain).endswith(expected)
    assert places.addressed("Elman (1990)") == "Elman (1990)"


def test_what_is_not_there_is_an_error(small_book):
    with pytest.raises(KeyError, match="no equation labelled eq-nine; it has eq-one, eq-two, eq-folded, eq-three"):
        places.reading("page#eq-nine")
    with pytest.raises(KeyError, match="no numbered chapter 'notes'"):
        places.reading("notes#eq-one")


def test_every_hint_has_a_section_to_read():
    for assignment in ASSIGNMENTS:
        for contract in contracts_of(assignment).values():
            for reference in {contract.read, *(one.read for one in (*contract.known(), *contract.rules))}:
                if "#" in reference:
                    assert ", section " in places.reading(reference)

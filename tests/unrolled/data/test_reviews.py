"""Reviews come labelled by their file, each text once."""

import pytest

from unrolled.data.reviews import as_carried, distinct


def test_a_line_is_labelled_by_its_file(tmp_path):
    (tmp_path / "neg.txt").write_text("太差了\n\n  一般 \n", encoding="utf-8")
    (tmp_path / "pos.txt").write_text("很好\n", encoding="utf-8")
    assert as_carried(tmp_path) == [("太差了", 0), ("一般", 0), ("很好", 1)]


def test_a_text_is_kept_once_and_not_at_all_where_it_is_both():
    assert distinct([("好", 1), ("差", 0), ("好", 1), ("一般", 0), ("一般", 1)]) == [("好", 1), ("差", 0)]


def test_the_package_carries_what_the_page_says():
    lines = as_carried()
    assert (len(lines), len(distinct(lines))) == (35123, 17363)


def test_a_folder_without_the_files_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"neg\.txt"):
        as_carried(tmp_path)

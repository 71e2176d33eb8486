"""Chinese text in words: jieba's segmenter, without its messages and without the cache that it leaves behind."""

from __future__ import annotations

import logging
import tempfile
import warnings
from functools import cache
from typing import Any


def words(text: str) -> list[str]:
    """The words, numbers and marks of a text, in order; joined, they are the text again."""
    return list(_segmenter().cut(text))


@cache
def _segmenter() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old ways of writing, which newer Pythons remark on
        import jieba
    jieba.setLogLevel(logging.ERROR)
    segmenter = jieba.Tokenizer()
    # It would keep its dictionary in the folder of all users' temporary files, and read back what lies there.
    with tempfile.TemporaryDirectory() as folder:
        segmenter.tmp_dir = folder
        segmenter.initialize()
    return segmenter

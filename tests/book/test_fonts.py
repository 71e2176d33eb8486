"""The font for Chinese: the site's own characters and no others."""

import sys

from fontTools.ttLib import TTFont

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book/extensions"))
import chinese

PAGE = "<p lang='zh'>循环神经网络，Ab。</p>"


def test_the_font_has_what_stands_on_the_pages_and_is_small(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    (tmp_path / "deep/page.html").write_text("<p>门</p>", "utf-8")
    text = chinese.characters(tmp_path)
    assert set(text) == set("循环神经网络，。门")
    target = tmp_path / "chinese.woff"
    chinese.cut(chinese.packaged(chinese.FONT), text, target)
    assert set(text) <= {chr(code) for code in TTFont(target).getBestCmap()}
    assert target.stat().st_size < 10_000


def test_its_licence_goes_with_it():
    assert "SIL OPEN FONT LICENSE" in chinese.packaged(chinese.LICENCE).read_text("utf-8").upper()

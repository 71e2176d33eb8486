"""The site's fonts: its own characters and icons, and no others."""

import re
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book/extensions"))
import fonts

PAGE = "<p lang='zh'>循环神经网络，Ab。</p><i class='fa-solid fa-search-plus'></i>"
RULES = '.fa-search-plus:before,.fa-plus-search:before{content:"\\f00e"}.fa-wrench:before{content:"\\f0ad"}'


def covers(font: Path) -> set[str]:
    return {chr(code) for code in TTFont(font).getBestCmap() if code > 0x2E80}


def test_fonts_have_what_stands_on_the_pages_and_are_small(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static/chinese-gone.woff2").write_bytes(b"of a page that was")
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    (tmp_path / "deep/page.html").write_text("<p>门，网</p>", "utf-8")
    (tmp_path / "deep/plain.html").write_text("<p>Ab，</p>", "utf-8")
    parts = fonts.characters(tmp_path)
    assert {name: set(text) for name, text in parts.items()} == {
        "shared": set("，网"),
        "page": set("循环神经络。"),
        "deep-page": set("门"),
    }
    fonts.write_chinese(fonts.packaged(fonts.FONT), parts, tmp_path)
    assert covers(tmp_path / fonts.WHOLE) == set("，网循环神经络。门")
    for name, text in parts.items():
        part = tmp_path / f"_static/chinese-{name}.woff2"
        assert covers(part) == set(text)
        assert part.stat().st_size < 5_000
    assert len(list(tmp_path.glob("_static/chinese-*.woff2"))) == len(parts)
    rules = (tmp_path / fonts.RULES).read_text("utf-8")
    assert [len(codes.split(",")) for codes in re.findall("unicode-range: (.*);", rules)] == [2, 1, 6]
    assert "U+95E8;" in rules


def test_fonts_are_cut_again_only_where_pages_show_other_characters(tmp_path, monkeypatch):
    (tmp_path / "_static").mkdir()
    made = []
    monkeypatch.setattr(fonts, "cut", lambda font, text, target, flavor="woff2": made.append((text, flavor)))
    fonts.write_chinese(Path("font"), {"shared": "网", "page": "门"}, tmp_path)
    assert made == [("网门", None), ("网门", "woff2"), ("网", "woff2"), ("门", "woff2")]
    fonts.write_chinese(Path("font"), {"shared": "网", "page": "门"}, tmp_path)
    assert len(made) == 4
    fonts.write_chinese(Path("font"), {"shared": "网门"}, tmp_path)
    assert made[4:] == [("网门", None), ("网门", "woff2"), ("网门", "woff2")]


def test_fonts_of_a_build_that_was_stopped_are_cut_again(tmp_path, monkeypatch):
    (tmp_path / "_static").mkdir()
    monkeypatch.setattr(fonts, "cut", lambda *_, **__: None)
    fonts.write_chinese(Path("font"), {"shared": "网"}, tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fonts, "cut", full)
    for text in ("网门", "网门"):
        with pytest.raises(OSError):
            fonts.write_chinese(Path("font"), {"shared": text}, tmp_path)


def test_its_licence_goes_with_it():
    assert "SIL OPEN FONT LICENSE" in fonts.packaged(fonts.LICENCE).read_text("utf-8").upper()


def test_icons_are_those_that_pages_scripts_and_styles_name(tmp_path):
    style = tmp_path / fonts.ICON_STYLE
    style.parent.mkdir(parents=True)
    style.write_text(RULES + '.more{--icon:"\\f105"}', "utf-8")
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    assert fonts.icons(tmp_path, fonts.named_icons(tmp_path)) == "\uf00e\uf105"
    (tmp_path / "script.js").write_text('icon.className = "fa-wrench"', "utf-8")
    assert fonts.icons(tmp_path, fonts.named_icons(tmp_path)) == "\uf00e\uf0ad\uf105"

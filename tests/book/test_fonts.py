"""The site's fonts: its own characters and icons, and no others."""

import sys

from fontTools.ttLib import TTFont

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book/extensions"))
import fonts

PAGE = "<p lang='zh'>循环神经网络，Ab。</p><i class='fa-solid fa-search-plus'></i>"
RULES = '.fa-search-plus:before,.fa-plus-search:before{content:"\\f00e"}.fa-wrench:before{content:"\\f0ad"}'


def test_the_font_has_what_stands_on_the_pages_and_is_small(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    (tmp_path / "deep/page.html").write_text("<p>门</p>", "utf-8")
    text = fonts.characters(tmp_path)
    assert set(text) == set("循环神经网络，。门")
    target = tmp_path / "chinese.woff2"
    fonts.cut(fonts.packaged(fonts.FONT), text, target)
    assert set(text) <= {chr(code) for code in TTFont(target).getBestCmap()}
    assert target.stat().st_size < 10_000


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

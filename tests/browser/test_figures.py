"""Figures to play with compute what the course computes, and are played with by keyboard."""

import numpy as np
import pytest
from torch import full
from torch.nn.utils.rnn import pack_sequence

from unrolled.data.text import encode
from unrolled.lab import ctc
from unrolled.lab.character_net import probabilities, read, unpack
from unrolled.lab.records import recorded

pytestmark = pytest.mark.slow

NET = recorded("writer").runs[0]["net"]
STATES = """(text) => {
  const {unpack, start, step, probabilities, number} = unrolledLSTM, net = unpack(unrolledNet);
  let state = start(net);
  const cells = [...text].map((one) => [...(state = step(net, number(net, one), state)).c]);
  return {cells, chances: [...probabilities(net, state.h, 0.7)]};
}"""


@pytest.fixture
def landing(site, new_visit):
    """The landing page from a folder, its net loaded by a press of the key on “Continue”."""
    visit = new_visit().open((site / "book/index.html").as_uri())
    visit.page.locator("#writer [name=go]").press("Enter")
    visit.page.wait_for_function("document.querySelector('#writer [role=status]').textContent")
    yield visit
    assert visit.problems == [] and visit.outside_requests("file://") == []


def marks(page):
    return page.locator("#writer .written > *").all_text_contents()


def test_the_net_in_the_page_computes_what_numpy_computes(landing):
    text = '\nIf the "value" ∑ of f(x)\n\nis 3'
    found = landing.page.evaluate(STATES, text)
    net = unpack(NET)
    hs, cs = read(net.weights, encode(text.lower(), net.symbols)[None])
    np.testing.assert_allclose(found["cells"], cs[0], atol=1e-12)
    np.testing.assert_allclose(found["chances"], probabilities(net.weights, hs[0, -1], 0.7), atol=1e-12)


def test_the_weights_are_asked_for_at_the_first_touch_and_on_this_page_only(site, new_visit):
    visit = new_visit().open((site / "book/index.html").as_uri(), idle=True)
    assert [url for url in visit.requests if "writer-net" in url] == []
    visit.page.locator("#writer [name=unit]").press("ArrowRight")
    visit.page.wait_for_function("globalThis.unrolledNet")
    assert visit.problems == []
    assert "writer.js" not in (site / "book/gates/lstm.html").read_text("utf-8")


def test_it_goes_on_with_what_the_reader_types_and_can_be_cleared(landing):
    page = landing.page
    text = page.locator("#writer textarea")
    text.fill("a function ")
    page.wait_for_function("document.querySelectorAll('#writer .written > *').length === 11")
    assert "".join(marks(page)) == "a function "
    page.locator("#writer [name=go]").press("Enter")
    page.wait_for_function("document.querySelectorAll('#writer .written > *').length === 211")
    assert set("".join(marks(page)[11:])) <= set(NET["symbols"])
    page.locator("#writer [name=clear]").press("Enter")
    page.wait_for_function("document.querySelectorAll('#writer .written > *').length === 0")
    assert text.input_value() == "" and page.evaluate("document.activeElement.id") == "writer-text"


def test_another_unit_colours_the_text_by_its_own_state(landing):
    page = landing.page
    unit = page.locator("#writer [name=unit]")
    unit.press("Home")
    text = "\n" + "".join(marks(page))
    net = unpack(NET)
    wanted = np.tanh(read(net.weights, encode(text, net.symbols)[None])[1][0, 1:, 0])
    shown = page.locator("#writer .written > *").evaluate_all(
        "(all) => all.map((one) => (one.className === 'down' ? -1 : 1) * one.style.getPropertyValue('--v'))"
    )
    np.testing.assert_allclose(shown, wanted, atol=0.006)
    assert "Unit 1 of" in page.locator("#writer .unit").inner_text()


def test_stop_stops(site, browser):
    page = browser.new_page(reduced_motion="no-preference")
    page.goto((site / "book/index.html").as_uri())
    before = len(marks(page))
    page.locator("#writer [name=go]").press("Enter")
    page.wait_for_function(f"document.querySelectorAll('#writer .written > *').length > {before + 3}")
    page.keyboard.press("Enter")  # the focus has gone to “Stop”
    many = len(marks(page))
    page.wait_for_timeout(200)
    assert len(marks(page)) <= many + 1 < before + 200
    page.close()


def test_the_chapter_on_language_models_has_the_same_net(site, new_visit):
    visit = new_visit().open((site / "book/applications/language-model.html").as_uri())
    visit.page.locator("#writer [name=go]").press("Enter")
    visit.page.wait_for_function("document.querySelector('#writer [role=status]').textContent")
    assert visit.problems == [] and visit.outside_requests("file://") == []


def test_without_script_there_is_a_still(site, browser):
    page = browser.new_page(java_script_enabled=False)
    page.goto((site / "book/index.html").as_uri())
    assert page.locator("#writer .written").is_visible() and not page.locator("#writer form").is_visible()
    page.close()


def test_packed_rows_are_torchs(address, new_visit):
    page = new_visit().open(f"{address}book/frameworks/pytorch.html").page
    page.locator("#packing [name=A]").press("End")
    packed = pack_sequence([full((size,), n) for n, size in enumerate((5, 4, 3))])
    rows = page.locator("#packing .drawn g").all_text_contents()[12:]
    assert [row[0] for row in rows] == ["ABC"[n] for n in packed.data]
    assert f"batch_sizes {', '.join(map(str, packed.batch_sizes.tolist()))};" in page.locator("#packing").inner_text()


def test_the_live_cell_takes_the_step_of_the_equations(address, new_visit):
    page = new_visit().open(f"{address}book/gates/lstm.html").page

    def numbers():
        shown = page.locator("#live-cell [data-value^='1']").all_text_contents()
        return [float(one.replace("−", "-")) for one in shown]

    gates = {name: float(page.locator(f"#live-cell [name='1{name}']").input_value()) for name in "figo"}
    c = numbers()[0]
    for _ in range(2):
        new = gates["f"] * c + gates["i"] * gates["g"]
        wanted = [c, gates["f"] * c, gates["i"] * gates["g"], new, gates["o"] * np.tanh(new)]
        np.testing.assert_allclose(numbers(), wanted, atol=0.0051)
        page.locator("#live-cell [name=step]").press("Enter")
        c = new


def test_a_path_of_labels_says_what_it_spells(site, new_visit):
    visit = new_visit().open((site / "book/applications/speech-and-streams.html").as_uri())
    page, said = visit.page, visit.page.locator("#spelling [role=status]")
    chances = np.array(page.evaluate("JSON.parse(document.getElementById('spelling').dataset.chances)"))
    every = ctc.spelt(np.log(chances))
    assert "– – – b – spells b." in said.inner_text()
    page.locator("#spelling [name=step1]").first.press("ArrowDown")  # from the blank to a
    assert f"a – – b – spells a b. This path has the probability {0.4 * 0.5 * 0.6 * 0.8 * 0.7:.3f}" in said.inner_text()
    assert f"35 of 243, with {every[1, 2]:.3f} together" in said.inner_text()
    page.locator("#spelling [data-path='1 0 1 2 2']").press("Enter")
    assert "a – a b b spells a a b." in said.inner_text() and f"{every[1, 1, 2]:.3f} together" in said.inner_text()
    small = page.locator("#spelling label, #spelling button").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect()).filter((box) => Math.min(box.width, box.height) < 44)"
    )
    assert small == [] and visit.problems == []


INSIDE = recorded("inner_units").runs[0]["net"]


@pytest.fixture
def inside(site, new_visit):
    """The page with a unit's states behind source code, its net loaded by a choice of unit."""
    visit = new_visit().open((site / "book/practice/looking-inside.html").as_uri())
    visit.page.locator("#inside [name=unit]").press("Home")
    visit.page.wait_for_function("globalThis.unrolledNet")
    yield visit
    assert visit.problems == [] and visit.outside_requests("file://") == []


def states_shown(page):
    return page.locator("#inside .written > *").evaluate_all(
        "(all) => all.map((one) => (one.className === 'down' ? -1 : 1) * one.style.getPropertyValue('--v'))"
    )


def test_the_states_behind_source_code_are_those_of_the_unit(inside):
    page = inside.page
    page.wait_for_function("document.querySelector('#inside .unit').textContent.startsWith('Unit 1 of')")
    net = unpack(INSIDE)
    text = "".join(page.locator("#inside .written > *").all_text_contents())
    cells = np.tanh(read(net.weights, encode("\n" + text, net.symbols)[None])[1][0, 1:])
    np.testing.assert_allclose(states_shown(page), cells[:, 0], atol=0.006)
    button = page.locator("#inside [data-unit]").first
    button.press("Enter")
    unit = int(button.get_attribute("data-unit")) - 1
    np.testing.assert_allclose(states_shown(page), cells[:, unit], atol=0.006)
    assert button.get_attribute("aria-pressed") == "true"


def test_the_reader_s_own_text_has_states_too_and_the_words_follow(inside):
    page = inside.page
    own = 'Print("' + "x" * 20 + '")'
    page.locator("#inside textarea").fill(own)
    page.wait_for_function(f"document.querySelectorAll('#inside .written > *').length === {len(own)}")
    net = unpack(INSIDE)
    wanted = np.tanh(read(net.weights, encode("\n" + own, net.symbols)[None])[1][0, 1:, 0])
    np.testing.assert_allclose(states_shown(page), wanted, atol=0.006)
    high = np.flatnonzero(np.abs(wanted) >= 0.5)
    rows = page.locator("#inside .words li").all_text_contents()
    assert bool(rows) == bool(len(high)) and all(row.startswith("line 1, ") for row in rows)
    page.locator("#inside [name=back]").press("Enter")
    page.wait_for_function("document.querySelectorAll('#inside .written > *').length > 300")


def test_without_script_there_is_source_code_with_its_states(site, browser):
    page = browser.new_page(java_script_enabled=False)
    page.goto((site / "book/practice/looking-inside.html").as_uri())
    assert page.locator("#inside .written").is_visible() and not page.locator("#inside form").first.is_visible()
    page.close()

"""What pages promise on other machines: the record of `make portable`, its margins, and how pages are written."""

import ast
import json
import platform
import sys

import pytest

from benchmarks import portable

RECORD = json.loads(portable.RECORD.read_text(encoding="utf-8"))
SUBJECTS = [*portable.pages(), portable.TESTS]
# What draws or schedules; its argument comes from unrolled.lab.luck.
DRAWS = {
    **dict.fromkeys(("manual_seed", "default_rng", "Random", "RandomState", "set_random_seed"), "seed"),
    "set_num_threads": "threads",
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_record_is_of_todays_code(subject):
    known = RECORD["subjects"].get(subject, {}).get("hash")
    assert known == portable.digest(subject), (
        f"benchmarks/portable.json does not know today's {subject}: its code, a module that it imports or a library "
        "has changed. Run `make portable` (only what changed is run again) and commit the record."
    )


@pytest.mark.parametrize("subject", SUBJECTS)
def test_nothing_failed_and_nothing_is_tight_on_any_machine_that_was_tried(subject):
    runs = RECORD["subjects"][subject]["runs"]
    assert set(runs) >= {"as it is", "SSE only", "AVX2", "two threads", "seeds + 1", "seeds + 2"}
    assert {variant: run["failures"] for variant, run in runs.items() if run["failures"]} == {}


def test_another_arithmetic_was_at_work():
    sse = RECORD["variants"]["SSE only"]["found"]
    assert sse["torch"] == "DEFAULT" and sse["openblas"] == ["Nehalem"] and sse["numpy"] == []
    assert len({str(variant["found"]) for variant in RECORD["variants"].values() if "found" in variant}) >= 2


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="these names are those of x86 processors")
def test_the_settings_of_a_variant_reach_the_libraries():
    found = portable.arithmetic("SSE only")
    assert (found["torch"], found["openblas"], found["numpy"]) == ("DEFAULT", ["Nehalem"], [])


def test_pages_verify_and_claim():
    verified = sum(RECORD["subjects"][name]["runs"]["as it is"]["verified"] for name in portable.pages())
    claimed = sum(len(RECORD["subjects"][name]["runs"]["as it is"]["claims"]) for name in portable.pages())
    assert verified > 200 and claimed > 30


def result(**record) -> dict:
    return {"error": "", "records": [{"kind": "verify", "what": "a sum", "holds": True, "margin": None, **record}]}


@pytest.mark.parametrize("rests", portable.ENOUGH)
def test_a_bound_set_to_what_this_machine_gave_is_too_tight(rests):
    assert "too tight" in portable.trouble(result(margin=1.0, rests=rests))[0]
    enough = portable.ENOUGH[rests]
    assert portable.trouble(result(margin=0.99 * enough, rests=rests))
    assert not portable.trouble(result(margin=1.01 * enough, rests=rests))


def test_a_page_whose_bound_is_todays_value_is_caught(tmp_path, monkeypatch):
    head = "---\njupytext:\n  text_representation: {extension: .md, format_name: myst}\n---\n\n"
    cell = """```{code-cell} ipython3
from unrolled.lab.evidence import below, claim, verify
gap = abs(0.1 + 0.2 - 0.3)
verify("right", 0.1 + 0.2, 0.3)
verify("as it came out", 0.1 + 0.2, 0.3, within=gap)
claim("room: the error is small", *below(0.01, 0.1))
claim("edge: the error is what it was", *below(0.01, 0.0101))
```
"""
    page = tmp_path / "page.md"
    page.write_text(head + cell)
    monkeypatch.setattr(portable, "pages", lambda: {"page": page})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("unrolled.lab.evidence.RECORDS", [])
    monkeypatch.setattr("unrolled.lab.evidence.note", lambda **values: None)
    found = portable.trouble(portable.run_cells("page"))
    assert len(found) == 2
    assert "as it came out" in found[0] and "edge" in found[1]


def test_a_cell_that_stops_is_told_with_its_number(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text("```{code-cell} ipython3\nx = 1\n```\n\n```{code-cell} ipython3\nassert x == 2, 'a bound'\n```\n")
    page.write_text(
        "---\njupytext:\n  text_representation: {extension: .md, format_name: myst}\n---\n\n" + page.read_text()
    )
    monkeypatch.setattr(portable, "pages", lambda: {"page": page})
    monkeypatch.chdir(tmp_path)
    found = portable.trouble(portable.run_cells("page"))
    assert found and "cell 2: AssertionError: a bound" in found[0]


def test_what_the_record_knows_as_it_is_today_is_not_run_again(tmp_path, monkeypatch, capsys):
    ran = []

    def run(subject, variant):
        ran.append(subject)
        return {"hash": hashes[subject], "seconds": 0, "records": [], "error": ""}

    two = {name: portable.pages()[name] for name in ("lstm", "gru")}
    hashes = {"lstm": "a", "gru": "b", portable.TESTS: "c"}
    monkeypatch.setattr(portable, "RECORD", tmp_path / "portable.json")
    monkeypatch.setattr(portable, "pages", lambda: two)
    monkeypatch.setattr(portable, "digest", hashes.get)
    monkeypatch.setattr(portable, "run", run)
    monkeypatch.setattr(portable, "arithmetic", lambda variant: {})
    monkeypatch.setattr(sys, "argv", ["portable"])
    for changed, expected in ((None, set(hashes)), ("lstm", {"lstm"}), (None, set())):
        ran.clear()
        if changed:
            hashes[changed] = "another"
        assert portable.main() == 0 and set(ran) == expected
        assert list(portable.known()) == list(hashes)


def code_of(subject: str) -> ast.Module:
    return ast.parse("\n\n".join(portable.cells(portable.pages()[subject])))


@pytest.mark.parametrize("subject", portable.pages())
def test_no_page_asserts(subject):
    found = [node.lineno for node in ast.walk(code_of(subject)) if isinstance(node, ast.Assert)]
    assert not found, "write `verify` for a derivation, `claim` for what a run showed (CONTRIBUTING.md)"


@pytest.mark.parametrize("subject", portable.pages())
def test_every_seed_and_thread_of_a_page_can_be_shifted(subject):
    for node in ast.walk(code_of(subject)):
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func).rpartition(".")[2]) in DRAWS:
            given = [ast.unparse(argument.func) for argument in node.args if isinstance(argument, ast.Call)]
            assert given == [DRAWS[name]], f"{ast.unparse(node)}: write {name}({DRAWS[name]}(…))"


def test_every_draw_of_a_page_has_a_seed():
    for subject in portable.pages():
        for node in ast.walk(code_of(subject)):
            if isinstance(node, ast.keyword) and node.arg == "random_state":
                assert isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "seed"

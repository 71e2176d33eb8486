"""The contract that CONTRIBUTING shows works as it stands there."""

import re
import sys
import types

import numpy as np

from solutions.judging.audit import audit
from solutions.kept import misconceptions_of
from tests.places import ROOT


def leaky_step(x, h, W, alpha):
    """The reference of the example."""
    return (1 - alpha) * h + alpha * np.tanh(x @ W)


def test_the_example_of_a_contract_judges_rightly(monkeypatch, tmp_path):
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(\"\"\"Contract of .*?)```", text, re.DOTALL)
    reference = types.ModuleType("solutions.reference.leaky")
    reference.leaky_step = leaky_step
    monkeypatch.setitem(sys.modules, "solutions.reference.leaky", reference)
    # A file, because a derivation's text is read from where it stands.
    (tmp_path / "leaky_example.py").write_text(example, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import leaky_example

    contract = leaky_example.leaky_step
    assert contract.unmade() == set()
    found = audit(contract, ["a", "b"], misconceptions_of(contract))
    assert found.trouble() == []
    assert found.right_answers > 8
    assert found.derived > 30
    assert len(found.unnamed) <= 0.05 * found.misconceptions, found.unnamed

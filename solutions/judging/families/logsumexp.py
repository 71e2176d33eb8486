"""Log-sum-exp: the largest instead, a logarithm or an exponential left out, an overflow; transitions turned round.

unrolled-canary-91d07c4be52a
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from solutions.judging.derivation import Derivation, Rewrite

CALLS = "logsumexp", "np.logaddexp.reduce"
INSTEAD = {
    "naive-logsumexp": "np.log(np.sum(np.exp({a}), axis={axis}))",  # first, as whatever overflows looks alike
    "largest-for-logsumexp": "np.max({a}, axis={axis})",
    "exponential-left-out": "np.log(np.sum({a}, axis={axis}))",
    "logarithm-left-out": "np.sum(np.exp({a}), axis={axis})",
    "mean-in-logsumexp": "np.log(np.mean(np.exp({a}), axis={axis}))",
}


def logsumexp(d: Derivation) -> Iterator[Rewrite]:
    """Every mistake in a log-sum-exp, or a largest value, over paths."""
    calls = [n for _, n in d.expressions if isinstance(n, ast.Call) and ast.unparse(n.func) in CALLS]
    for family, text in INSTEAD.items():
        # The largest may be taken in one place alone.
        single = len(calls) > 1 and family == "largest-for-logsumexp"
        for group in [calls, *([one] for one in calls if single)]:
            edits = [(node, text.format(a=ast.unparse(node.args[0]), axis=_axis(node))) for node in group]
            if edits:
                yield d.rewrite(family, *edits, axis="@any axis" if len(group) > 1 else _axis(group[0]))
    for _, node in d.expressions:
        shape = d.shapes.get(node.id, ()) if isinstance(node, ast.Name) and node.id in d.arguments else ()
        if len(shape) == 2 and shape[0] == shape[1]:
            yield d.rewrite("transitions-turned-round", (node, f"{ast.unparse(node)}.T"), what=ast.unparse(node))


def _axis(call: ast.Call) -> str:
    return next((ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg == "axis"), "None")

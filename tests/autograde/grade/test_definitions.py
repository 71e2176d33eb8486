"""Which names a cell defines, which are stubs, and how a stub is taken out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograde.grade.definitions import definitions, is_lower_half, is_python, joined, without_stubs
from tests.depth import examples

STUB = 'def f(x):\n    """Says what."""\n    # YOUR CODE HERE\n    raise NotImplementedError()'


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return x",
        "async def f(x):\n    return x",
        "class f:\n    pass",
        "@cache\ndef f(x):\n    return x",
        "f = lambda x: x",
        "f: object = abs",
        "a, (f, *b) = 1, (2, 3)",
        "f = g = abs",
        "if fast:\n    def f(x): return x\nelse:\n    f = None",
        "try:\n    import fast\nexcept ImportError:\n    def f(x): return x",
        "with open('x') as file:\n    for _ in file:\n        f = abs",
        "match x:\n    case 1:\n        f = abs",
        "%matplotlib inline\n!pip install x\ndef f(x):\n    return x",
        "%%time\ndef f(x):\n    return x",
        f"{STUB}\n\ndef f(x):\n    return x",
        "def f(x):\r\n    return x\r\n",
        "def f(x):\n    return x\n    # YOUR CODE HERE\n    raise NotImplementedError()",
        "def f(x):\n    if x:\n        return x\n    raise NotImplementedError()",
        "def f(x):\n    if x is None:\n        raise NotImplementedError()\n    return x",
    ],
)
def test_a_name_that_a_cell_defines_is_written(source):
    found = definitions(source)
    assert "f" in found.written and "f" not in found.stubs and found.is_python


@pytest.mark.parametrize(
    "source",
    [
        STUB,
        "def f(x):\n    raise NotImplementedError",
        "def f(x):\n    y = x\n    raise NotImplementedError('later')\n    return y",
        "class f:\n    def step(self):\n        raise NotImplementedError()",
    ],
)
def test_what_always_raises_is_a_stub(source):
    assert definitions(source).stubs == {"f"} and not definitions(source).written


@pytest.mark.parametrize(
    "source",
    [
        "",
        "f(1)",
        "import f",
        "from scipy.special import softmax as f",
        "print('def f(x): pass')",
        "# def f(x): pass",
        "'''\ndef f(x):\n    pass\n'''",
        "def g():\n    def f(x):\n        pass",
        "class g:\n    def f(self):\n        pass",
        "[f for f in range(3)]",
        "g.f = 1",
        "f: int",
        "del f",
        "%%bash\ndef f(x)",
    ],
)
def test_what_defines_nothing_at_the_top_is_no_definition(source):
    assert "f" not in definitions(source).names or not definitions(source).is_python


def test_in_a_cell_that_is_no_python_the_heads_are_read():
    found = definitions("def f(x):\n    return (x\n\ndef g(x):\n    return x\n    def inner(): pass")
    assert found.written == {"f", "g"} and not found.is_python


def test_a_stub_is_taken_out_and_all_else_stays():
    source = f"import math\n\n@cache\n{STUB}\n\nx = 1\n"
    assert without_stubs(source, {"f"}) == "import math\n\n\nx = 1\n"
    assert without_stubs(source, {"g"}) == source
    assert without_stubs(source.replace("\n", "\r\n"), {"f"}) == "import math\r\n\r\n\r\nx = 1\r\n"
    written = "def f(x):\n    return x"
    assert without_stubs(f"{written}\n{STUB}", {"f"}) == f"{written}\n"
    assert without_stubs(f"def (\n{STUB}", {"f"}) == f"def (\n{STUB}"


def test_parts_are_joined_and_what_is_no_python_does_not_stop_the_rest():
    assert joined(["def f(x):", "    return x"]) == "def f(x):\n\n    return x"
    assert joined(["def f(x", "x = 1", "y = (\n2"]) == "# def f(x\n\nx = 1\n\n# y = (\n# 2"
    assert joined(["def f(x", "y = ("]) == "def f(x\n\ny = ("


def test_a_lower_half_is_one_that_runs_only_below_its_upper_one():
    upper = "def f(x):\n    y = x"
    assert is_lower_half("    return y", upper)
    assert is_lower_half("    if y:\n        return y\n    return x", upper)
    assert not is_lower_half("    y = 1", upper)  # Jupyter runs it by itself
    assert not is_lower_half("return y", upper)
    assert not is_lower_half("    return (y", upper)
    assert not is_lower_half("    return y", "x = 1")


@pytest.mark.parametrize(
    "source",
    ["f = " + "-" * 90_000 + "1", "f = " + "(" * 90_000, "if 0: pass\n" + "elif 0: f = 1\n" * 20_000, "f = 1\x00",
     "def f(x):\n" + "".join(f"{' ' * depth}if x:\n" for depth in range(1, 300))],
)  # fmt: skip
def test_code_that_nobody_writes_is_no_crash(source):
    assert definitions(source).names <= {"f"}
    assert without_stubs(source, {"f"}) == source
    assert is_python(source) in (True, False)


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.sampled_from([STUB, "f = 1", "x = 1", "%time", "  y", "def f(", "\r", "\x0c", "'''"]), max_size=6))
def test_nothing_but_stubs_is_taken_out(pieces):
    source = "\n".join(pieces)
    left = without_stubs(source, {"f"})
    assert left == source or source.count("NotImplementedError") > left.count("NotImplementedError")
    assert [line for line in source.split("\n") if line in ("f = 1", "x = 1")] == [
        line for line in left.split("\n") if line in ("f = 1", "x = 1")
    ]

"""Attempts to carry hidden inputs out: through output, errors, names, shapes, files and later cells."""

from tests.hostile.attack import Attack, cell

# A call that does not come from the visible check is a hidden test. The tag is put together at run time.
HIDDEN = """
import sys
kept = []
def secret(values):
    frame = sys._getframe(1)
    while frame:
        code = frame.f_code
        if code.co_filename.endswith("unrolled/checking/check.py") or code.co_name == "relative_error":
            # What these pass in is no secret.
            return ""
        frame = frame.f_back
    numbers = [value for value in values if hasattr(value, "ravel")]
    found = "exf" + "il_" + (numbers[0].ravel()[:2].tobytes().hex() if numbers else "0")
    kept.append(found)
    return found
"""
CAUGHT = "found = secret(list(locals().values()))\n"


def carries(name: str, tries: str, body: str = "", first: str = "", **more: str) -> Attack:
    """Every answer takes hold of its hidden inputs and tries to carry them out."""
    return cell(name, tries, HIDDEN + first, body=CAUGHT + body, **more)


ATTACKS = [
    carries("through-print", "prints them", "print(found); print(found, file=sys.stderr)"),
    carries(
        "through-descriptor",
        "writes them into the standard descriptors",
        """
import os
for number in (1, 2):
    os.write(number, found.encode())
""",
    ),
    carries(
        "through-log",
        "logs and warns with them",
        """
import logging, warnings
logging.getLogger("a").error(found); warnings.warn(found)
""",
    ),
    carries(
        "through-display", "displays them", "from IPython.display import display\ndisplay(found, metadata={'a': found})"
    ),
    carries(
        "through-kept-stdout",
        "prints them through a stream kept from an earlier cell",
        "print(found, file=stream)",
        first="stream = sys.stdout",
    ),
    carries(
        "through-real-stdout",
        "prints them through the interpreter's first streams",
        "print(found, file=sys.__stdout__); print(found, file=sys.__stderr__)",
    ),
    carries("through-error-text", "raises errors that quote them", "if found: raise ValueError(found)"),
    carries(
        "through-error-type",
        "raises errors that are named after them",
        "if found: raise type(found, (ValueError,), {'__module__': 'builtins'})()",
    ),
    carries("through-assertion", "raises the errors that tests raise", "if found: raise AssertionError(found)"),
    carries("through-key-error", "raises errors whose text is shown as it is", "if found: raise KeyError(found)"),
    carries(
        "through-floating-point",
        "raises NumPy's errors with texts of its own",
        "if found: raise FloatingPointError(found + ' encountered in them')",
    ),
    carries(
        "through-not-implemented", "says with them that it is not written", "if found: raise NotImplementedError(found)"
    ),
    carries(
        "through-check-failed",
        "raises a check's own error with them",
        """
from unrolled.checking.check import CheckFailed
from unrolled.checking.messages import Message
if found: raise CheckFailed(Message(found, found, (("", found),), found))
""",
    ),
    carries(
        "through-error-notes",
        "adds them to an error as notes",
        """
if found:
    error = ValueError("x"); error.add_note(found); raise error from RuntimeError(found)
""",
    ),
    carries("through-text-answer", "returns them as text", "if found: return found"),
    carries(
        "through-answer-type",
        "returns an object of a type that is named after them",
        "if found: return type(found, (), {'__repr__': lambda self: found})()",
    ),
    carries("through-answer-keys", "returns a table with them as keys", "if found: return {found: found}"),
    carries(
        "through-answer-shape",
        "returns an array of a telling shape",
        "import numpy as np\nif found: return np.zeros((987_000 + 654, 1))",
        telltale="987654",
    ),
    carries(
        "through-answer-tuple",
        "returns a tuple of telling length",
        "if found: return (found,) * (9_000 + 871)",
        telltale="9871",
    ),
    carries(
        "through-answer-dtype",
        "returns an array of a telling type",
        "import numpy as np\nif found: return np.zeros(1, dtype=[(found, 'f8')])",
    ),
    carries(
        "through-names",
        "renames its functions after them",
        """
for function in (sigmoid, softmax):
    function.__name__ = function.__qualname__ = found or function.__name__
    function.__doc__ = found
""",
    ),
    carries("through-later-cell", "keeps them for a cell that runs later", first="", last="print(kept)"),
    carries(
        "through-later-thread",
        "keeps them for a thread that prints while a later cell runs",
        "",
        """
import threading, time
def tell():
    while True:
        time.sleep(0.01)
        if kept:
            print(kept)
threading.Thread(target=tell, daemon=True).start()
""",
        last="import time; time.sleep(0.3)",
    ),
    carries(
        "through-later-hook",
        "keeps them for IPython's hooks",
        "",
        """
get_ipython().events.register("pre_run_cell", lambda info: print(kept))
get_ipython().events.register("post_run_cell", lambda result: print(kept))
""",
        last="pass",
    ),
    carries(
        "through-file",
        "keeps them in a file that a later cell shows",
        """
with open("kept.txt", "a") as file:
    file.write(found)
""",
        last='print(open("kept.txt").read())',
    ),
    carries(
        "through-title",
        "changes the notebook's own text",
        """
get_ipython().set_next_input(found); get_ipython().user_ns["In"] = [found] * 9
""",
        last="In",
    ),
]

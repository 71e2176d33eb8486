"""Runs cells of a page, one after the other, in one namespace; what they show goes to the page as it comes."""

from __future__ import annotations

import ast
import base64
import builtins
import io
import linecache
import symtable
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

AT_ONCE = 50  # so many pieces of printed text go out as they come, so that an endless loop shows what it began with
PAUSE = 0.05  # seconds between two messages after these
LONGEST = 200_000  # signs that one run may print
CUT = "\n… more was printed; it is not shown.\n"
Send = Callable[[str, str, str], None]  # kind, text, alternative text


class Printed(io.TextIOBase):
    """A stream whose text goes to `send` in pieces, cut where it gets too long."""

    def __init__(self, send: Send, kind: str) -> None:
        self.send, self.kind = send, kind
        self.waiting: list[str] = []
        self.length, self.pieces, self.sent = 0, 0, time.monotonic()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.length <= LONGEST:
            self.waiting.append(text[: LONGEST - self.length] + (CUT if self.length + len(text) > LONGEST else ""))
        self.length += len(text)
        if text.endswith("\n") and (self.pieces < AT_ONCE or time.monotonic() - self.sent > PAUSE):
            self.flush()
        return len(text)

    def flush(self) -> None:
        text, self.waiting = "".join(self.waiting), []
        self.pieces, self.sent = self.pieces + 1, time.monotonic()
        if text:
            self.send(self.kind, text, "")


def free(code: str) -> list[str]:
    """The names that a cell reads and nowhere binds; none where it is no Python yet."""
    try:
        top = symtable.symtable(code, "cell", "exec")
    except SyntaxError:
        return []
    tables, read = [top], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        read |= {
            one.get_name() for one in table.get_symbols() if one.is_referenced() and (table is top or one.is_global())
        }
    bound = {
        one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported() or one.is_namespace()
    }
    return sorted(read - bound)


def no_input(prompt: str = "") -> str:
    """Stands for Python's own `input`, which would wait for ever."""
    raise RuntimeError("input() has nobody to ask here: write the value into the cell")


class Cells:
    """The cells that ran since the start or the last `reset`; their names are those of `__main__`."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.names = sys.modules["__main__"].__dict__
        self.given = set(self.names)
        self.sources: set[str] = set()
        self.styled = False
        builtins.input = no_input

    def reset(self) -> None:
        """Forget all names that cells made."""
        for name in set(self.names) - self.given:
            del self.names[name]

    def use_style(self) -> None:
        """Set the book's style of plots, once."""
        if not self.styled:
            from unrolled.lab.plotting import use_style

            use_style()
            self.styled = True

    def run(self, code: str, name: str, quiet: bool) -> bool:
        """Run one cell; what it prints, shows, draws and returns is sent, and where it fails, why.

        Args:
            name: what a traceback calls the cell.
            quiet: send nothing but a failure.

        Returns: whether it went through.
        """
        self.sources.add(name)
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        out, err = Printed(self._unless(quiet), "stdout"), Printed(self._unless(quiet), "stderr")
        before, showing = (sys.stdout, sys.stderr), shown_by(self._unless(quiet))
        sys.stdout, sys.stderr = out, err
        try:
            with showing:
                value = self._evaluate(code, name)
                if not quiet and value is not None and not is_part_of_a_plot(value):
                    out.flush()
                    send_value(self.send, value)
                draw_figures(self._unless(quiet))
        except BaseException as error:  # also SystemExit and KeyboardInterrupt: the worker lives on
            out.flush(), err.flush()
            self.send("error", self.told(error), "")
            close_figures()
            return False
        finally:
            out.flush(), err.flush()
            sys.stdout, sys.stderr = before
        return True

    def _unless(self, quiet: bool) -> Send:
        return (lambda kind, text, alt: None) if quiet else self.send

    def _evaluate(self, code: str, name: str) -> Any:
        """Run a cell; the value of its last line, unless that ends in a semicolon."""
        tree = ast.parse(code, name)
        last = tree.body[-1] if tree.body else None
        shown = isinstance(last, ast.Expr) and not code.rstrip().endswith(";")
        if shown:
            tree.body.pop()
        exec(compile(tree, name, "exec"), self.names)
        return eval(compile(ast.Expression(last.value), name, "eval"), self.names) if shown else None

    def told(self, error: BaseException) -> str:
        """The traceback, with the lines of cells alone."""
        if hasattr(error, "_render_traceback_"):  # what IPython asks for, too
            return "\n".join(error._render_traceback_())
        whole = traceback.TracebackException.from_exception(error)
        links: list[traceback.TracebackException | None] = [whole]
        while links:
            if link := links.pop():
                link.stack = traceback.StackSummary.from_list(
                    [one for one in link.stack if one.filename in self.sources]
                )
                links += [link.__cause__, link.__context__]
        return "".join(whole.format()).rstrip()


def shown_by(send: Send) -> Any:
    """While this is open, `IPython.display.display` sends what it is given."""
    from IPython.display import shown_through

    return shown_through(lambda value: (sys.stdout.flush(), send_value(send, value)))


def send_value(send: Send, value: Any) -> None:
    """Send a value as HTML, as a picture, or as its text."""
    for method, kind in (("_repr_html_", "html"), ("_repr_svg_", "image"), ("_repr_png_", "image")):
        shown = getattr(value, method, None)
        content = shown() if callable(shown) and not isinstance(value, type) else None
        if content is None:
            continue
        if isinstance(content, bytes):
            content = f"data:image/png;base64,{base64.b64encode(content).decode()}"
        send(kind, content, "A picture that this cell made")
        return
    send("result", repr(value), "")


def is_part_of_a_plot(value: Any) -> bool:
    """Whether a value says no more than the plot, which is shown: the lines that `plot` returns, say."""
    one = value[0] if isinstance(value, (list, tuple)) and value else value
    return type(one).__module__.split(".")[0] == "matplotlib" and not hasattr(one, "savefig")


def draw_figures(send: Send) -> None:
    """Send the figures that a cell left open, in the page's colours, and close them."""
    if "matplotlib.pyplot" not in sys.modules:
        return
    import matplotlib.pyplot as plt

    from unrolled.lab.plotting import draw, follow_theme

    for number in plt.get_fignums():
        figure = plt.figure(number)
        titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
        send("image", follow_theme(draw(figure)), "; ".join(["A plot that this cell drew", *titles]))


def close_figures() -> None:
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")

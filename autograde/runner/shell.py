"""An IPython shell inside this process: runs a cell as Jupyter does and hands each output to a function."""

from __future__ import annotations

import ast
import base64
import builtins
import contextlib
import functools
import io
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionResult
from traitlets import Type
from traitlets.config import Config

from autograde.runner import absent, plain
from autograde.runner.commands import Commands

Output = dict[str, Any]
Sink = Callable[[Output], None]
BUFFERED = 8192  # characters printed before they are sent
FIGURE = "import matplotlib.pyplot as plt\nplt.plot([0, 1]); plt.show()"
WARM_UP = (
    "def f(x):\n    raise ValueError(x)\nf(1)",  # a traceback, whose colours and parsers load late
    "1 +",
    "1 + 1",
    "import traceback\ntraceback.format_stack()",  # reads the sources of what runs cells
)


class Outputs:
    """Where outputs go. `sink` is set anew for each cell; None drops them."""

    def __init__(self) -> None:
        self.sink: Sink | None = None

    def send(self, output: Output) -> None:
        if self.sink is not None:
            self.sink(output)


outputs = Outputs()


class Stream(io.TextIOBase):
    """stdout or stderr as outputs."""

    encoding = "utf-8"

    def __init__(self, name: str) -> None:
        self.name = name
        self.pieces: list[str] = []
        self.length = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.pieces.append(text)
        self.length += len(text)
        if self.length > BUFFERED:
            self.flush()
        return len(text)

    def flush(self) -> None:
        text, self.pieces, self.length = "".join(self.pieces), [], 0
        if text:
            outputs.send({"output_type": "stream", "name": self.name, "text": text})


class Publisher(DisplayPublisher):
    """display(…), figures, clear_output."""

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **options: Any) -> None:
        _flush()
        kind = "update" if options.get("update") else "display_data"
        identity = (options.get("transient") or {}).get("display_id")
        outputs.send(
            {"output_type": kind, "data": _text_only(data), "metadata": metadata or {}, "display_id": identity}
        )

    def clear_output(self, wait: bool = False) -> None:
        _flush()
        outputs.send({"output_type": "clear", "wait": wait})


class Result(DisplayHook):
    """The value of a cell's last line."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        data = {"output_type": "execute_result", "data": _text_only(format_dict), "metadata": md_dict or {}}
        _flush()
        outputs.send(data)

    def finish_displayhook(self) -> None:
        _flush()


class Shell(Commands):
    """IPython without a terminal, history, a kernel's sockets, or the system's commands."""

    displayhook_class = Type(Result)
    display_pub_class = Type(Publisher)

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        _flush()
        error = {"ename": etype.__name__, "evalue": _text_of(evalue), "traceback": list(stb)}
        outputs.send({"output_type": "error", **error})

    def transform_ast(self, node: ast.Module) -> ast.Module:
        """As IPython does, with imports that may fail; not as one of its transformers, which visit every node."""
        transformed: ast.Module = super().transform_ast(absent.guard_imports(node))
        return transformed

    def should_run_async(
        self, raw_cell: str, *, transformed_cell: Any = None, preprocessing_exc_tuple: Any = None
    ) -> bool:
        """Whether the cell awaits something outside of a function."""
        if transformed_cell is not None and not plain.may_await(transformed_cell):
            return False
        found: bool = super().should_run_async(
            raw_cell, transformed_cell=transformed_cell, preprocessing_exc_tuple=preprocessing_exc_tuple
        )
        return found

    async def run_code(self, code_obj: Any, result: ExecutionResult | None = None, *, async_: bool = False) -> bool:
        """Run one statement; True where the cell ends with it. What an absent package costs is this statement alone."""
        ends: bool = await super().run_code(code_obj, result, async_=async_)
        if ends and result is not None and absent.is_of_absent(result.error_in_exec):
            result.error_in_exec = None
            return False
        return ends

    def enable_gui(self, gui: str | None = None) -> None:
        pass


def start() -> Shell:
    """The one shell of this process, warmed up so that nothing loads late, and as new."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.cache_size = 0
    shell = Shell.instance(config=config)
    shell.input_transformer_manager = plain.Transformers()
    setattr(builtins, absent.HANDLER, functools.partial(absent.bind, shell.user_ns))
    with captured(None):
        for source in (*WARM_UP, *([FIGURE] if "matplotlib.pyplot" in sys.modules else [])):
            shell.run_cell(source, store_history=True)
    shell.reset(new_session=True)
    shell.execution_count = 1
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    return shell


class captured(contextlib.AbstractContextManager[None]):  # noqa: N801 (reads as what it is: with captured(sink))
    """What is printed and displayed within goes to `sink`; None drops it."""

    def __init__(self, sink: Sink | None) -> None:
        self.sink = sink

    def __enter__(self) -> None:
        self.before = sys.stdout, sys.stderr, outputs.sink
        sys.stdout, sys.stderr, outputs.sink = Stream("stdout"), Stream("stderr"), self.sink

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _flush()
        sys.stdout, sys.stderr, outputs.sink = self.before


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _text_only(data: dict[str, Any]) -> dict[str, Any]:
    return {
        kind: base64.b64encode(value).decode() if isinstance(value, bytes) else value for kind, value in data.items()
    }

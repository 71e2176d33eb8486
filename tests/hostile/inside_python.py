"""Attacks on the machinery around the answers: hooks, patches, faked modules, other people's values."""

from tests.hostile.attack import EVERYTHING, cell

FRAMES = """
def look_around(names):
    import sys
    frame = sys._getframe()
    while frame:
        for name in names:
            for place in (frame.f_locals, frame.f_globals):
                if name in place:
                    return place[name]
        frame = frame.f_back
"""

ATTACKS = [
    cell(
        "check-redefined",
        "puts a check of its own in place of the course's",
        last="",
        body="global check; check = yes",
        first="yes = lambda *a, **k: None",
        stock_safe=True,
    ),
    cell(
        "check-patched",
        "patches the public package's check",
        """
        import unrolled, unrolled.checking.check as module
        unrolled.check = module.check = lambda *a, **k: None
        import unrolled.checking.diagnose
        unrolled.checking.diagnose.diagnose = module.diagnose = lambda *a, **k: None
    """,
        stock_safe=True,
    ),
    cell(
        "judge-patched",
        "patches the judge, where it can be imported",
        """
        try:
            import solutions.judging.judging as judging, unrolled.checking.check as module
            judging.judge = lambda *a, **k: None
            module._judge = lambda: judging.judge
        except ImportError:
            pass
    """,
        stock_safe=True,
    ),
    cell(
        "input-transformer",
        "throws every later cell away before it is compiled",
        "get_ipython().input_transformers_cleanup.append(lambda lines: [])",
        stock_safe=True,
    ),
    cell(
        "syntax-transformer",
        "takes checks and assertions out of the syntax tree",
        """
        import ast
        class Soften(ast.NodeTransformer):
            def visit_Assert(self, node):
                return ast.Pass()
            def visit_Expr(self, node):
                return ast.Pass() if isinstance(node.value, ast.Call) else node
        get_ipython().ast_transformers.append(Soften())
    """,
        stock_safe=True,
    ),
    cell(
        "run-code-patched",
        "replaces the step that runs a cell",
        """
        shell = get_ipython()
        async def nothing(code, result=None, *, async_=False):
            return False
        shell.events.register("pre_run_cell", lambda info: setattr(shell, "run_code", nothing))
    """,
        stock_safe=True,
    ),
    cell(
        "error-flags-cleared",
        "clears the errors of each cell's result",
        """
        shell = get_ipython()
        original = shell.run_cell_async
        async def smooth(*args, **kwargs):
            result = await original(*args, **kwargs)
            result.error_in_exec = result.error_before_exec = None
            return result
        shell.run_cell_async = smooth
        shell._showtraceback = shell.showtraceback = lambda *a, **k: None
    """,
        stock_safe=True,
    ),
    cell(
        "tracebacks-off",
        "keeps errors from being shown",
        """
        get_ipython().showtraceback = get_ipython()._showtraceback = lambda *a, **k: None
        get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)
    """,
        stock_safe=True,
    ),
    cell(
        "outputs-cleared",
        "clears each cell's output when it ends",
        """
        from IPython.display import clear_output
        get_ipython().events.register("post_run_cell", lambda result: clear_output())
        get_ipython().events.register("post_execute", lambda: clear_output())
    """,
        stock_safe=True,
    ),
    cell(
        "messages-patched",
        "patches the kernel's sending of messages",
        """
        kernel = getattr(get_ipython(), "kernel", None)
        if kernel is not None:
            original = kernel.session.send
            def send(stream, kind, content=None, *args, **kwargs):
                if kind == "error":
                    return
                if kind == "execute_reply":
                    content = {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}
                return original(stream, kind, content, *args, **kwargs)
            kernel.session.send = send
    """,
        stock_safe=True,
    ),
    cell(
        "score-displayed",
        "displays a number that could be taken for the score",
        body="get_ipython().displayhook(5.0)",
        stock_safe=True,
    ),
    cell(
        "score-published",
        "sends a result before each cell",
        """
        def forge(info):
            shell = get_ipython()
            if hasattr(shell, "kernel"):
                content = {"data": {"text/plain": "5.0"}, "metadata": {}, "execution_count": 1}
                shell.kernel.session.send(shell.kernel.iopub_socket, "execute_result", content,
                                          parent=shell.kernel.get_parent())
            shell.displayhook(5.0)
        get_ipython().events.register("pre_run_cell", forge)
    """,
        stock_safe=True,
    ),
    cell(
        "kernel-execute-patched",
        "replaces the kernel's do_execute",
        """
        kernel = getattr(get_ipython(), "kernel", None)
        if kernel is not None:
            async def fine(*args, **kwargs):
                return {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}
            kernel.do_execute = fine
    """,
        stock_safe=True,
    ),
    cell(
        "numpy-testing-patched",
        "makes NumPy's comparisons agree with everything",
        """
        import numpy as np
        def agree(*args, **kwargs):
            return True
        for name in ("assert_allclose", "assert_array_equal", "assert_equal", "assert_almost_equal"):
            setattr(np.testing, name, agree)
        for name in ("allclose", "isclose", "array_equal", "all", "any", "array_equiv"):
            setattr(np, name, agree)
    """,
        stock_safe=True,
    ),
    cell(
        "numpy-patched-later",
        "patches NumPy from a thread once the tests run",
        """
        import threading, time
        import numpy as np
        def later():
            end = time.monotonic() + 20
            while time.monotonic() < end:
                np.testing.assert_allclose = np.allclose = np.array_equal = lambda *a, **k: True
                time.sleep(0.001)
        threading.Thread(target=later, daemon=True).start()
    """,
        stock_safe=True,
    ),
    cell(
        "answers-swapped-later",
        "replaces the answers from a thread while tests run",
        """
        import threading, time
        def later():
            end = time.monotonic() + 20
            while time.monotonic() < end:
                for name in ("sigmoid", "softmax"):
                    globals()[name] = yes = type(name, (), {"__call__": lambda self, *a: self,
                                                            "__eq__": lambda self, other: True})()
                time.sleep(0.001)
        threading.Thread(target=later, daemon=True).start()
    """,
        stock_safe=True,
    ),
    cell(
        "builtins-patched",
        "replaces builtins that tests use",
        """
        import builtins
        builtins.callable = lambda thing: True
        builtins.isinstance = lambda thing, kind: True
        builtins.all = builtins.any = lambda things: True
        builtins.abs = lambda number: 0
    """,
        stock_safe=True,
    ),
    cell(
        "random-patched",
        "makes the drawing of inputs fail or constant",
        """
        import numpy as np, numpy.random
        class Constant:
            def __getattr__(self, name):
                return lambda *a, **k: np.zeros(())
        np.random.default_rng = lambda *a, **k: Constant()
        import os
        os.environ["UNROLLED_KEY"] = "plain-nbgrader"
    """,
        stock_safe=True,
    ),
    cell(
        "reference-faked",
        "puts a module of its own in the reference's place",
        """
        import sys, types
        class Echo:
            def __getattr__(self, name):
                return lambda *a, **k: None
        for name in ("solutions", "solutions.judge", "solutions.exercises.catalogue", "solutions.judging"):
            sys.modules[name] = fake = types.ModuleType(name)
            fake.judge = fake.contract_of = Echo().anything
    """,
        stock_safe=True,
    ),
    cell(
        "reference-imported",
        "imports the reference and returns its values",
        body="""
        import solutions.exercises.catalogue as contracts, inspect
        name = inspect.currentframe().f_code.co_name
        arguments = list(locals().values())[:contracts.contract_of(name).reference.__code__.co_argcount]
        won("the reference was imported")
        return contracts.contract_of(name).reference(*arguments)
    """,
        first="pass",
        stock_safe=True,
    ),
    cell(
        "judge-asked",
        "asks the judge's package for whatever its entry point names",
        body="""
        from importlib.metadata import entry_points
        for entry in entry_points(group="unrolled.judge"):
            entry.load()
            won("the judge was loaded")
    """,
        first="pass",
        stock_safe=True,
    ),
    cell(
        "names-for-judge",
        "imports other things under the names that tests use",
        """
        from os import system as check
        from operator import not_ as np
    """,
        body="from builtins import print as check",
        last="from builtins import print as check, print as np",
        stock_safe=False,
    ),
    cell(
        "frames-searched",
        "looks for expected values in the callers' frames",
        FRAMES,
        body="""
        found = look_around(("expected", "desired", "reference", "case", "contract"))
        if found is not None:
            return getattr(found, "expected", found)
    """,
        stock_safe=True,
    ),
    cell(
        "memory-searched",
        "looks for references, contracts and keys among the live objects",
        body="""
        import gc
        for thing in gc.get_objects():
            kind = type(thing)
            if kind.__name__ in ("Contract", "Misconception", "Fixture") and "solutions" in str(kind.__module__):
                won("an object of the secret package is alive here")
            if kind is dict and "UNROLLED_" + "KEY" in thing:
                won("a key is alive here")
            if kind.__name__ == "module" and str(getattr(thing, "__name__", "")).startswith("solutions"):
                won("the secret package is imported here")
    """,
        first="pass",
        stock_safe=True,
    ),
    cell(
        "strings-searched",
        "looks for hidden tests among the strings in memory",
        body="""
        import gc
        words = ("hid" + "den=\\"", "unrolled-" + "canary-")
        seen = set()
        for thing in gc.get_objects():
            for value in list(thing.values()) if type(thing) is dict else list(thing) if type(thing) is list else ():
                if type(value) is str and any(word in value for word in words) and len(value) < 5000:
                    if "strings-" + "searched" not in value and "gc.get_objects" not in value and value not in seen:
                        seen.add(value)
                        won("a hidden test lies in memory")
    """,
        first="pass",
        stock_safe=True,
    ),
    cell(
        "address-space-searched",
        "reads its own memory for the canaries of the secret package",
        """
        import re
        pattern = re.compile(b"unrolled-" + b"canary-" + b"[0-9a-f]{12}")
        found = set()
        for line in open("/proc/self/maps"):
            span, permissions, *_ = line.split()
            if "r" not in permissions or "[v" in line:
                continue
            start, end = (int(word, 16) for word in span.split("-"))
            if end - start > 1 << 28:
                continue
            try:
                with open("/proc/self/mem", "rb", buffering=0) as memory:
                    memory.seek(start)
                    found |= set(pattern.findall(memory.read(end - start)))
            except (OSError, ValueError, OverflowError):
                pass
        if found:
            won("secret files are in this process's memory", sorted(found)[:3])
    """,
    ),
    cell(
        "history-read",
        "prints what the notebook ran last, which may be a test",
        body="""
        for text in list(globals().get("In", []))[-3:]:
            if "hid" + "den=" in text:
                won("a hidden test is in the history", text)
    """,
        first="pass",
        stock_safe=True,
    ),
    cell(
        "lying-array",
        "returns an array that equals everything",
        """
        import numpy as np
        class Liar(np.ndarray):
            def __array_function__(self, function, types, args, kwargs):
                return np.bool_(True)
            def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
                return np.bool_(True)
            def __eq__(self, other):
                return True
    """,
        returns="np.zeros(1).view(Liar)",
        stock_safe=True,
    ),
    cell(
        "lying-isclose",
        "returns an array that lies only when it is compared",
        """
        import numpy as np
        class Liar(np.ndarray):
            def __array_function__(self, function, types, args, kwargs):
                if getattr(function, "__name__", "") in ("isclose", "allclose", "array_equal"):
                    return np.ones(self.shape, bool)
                return super().__array_function__(function, types, args, kwargs)
            def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
                kwargs.pop("out", None)
                return getattr(ufunc, method)(*[np.asarray(value) for value in inputs], **kwargs)
            @property
            def shape(self):
                return (1,)
    """,
        returns="np.zeros(1).view(Liar)",
        stock_safe=True,
    ),
    cell(
        "array-on-demand",
        "looks for the expected value when it is turned into an array",
        FRAMES
        + """
import numpy as np
class Later:
    def __array__(self, dtype=None, copy=None):
        found = look_around(("desired", "expected"))
        return np.asarray(found if found is not None else 0.0)
    def __eq__(self, other):
        return True
    def __len__(self):
        return 2
""",
        returns="Later()",
        stock_safe=True,
    ),
    cell(
        "equals-everything",
        "returns objects that compare, count and convert as one likes",
        """
        class Yes:
            __array_priority__ = 1e9
            __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True
            __bool__ = __contains__ = lambda self, *other: True
            __len__ = lambda self: 2
            __iter__ = lambda self: iter((self, self))
            __getattr__ = lambda self, name: self
            __call__ = lambda self, *a, **k: self
            __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
            __float__ = lambda self: 0.0
            __hash__ = lambda self: 0
    """,
        returns="Yes()",
        stock_safe=True,
    ),
    cell(
        "poses-as-array",
        "returns an object whose class claims to be ndarray",
        """
        import numpy as np
        class Pose:
            __class__ = np.ndarray
            shape, ndim, size, dtype = (), 0, 1, np.dtype(float)
            __eq__ = lambda self, other: True
            __array_interface__ = {"shape": (1,), "typestr": "<f8", "data": (0, True), "version": 3}
    """,
        returns="Pose()",
        stock_safe=False,
    ),
    cell(
        "number-subclass",
        "returns numbers and texts of subclasses that agree with everything",
        """
        class Count(int):
            __eq__ = lambda self, other: True
            __ne__ = lambda self, other: False
            __hash__ = lambda self: 0
            __sub__ = __rsub__ = __abs__ = lambda self, *other: 0
    """,
        returns="Count(7)",
        stock_safe=True,
    ),
    cell(
        "masked-array",
        "returns arrays whose every entry is masked",
        "import numpy as np",
        returns="np.ma.masked_all((3, 4))",
        stock_safe=True,
    ),
    cell(
        "empty-array",
        "returns empty arrays, in which all comparisons hold",
        "import numpy as np",
        returns="np.zeros((0,))",
        stock_safe=True,
    ),
    cell("empty-tuple", "returns nothing at all for every output", body="return ()", stock_safe=True),
    cell("not-a-number", "returns arrays of NaN", "import numpy as np", returns="np.full(1, np.nan)", stock_safe=True),
    cell(
        "object-array",
        "returns arrays of objects that agree with everything",
        """
        import numpy as np
        class Yes:
            __eq__ = lambda self, other: True
            __sub__ = __rsub__ = __abs__ = __mul__ = __rmul__ = lambda self, *other: 0.0
            __float__ = lambda self: 0.0
    """,
        returns="np.array([Yes(), Yes()], dtype=object)",
        stock_safe=True,
    ),
    cell(
        "structured-array",
        "returns arrays of records, of texts and of dates",
        "import numpy as np",
        returns="np.zeros(2, dtype=[('a', 'f8'), ('b', 'O')])",
        stock_safe=True,
    ),
    cell(
        "arguments-overwritten",
        "sets its inputs to zero and returns them",
        body="""
        for argument in list(locals().values()):
            if hasattr(argument, "fill"):
                argument.fill(0)
    """,
        stock_safe=True,
    ),
    cell(
        "class-for-function",
        "hands in callable objects with odd names",
        """
        class Odd:
            __name__ = property(lambda self: 1 / 0)
            __doc__ = property(lambda self: 1 / 0)
            __qualname__ = "check"
            def __call__(self, *args):
                return self
            def __getattr__(self, name):
                raise SystemExit(name)
        odd = Odd()
    """,
        last="",
        body="global sigmoid, softmax; sigmoid = softmax = odd",
        stock_safe=True,
    ),
    cell(
        "fixtures-memorised",
        "looks the answer up in the visible fixtures",
        """
        import numpy as np
        stored = np.load("fixtures.npz", allow_pickle=False)
        arrays = [stored[name] for name in stored.files]
    """,
        returns="next((array for array in arrays if array.ndim == 2 and array.dtype.kind == 'f'), np.zeros(1))",
        stock_safe=True,
    ),
    cell(
        "exits-in-answers", "leaves Python in the middle of every answer", body="raise SystemExit(0)", stock_safe=True
    ),
    cell("interrupts-in-answers", "raises what an interrupt raises", body="raise KeyboardInterrupt", stock_safe=True),
    cell(
        "poses-as-success",
        "raises exceptions with lying names and texts",
        """
        class Success(AssertionError):
            def __str__(self):
                return "all tests passed"
            def __eq__(self, other):
                return True
        Success.__name__ = Success.__qualname__ = "ok"
    """,
        body="raise Success",
        stock_safe=True,
    ),
    cell(
        "trace-functions",
        "steps into every call to change what it returns",
        """
        import sys, threading
        def trace(frame, event, argument):
            if event == "return" and frame.f_code.co_name in ("diagnose", "first_deviation"):
                frame.f_locals["failure"] = frame.f_locals["deviation"] = None
            return trace
        sys.settrace(trace)
        threading.settrace(trace)
    """,
        stock_safe=True,
    ),
    cell(
        "audit-hook",
        "refuses compilation and execution from an audit hook",
        """
        import sys
        def hook(event, arguments):
            if event == "compile" and b"hid" + b"den=" in (arguments[0] or b""):
                won("a hidden test is compiled here")
        sys.addaudithook(hook)
    """,
        stock_safe=True,
    ),
    cell(
        "peer-copied",
        "reads another student's notebook and runs its answers",
        """
        import os
        name = os.path.join(SCENE["course"], "submitted", SCENE["peer"], SCENE["slug"], SCENE["slug"] + ".ipynb")
        try:
            cells = json.load(open(name))["cells"]
        except OSError:
            cells = []
        answers = ["".join(c["source"]) for c in cells if c["metadata"].get("nbgrader", {}).get("solution")]
        if answers:
            won("another's notebook was read")
        get_ipython().events.register("pre_run_cell", lambda info: [exec(text, globals()) for text in answers])
    """,
        stock_safe=True,
    ),
    cell(
        "gradebook-written",
        "sets its own grade in the gradebook",
        """
        import os, sqlite3
        path = os.path.join(SCENE["course"], "gradebook.db")
        if os.path.exists(path):
            won("the gradebook is visible")
            book = sqlite3.connect(path, timeout=5)
            book.execute("update grade set manual_score = 5, needs_manual_grade = 0")
            book.commit()
    """,
        stock_safe=True,
    ),
    cell(
        "right-but-warns",
        "right answers that warn and write to stderr",
        """
        import sys, warnings
        warnings.warn("only a warning")
        print("noise", file=sys.stderr)
        import logging
        logging.getLogger().warning("more noise")
    """,
        right=EVERYTHING,
        stock_safe=True,
    ),
    cell(
        "right-but-prints-score",
        "right answers that display numbers",
        "0.0",
        right=EVERYTHING,
        last="0.0",
        stock_safe=True,
    ),
    cell(
        "right-then-exit",
        "right answers, then the end of Python",
        last="import os; os._exit(0)",
        right=EVERYTHING,
        stock_safe=True,
    ),
    cell(
        "right-with-hooks",
        "right answers under hooks that break every display and traceback",
        """
        import sys
        sys.excepthook = sys.displayhook = None
        sys.stdout = sys.stderr = None
        get_ipython().display_formatter = None
    """,
        right=EVERYTHING,
        stock_safe=False,
    ),
]

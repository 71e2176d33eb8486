"""Attacks on the machine's means: time, memory, processes, files, output; and every way to crash."""

from tests.hostile.attack import EVERYTHING, cell

NAMED = """
import ctypes, os, time
def call_oneself(name):
    ctypes.CDLL(None).prctl(15, name.encode(), 0, 0, 0)
"""

ATTACKS = [
    cell("loop", "loops for ever in a cell", "while True: pass", stock_safe=True, timeouts=1),
    cell(
        "loop-swallows-interrupts",
        "catches every interrupt and loops on",
        """
        while True:
            try:
                while True: pass
            except BaseException: pass
    """,
        guarded=True,
        timeouts=1,
    ),
    cell(
        "loop-ignores-signals",
        "ignores all signals and loops",
        """
        import signal
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        while True: pass
    """,
        guarded=True,
        timeouts=1,
    ),
    cell(
        "loop-in-c",
        "computes a power that takes years, without a chance to interrupt",
        "10 ** (10 ** 11) % 7",
        guarded=True,
        timeouts=1,
    ),
    cell(
        "loop-in-regex",
        "matches a pattern that backtracks for ever",
        """
        import re
        re.match("(a*)*b", "a" * 5000)
    """,
        guarded=True,
        timeouts=1,
    ),
    cell(
        "loop-in-one-test",
        "loops for ever where it is called, in one answer",
        "pass",
        body="""
        import inspect
        while inspect.currentframe().f_code.co_name == "count_parameters": pass
    """,
        timeouts=3,
        guarded=True,
    ),
    cell("sleeps", "sleeps for ever", "import time; time.sleep(1e6)", stock_safe=True, timeouts=1),
    cell("waits-for-input", "asks for input that never comes", 'print(input("password? "))', stock_safe=True),
    cell(
        "stops-itself",
        "stops its own process",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
        guarded=True,
        timeouts=1,
    ),
    cell(
        "deadlock",
        "waits for a lock that is never released",
        """
        import threading
        lock = threading.Lock(); lock.acquire(); lock.acquire()
    """,
        guarded=True,
        timeouts=1,
    ),
    cell(
        "timer-storm",
        "lets a timer interrupt it a thousand times a second",
        """
        import signal
        signal.signal(signal.SIGALRM, lambda *a: None)
        signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
    """,
        right=EVERYTHING,
        guarded=True,
        may_lose=True,
    ),
    cell(
        "busy-threads",
        "burns processor time in many threads after its cell has ended",
        """
        import threading
        def burn():
            while True: pass
        for _ in range(20):
            threading.Thread(target=burn, daemon=True).start()
    """,
        guarded=True,
        timeouts=8,
    ),
    cell("recursion", "calls itself without end", body="return (lambda f: f(f))(lambda f: f(f))", stock_safe=True),
    cell(
        "recursion-in-c",
        "overflows the stack of C",
        """
        import sys
        sys.setrecursionlimit(10 ** 9)
        def dive(n): return [*map(dive, [n + 1])]
        dive(0)
    """,
        guarded=True,
    ),
    cell(
        "memory",
        "takes six gigabytes",
        """
        taken = []
        for _ in range(48):
            taken.append(bytearray(b"x") * (128 << 20))
        won("six gigabytes")
    """,
        guarded=True,
        timeouts=1,
    ),
    cell(
        "memory-numpy",
        "takes six gigabytes as one array",
        """
        import numpy as np
        taken = np.zeros(6 << 27)
        taken[::512] = 1
        won("six gigabytes")
    """,
        guarded=True,
        timeouts=1,
    ),
    cell(
        "memory-shared",
        "takes memory as shared mappings, which some limits miss",
        """
        import mmap
        taken = []
        for _ in range(48):
            block = mmap.mmap(-1, 128 << 20)
            for start in range(0, 128 << 20, 4096):
                block[start] = 1
            taken.append(block)
        won("six gigabytes")
    """,
        guarded=True,
        timeouts=1,
    ),
    cell(
        "memory-in-children",
        "takes memory in many child processes",
        NAMED
        + """
children = 0
for _ in range(16):
    try:
        pid = os.fork()
    except OSError:
        break
    if pid == 0:
        call_oneself("pwned-memory")
        try:
            block = bytearray(b"x") * (1 << 30)
        except MemoryError:
            os._exit(1)
        time.sleep(60)
        os._exit(0)
    children += 1
time.sleep(1)
alive = sum(os.waitpid(-1, os.WNOHANG) == (0, 0) for _ in range(1)) if children else 0
if children >= 16 and alive:
    won("sixteen gigabytes in children")
""",
        guarded=True,
    ),
    cell(
        "memory-in-answer",
        "gives back an array that is far larger than it looks",
        "import numpy as np",
        returns="np.broadcast_to(np.zeros(1), (1 << 20, 1 << 20))",
        guarded=True,
    ),
    cell(
        "memory-out-of-bounds",
        "gives back an array that reaches beyond its memory",
        """
        import numpy as np
        from numpy.lib.stride_tricks import as_strided
    """,
        returns="as_strided(np.zeros(1), (1 << 24,), (8,))",
        guarded=True,
    ),
    cell(
        "disk",
        "fills the disk",
        """
        import os, tempfile
        total = 0
        for folder in (os.getcwd(), tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"):
            try:
                with open(os.path.join(folder, "pwned-disk"), "wb", buffering=0) as file:
                    for _ in range(256):
                        total += file.write(b"x" * (4 << 20))
            except OSError:
                pass
        if total > 900 << 20:
            won("wrote", total)
    """,
        guarded=True,
    ),
    cell(
        "many-files",
        "makes a million files",
        """
        import os
        made = 0
        try:
            for made in range(1_000_000):
                os.close(os.open(f"f{made}", os.O_CREAT | os.O_WRONLY))
        except OSError:
            pass
        if made > 900_000:
            won("files", made)
    """,
        guarded=True,
        timeouts=1,
    ),
    cell(
        "sparse-file",
        "makes a file of an exabyte",
        """
        with open("sparse", "wb") as file:
            file.truncate(1 << 40)
        won("a file of a terabyte")
    """,
        guarded=True,
    ),
    cell(
        "deep-folders",
        "nests ten thousand folders, which some removals do not survive",
        """
        import os
        for _ in range(10_000):
            os.mkdir("d" * 50)
            os.chdir("d" * 50)
    """,
        guarded=True,
        timeouts=1,
    ),
    cell(
        "open-files",
        "opens files until no more can be opened",
        """
        taken = []
        try:
            while len(taken) < 100_000:
                taken.append(open("/dev/null"))
        except OSError:
            pass
        if len(taken) > 50_000:
            won("open files", len(taken))
    """,
        guarded=True,
    ),
    cell(
        "threads",
        "starts ten thousand threads",
        """
        import threading, time
        threading.stack_size(65536)
        started = 0
        try:
            for started in range(10_000):
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        except (RuntimeError, MemoryError):
            pass
        if started > 9_000:
            won("threads", started)
    """,
        guarded=True,
    ),
    cell(
        "processes",
        "starts five hundred processes in sessions of their own",
        NAMED
        + """
started = 0
for _ in range(500):
    try:
        pid = os.fork()
    except OSError:
        break
    if pid == 0:
        os.setsid()
        call_oneself("pwned-daemon")
        time.sleep(120)
        os._exit(0)
    started += 1
if started >= 500:
    won("processes", started)
""",
        guarded=True,
    ),
    cell(
        "fork-bomb",
        "doubles its processes again and again",
        NAMED
        + """
call_oneself("pwned-bomb")
for _ in range(11):
    try:
        os.fork()
    except OSError:
        pass
time.sleep(30)
""",
        guarded=True,
        timeouts=1,
    ),
    cell(
        "double-fork-daemon",
        "leaves a daemon behind that outlives the notebook",
        NAMED
        + """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        call_oneself("pwned-daemon")
        for number in range(0, 3):
            try: os.close(number)
            except OSError: pass
        time.sleep(120)
    os._exit(0)
""",
        guarded=True,
    ),
    cell("child-keeps-talking", "forks in a cell and lets both copies go on", "import os; os.fork()", guarded=True),
    cell(
        "output-lines",
        "prints two hundred megabytes in lines",
        "for _ in range(200_000): print('x' * 1000)",
        guarded=True,
        timeouts=1,
    ),
    cell("output-one-line", "prints one line of two hundred megabytes", "print('x' * 200_000_000)", guarded=True),
    cell(
        "output-stderr",
        "writes two hundred megabytes to stderr",
        """
        import sys
        for _ in range(200): sys.stderr.write("y" * 1_000_000)
    """,
        guarded=True,
    ),
    cell(
        "output-descriptors",
        "writes around Python, straight into the file descriptors",
        """
        import os
        for number in (1, 2):
            try:
                for _ in range(200): os.write(number, b"z" * 1_000_000)
            except OSError:
                pass
    """,
        guarded=True,
    ),
    cell(
        "output-displays",
        "displays a hundred thousand objects",
        """
        from IPython.display import display
        for number in range(100_000): display(number)
    """,
        guarded=True,
        timeouts=1,
    ),
    cell(
        "output-updates",
        "updates one display a hundred thousand times",
        """
        from IPython.display import display, clear_output
        handle = display("x", display_id=True)
        for number in range(100_000):
            handle.update("y" * 1000) if handle else None
            clear_output()
    """,
        guarded=True,
        timeouts=1,
    ),
    cell(
        "output-image",
        "displays an image of a hundred megabytes",
        """
        from IPython.display import Image, display
        display(Image(data=b"\\x89PNG\\r\\n\\x1a\\n" + b"0" * 100_000_000, format="png"))
    """,
        guarded=True,
    ),
    cell(
        "output-mime",
        "displays a hundred megabytes under a made-up type, nested deeply",
        """
        from IPython.display import display
        nested = []
        for _ in range(900): nested = [nested]
        display({"application/x-pwned": "x" * 100_000_000, "application/json": nested, "text/plain": "x"}, raw=True)
    """,
        guarded=True,
    ),
    cell(
        "output-figure",
        "draws a figure of huge size",
        """
        import matplotlib.pyplot as plt
        plt.figure(figsize=(600, 600), dpi=100)
        plt.plot([0, 1])
        plt.show()
    """,
        guarded=True,
        timeouts=1,
    ),
    cell("output-in-answers", "prints without end while the tests call", body="print('x' * 1_000_000)", guarded=True),
    cell(
        "huge-exception",
        "raises exceptions with texts of a hundred megabytes",
        body="raise ValueError('x' * 100_000_000)",
        first="raise ValueError('x' * 100_000_000)",
        guarded=True,
        timeouts=8,
    ),
    cell(
        "exception-chain",
        "raises an endless chain of exceptions",
        """
        last = None
        for number in range(50_000):
            error = ValueError(number)
            error.__cause__ = last
            last = error
        raise last
    """,
        guarded=True,
        timeouts=1,
    ),
    cell(
        "exception-that-loops",
        "raises an exception whose text loops for ever",
        """
        class Endless(Exception):
            def __str__(self):
                while True: pass
        raise Endless
    """,
        guarded=True,
        timeouts=1,
    ),
    cell(
        "repr-that-loops",
        "displays an object whose text loops for ever",
        """
        class Endless:
            def __repr__(self):
                while True: pass
        Endless()
    """,
        guarded=True,
        timeouts=1,
    ),
    cell("exits", "leaves Python in the first cell", "import os; os._exit(0)", stock_safe=True),
    cell(
        "exits-nicely",
        "leaves through sys.exit, quit and an exit handler",
        """
        import atexit, sys
        atexit.register(lambda: print("0 errors"))
        get_ipython().ask_exit() if hasattr(get_ipython(), "ask_exit") else None
        sys.exit(0)
    """,
        stock_safe=True,
    ),
    cell("aborts", "aborts Python", "import os; os.abort()", stock_safe=True),
    cell("segfault", "reads address zero", "import ctypes; ctypes.string_at(0)", stock_safe=True),
    cell(
        "segfault-in-answers", "crashes when a test calls", "import ctypes", body="ctypes.string_at(0)", stock_safe=True
    ),
    cell(
        "kills-itself",
        "kills its own process",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        stock_safe=True,
    ),
    cell(
        "replaces-itself",
        "becomes another program",
        """
        import os
        os.execv("/bin/sleep", ["/bin/sleep", "60"])
    """,
        guarded=True,
        timeouts=1,
    ),
    cell("closes-everything", "closes all file descriptors", "import os; os.closerange(0, 4096)", guarded=True),
    cell(
        "redirects-everything",
        "points all file descriptors at nothing",
        """
        import os
        nothing = os.open("/dev/null", os.O_RDWR)
        for number in range(0, 256):
            if number != nothing:
                try:
                    os.fstat(number)
                    os.dup2(nothing, number)
                except OSError:
                    pass
    """,
        guarded=True,
        timeouts=1,
    ),
]

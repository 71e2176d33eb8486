"""What runs in the page imports NumPy and Python's own, nothing else."""

import subprocess
import sys

PROGRAM = """
import importlib, pkgutil, sys

HIDDEN = {"torch", "scipy", "matplotlib", "IPython"}


class Refuses:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"{name} is not there in the page")


sys.meta_path.insert(0, Refuses())
import unrolled, unrolled.checking
for module in pkgutil.iter_modules(unrolled.checking.__path__, "unrolled.checking."):
    importlib.import_module(module.name)
    print(module.name)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_the_checks_import_numpy_alone():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *checking, packages = done.stdout.splitlines()
    assert {"unrolled.checking.check", "unrolled.checking.messages"} <= set(checking)
    # A checkout's, at its start; what the compiled parts of NumPy bring along.
    passed_over = ("__editable__", "_cython_", "cython_runtime")
    own = {name for name in packages.split() if not name.startswith(passed_over)}
    assert own - sys.stdlib_module_names <= {"__main__", "numpy", "unrolled", "_distutils_hack"}

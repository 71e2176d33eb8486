"""Attempts to leave something behind that changes how a later student's submission is graded."""

from tests.hostile.attack import EVERYTHING, cell

PLANT = "import builtins; builtins.PLANTED = 'PWN' + 'ED: planted code ran in a later submission'"

ATTACKS = [
    cell(
        "startup-file",
        "plants an IPython start-up file",
        f"""
        import os
        for home in (os.environ.get("IPYTHONDIR", ""), os.path.expanduser("~/.ipython"), SCENE["home"] + "/.ipython"):
            folder = os.path.join(home, "profile_default", "startup")
            try:
                os.makedirs(folder, exist_ok=True)
                with open(os.path.join(folder, "00-planted.py"), "w") as file:
                    file.write({PLANT!r})
            except OSError:
                pass
    """,
        stock_safe=True,
    ),
    cell(
        "python-startup",
        "plants modules that Python imports when it starts",
        f"""
        import os, site, sys
        for folder in {{*sys.path, *site.getsitepackages(), site.getusersitepackages(), os.getcwd()}}:
            for name in ("sitecustomize.py", "usercustomize.py", "pwned-path.pth"):
                try:
                    os.makedirs(folder, exist_ok=True)
                    with open(os.path.join(folder, name), "x") as file:
                        file.write({PLANT!r})
                except OSError:
                    pass
    """,
        guarded=True,
    ),
    cell(
        "compiled-module",
        "replaces the compiled form of a module that others import",
        """
        import importlib.util, os, unrolled.checking.check, numpy
        for module in (unrolled.checking.check, numpy, json):
            path = importlib.util.cache_from_source(module.__file__)
            try:
                with open(path, "r+b") as file:
                    won("can change", path)
            except OSError:
                pass
    """,
        guarded=True,
    ),
    cell(
        "shared-folders",
        "leaves a note in every folder that submissions may share",
        """
        import os, tempfile
        for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", "/run/user/0", tempfile.gettempdir(),
                       os.getcwd(),
                       os.path.expanduser("~"), "/mnt", "/srv", "/opt", "/home"):
            try:
                with open(os.path.join(folder, "pwned-note"), "w") as file:
                    file.write("answers")
            except OSError:
                pass
    """,
        guarded=True,
    ),
    cell(
        "settings-left",
        "changes settings that a forked process might keep",
        """
        import builtins, os, resource, sys
        builtins.PLANTED = "PWN" + "ED: settings of an earlier submission are still there"
        os.environ["PLANTED"] = "1"
        sys.path.insert(0, os.getcwd())
        import numpy, unrolled.checking.check as module
        module.check = unrolled.check = numpy.tanh = lambda *a, **k: None
        for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC):
            try:
                resource.setrlimit(kind, (5, 5))
            except (OSError, ValueError):
                pass
    """,
        guarded=True,
    ),
    cell(
        "zz-finds-what-was-left",
        "looks for what earlier submissions left behind",
        """
        import builtins, glob, os, sys, tempfile
        if hasattr(builtins, "PLANTED"):
            print(builtins.PLANTED)
        if "PLANTED" in os.environ:
            won("an environment variable of an earlier submission")
        folders = {"/tmp", "/var/tmp", "/dev/shm", "/run", tempfile.gettempdir(), os.getcwd(), os.path.expanduser("~"),
                   *(folder for folder in sys.path if folder)}
        for folder in folders:
            for pattern in ("pwned*", "00-planted.py", "kept.txt", "sitecustomize.py", "f1", "sparse"):
                for path in glob.glob(os.path.join(folder, pattern)):
                    if "PLANTED" in open(path, errors="replace").read(1000) or not path.endswith(".py"):
                        won("found", path)
        try:
            from multiprocessing import shared_memory
            shared_memory.SharedMemory("pwned")
            won("shared memory of an earlier submission")
        except (OSError, ImportError, ValueError):
            pass
    """,
        guarded=True,
    ),
    cell(
        "zz-right-after-all",
        "answers rightly after everything that others tried",
        right=EVERYTHING,
    ),
]

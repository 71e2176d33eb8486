"""The system-call filter, read as the kernel reads it: which calls it refuses, which it only seems to make."""

import ctypes
import errno
import fcntl
import platform
import resource
import struct
import termios

import pytest

from autograde.sandbox import filter

pytestmark = pytest.mark.slow  # libseccomp, which Linux alone has

AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def decision(call, *arguments):
    """What the filter answers: "allow", or the number of the error; 0 is success without a call."""
    number = call if isinstance(call, int) else filter._library().seccomp_syscall_resolve_name(call.encode())
    found = interpret(filter.compiled(), seen(number, AUDIT[platform.machine()], arguments))
    return "allow" if found == filter.ALLOW else found & 0xFFFF


def seen(number, machine, arguments):
    """A call as the filter sees it, the kernel's struct seccomp_data."""
    words = [value & ((1 << 64) - 1) for value in (*arguments, *[0] * (6 - len(arguments)))]
    return struct.pack("=iIQ6Q", number, machine, 0, *words)


def interpret(program, data):
    """Run classic BPF, as far as libseccomp uses it."""
    instructions = list(struct.iter_unpack("=HBBI", program))
    accumulator, at = 0, 0
    while True:
        code, if_true, if_false, value = instructions[at]
        at += 1
        if code == 0x20:  # load a word
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif code == 0x54:
            accumulator &= value
        elif code == 0x06:
            return value
        elif code == 0x05:
            at += value
        else:
            holds = {0x15: accumulator == value, 0x25: accumulator > value, 0x35: accumulator >= value}
            at += if_true if holds[code] else if_false


HIGH = 1 << 40  # the kernel reads 32 bits of these arguments, and whatever stands above is no way round


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("read", ()),
        ("socketpair", ()),
        ("sendto", ()),
        ("recvmsg", ()),
        ("ioctl", (0, termios.TCGETS)),
        ("ioctl", (0, termios.FIONBIO)),
        ("ioctl", (0, termios.FIONREAD)),
        ("ioctl", (0, termios.TIOCGWINSZ)),
        ("ioctl", (0, 0x802C542A)),  # what newer C libraries ask for isatty
        ("fcntl", (0, fcntl.F_DUPFD_CLOEXEC)),
        ("fcntl", (0, fcntl.F_SETFL)),
        ("fcntl", (0, fcntl.F_GETLK)),
        ("fcntl", (0, 1032)),  # the size of a pipe
        ("getsockopt", (0, 1, 4)),  # SO_ERROR
        ("prctl", (15,)),  # a thread's name
        ("clone", (filter.CLONE_THREAD,)),
        ("prlimit64", (0, resource.RLIMIT_CORE, 0)),
        ("prlimit64", (0, resource.RLIMIT_NOFILE, 1)),
        ("preadv2", (0, 0, 0, 0, 0, 0)),
        ("madvise", (0, 0, 4)),
        ("mmap", (0, 0, 0, 0x22)),
        ("faccessat2", ()),
    ],
)
def test_what_honest_code_asks_for_is_allowed(call, arguments):
    assert decision(call, *arguments) == "allow"


@pytest.mark.parametrize("above", [0, HIGH])
@pytest.mark.parametrize(
    ("call", "arguments", "number"),
    [
        *(("ioctl", (0, 0x8900 + request), errno.EOPNOTSUPP) for request in (0, 0x12, 0x27, 0x4C, 0xFF)),
        ("ioctl", (0, 0x80085200), errno.EOPNOTSUPP),  # the machine's entropy
        ("ioctl", (0, 0xC020660B), errno.EOPNOTSUPP),  # where on the disk a file lies
        ("ioctl", (0, 0xB703), errno.EOPNOTSUPP),  # namespaces
        ("fcntl", (0, fcntl.F_NOTIFY), errno.EPERM),
        ("fcntl", (0, fcntl.F_SETLEASE), errno.EPERM),
        ("fcntl", (0, 1031), errno.EPERM),  # a larger pipe
        ("fcntl", (0, 1036), errno.EPERM),  # hints for the disk
        ("fcntl", (0, 1040), errno.EPERM),  # a lease on a folder
        *(("fcntl", (0, command), 0) for command in (fcntl.F_SETLK, fcntl.F_SETLKW, 37, 38)),
        *(("getsockopt", (0, 1, option), errno.EPERM) for option in (17, 31, 59, 77)),
        *(("prctl", (option,), errno.EPERM) for option in (1, 22, 62)),
        ("setrlimit", (resource.RLIMIT_CORE,), errno.EPERM),
        ("preadv2", (0, 0, 0, 0, 0, 8), errno.EOPNOTSUPP),
        ("preadv2", (0, 0, 0, 0, 0, 9), errno.EOPNOTSUPP),
        ("madvise", (0, 0, 12), errno.EINVAL),
        ("mmap", (0, 0, 0, 0x40022), errno.ENOMEM),
    ],
)
def test_what_reaches_beyond_is_refused_whatever_stands_above_the_argument(call, arguments, number, above):
    *before, last = arguments
    assert decision(call, *before, last | above) == number


@pytest.mark.parametrize("call", filter.PRETENDED)
def test_what_needs_not_be_done_seems_to_be_done(call):
    assert decision(call) == 0


@pytest.mark.parametrize("call", filter.REFUSED)
def test_a_refused_call_is_refused_where_the_machine_has_it(call):
    if filter._library().seccomp_syscall_resolve_name(call.encode()) >= 0:
        assert decision(call) == errno.EPERM


def test_another_limit_may_be_set_but_not_that_of_a_crash():
    assert decision("prlimit64", 0, resource.RLIMIT_CORE, 4096) == errno.EPERM


def test_a_process_is_no_thread_and_what_no_filter_can_read_is_not_there():
    assert decision("clone", 17) == errno.EPERM
    assert decision("clone3") == errno.ENOSYS


@pytest.mark.parametrize("call", [filter.NEWEST_CALL + 1, 447, 451, 462, 470, 1000, 0x40000000 | 39])
def test_calls_newer_than_the_list_are_not_there(call):
    assert decision(call) == errno.ENOSYS


def test_a_call_that_libseccomp_does_not_know_is_said(monkeypatch):
    monkeypatch.setattr(filter, "REFUSED", ("no_such_call",))
    with pytest.raises(filter.FilterError, match="older than"):
        filter.compiled.__wrapped__()


@pytest.mark.parametrize("in_company", [False, True])
def test_the_other_architecture_has_the_same_rules(monkeypatch, in_company):
    # As on a machine of that kind: the rules are the same, the numbers of the calls are its own.
    library = filter._library()
    other = next(number for name, number in AUDIT.items() if name != platform.machine())
    added = library.seccomp_init

    def init(action):
        context = added(action)
        library.seccomp_arch_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        assert library.seccomp_arch_add(context, other) == 0
        return context

    monkeypatch.setattr(library, "seccomp_init", init)
    monkeypatch.setattr(filter, "_library", lambda: library)
    program = filter.compiled.__wrapped__(in_company=in_company)
    for name, number, *where in (*filter._rules(), *(filter._rules_in_company() if in_company else ())):
        call = library.seccomp_syscall_resolve_name_arch(other, name.encode())
        arguments = [0] * 6
        for one in where:
            arguments[one.argument] = one.second if one.operation == filter.EQUAL_MASKED else one.first + 1
        if call >= 0:
            assert interpret(program, seen(call, other, arguments)) == filter.REFUSE | number, name


OWN, OTHER = 4711, 815


@pytest.mark.parametrize("machine", AUDIT)
@pytest.mark.parametrize(
    ("call", "process", "answer"),
    [
        ("kill", OWN, "allow"),
        ("kill", OWN | HIGH, "allow"),
        ("kill", OTHER, errno.EPERM),
        ("kill", 0, errno.EPERM),
        ("kill", -1, errno.EPERM),
        ("kill", -OWN, errno.EPERM),
        ("tgkill", OWN, "allow"),
        ("tgkill", OTHER, errno.EPERM),
        ("rt_sigqueueinfo", OTHER, errno.EPERM),
        ("rt_tgsigqueueinfo", OTHER, errno.EPERM),
        ("prlimit64", 0, "allow"),
        ("prlimit64", OWN, "allow"),
        ("prlimit64", OTHER, errno.EPERM),
        ("sched_setaffinity", OTHER, errno.EPERM),
        ("read", OTHER, "allow"),
    ],
)
def test_in_company_a_process_names_itself_alone(monkeypatch, machine, call, process, answer):
    library = filter._library()
    number = library.seccomp_syscall_resolve_name_arch(AUDIT[machine], call.encode())
    own = library.seccomp_syscall_resolve_name
    by_name = lambda name: library.seccomp_syscall_resolve_name_arch(AUDIT[machine], name)  # noqa: E731
    monkeypatch.setattr(library, "seccomp_syscall_resolve_name", by_name)
    monkeypatch.setattr(filter, "_library", lambda: library)
    program = filter.only_itself(OWN) + filter._packed([(filter.RETURN, 0, 0, filter.ALLOW)])
    monkeypatch.setattr(library, "seccomp_syscall_resolve_name", own)
    found = interpret(program, seen(number, AUDIT[machine], (process,)))
    assert ("allow" if found == filter.ALLOW else found & 0xFFFF) == answer


@pytest.mark.parametrize("call", filter.PRETENDED_IN_COMPANY)
def test_in_company_what_is_noted_about_files_seems_to_change(call):
    number = filter._library().seccomp_syscall_resolve_name(call.encode())
    found = interpret(filter.compiled(in_company=True), seen(number, AUDIT[platform.machine()], ()))
    assert found == filter.REFUSE or number < 0


def test_in_company_a_pair_of_sockets_takes_no_address():
    program, machine = filter.compiled(in_company=True), platform.machine()
    number = filter._library().seccomp_syscall_resolve_name(b"sendto")
    address = (0, 0, 0, 0, 1 << 40, 0)
    assert interpret(program, seen(number, AUDIT[machine], ())) == filter.ALLOW
    assert interpret(program, seen(number, AUDIT[machine], address)) == filter.REFUSE | errno.EPERM

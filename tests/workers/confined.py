"""Runs a function in a forked and confined process, and the attempts of one taken over."""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import signal
import socket
import struct
import tempfile
from _thread import start_new_thread
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.workers.sandbox import Sandbox

MODE = Path(__file__).stat().st_mode
PROGRAM = Path("/bin/true").read_bytes()
LIBC = ctypes.CDLL(None, use_errno=True)
IO_URING_SETUP, CLONE3, OPENAT2, PIDFD_OPEN = 425, 435, 437, 434  # of every architecture


@dataclass(frozen=True)
class Outcome:
    """What a process came to: its answer, or None with the signal or code that it ended by."""

    answer: Any
    code: int
    level: str


def run(sandbox: Sandbox | None, function: Callable[[], Any]) -> Outcome:
    """`function()` in a child of this process that is in the sandbox."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.close(reading)
            level = sandbox.enter().name if sandbox else ""
            os.write(writing, json.dumps(level).encode() + b"\n")
            os.write(writing, json.dumps(function()).encode() + b"\n")
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 - must not unwind into pytest
            os.write(2, f"{error!r}\n".encode())
            os._exit(99)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        lines = [json.loads(line) for line in pipe.read().splitlines()]
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return Outcome(lines[1] if len(lines) > 1 else None, code, lines[0] if lines else "")


def _call(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "call")
    return result


def _open() -> None:
    os.close(os.open("/etc/passwd", os.O_RDONLY))


def _openat2() -> None:
    how = struct.pack("=QQQ", os.O_RDONLY, 0, 0)
    _call(LIBC.syscall(OPENAT2, -100, b"/etc/passwd", how, len(how)))


def _open_by_io_uring() -> None:
    _call(LIBC.syscall(IO_URING_SETUP, 1, ctypes.create_string_buffer(256)))


def _list() -> None:
    os.listdir("/")  # noqa: PTH208


def _path_only() -> None:
    os.close(os.open("/etc", os.O_PATH | os.O_TMPFILE))


def _write_named() -> None:
    place = f"{tempfile.gettempdir()}/nacre-{os.getpid()}"
    os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    Path(place).unlink()


def _chmod() -> None:
    os.chmod(__file__, MODE)  # noqa: PTH101


def _socket() -> None:
    _call(LIBC.socket(socket.AF_INET, socket.SOCK_STREAM, 0))


def _unix_socket() -> None:
    _call(LIBC.socket(socket.AF_UNIX, socket.SOCK_DGRAM, 0))


def _bind() -> None:
    fd = _call(LIBC.socket(socket.AF_INET, socket.SOCK_STREAM, 0))
    address = struct.pack("=HH4s8x", socket.AF_INET, 0, bytes([127, 0, 0, 1]))
    _call(LIBC.bind(fd, address, len(address)))


def _execute() -> None:
    os.execv("/bin/true", ["true"])  # noqa: S606


def _execute_memory() -> None:
    fd = os.memfd_create("program")
    os.write(fd, PROGRAM)
    os.execve(fd, ["program"], {})  # noqa: S606


def _fork() -> None:
    if not os.fork():
        os._exit(0)


def _clone3() -> None:
    arguments = struct.pack("=11Q", *[0] * 4, signal.SIGCHLD, *[0] * 6)
    if not _call(LIBC.syscall(CLONE3, arguments, len(arguments))):
        os._exit(0)


def _thread() -> None:
    try:
        start_new_thread(lambda: None, ())
    except RuntimeError:
        raise OSError(errno.EPERM, "thread") from None


def _signal_parent() -> None:
    os.kill(os.getppid(), 0)


def _open_parent() -> None:
    _call(LIBC.syscall(PIDFD_OPEN, os.getppid(), 0))


def _read_parent() -> None:
    local = ctypes.create_string_buffer(8)
    one = struct.pack("=QQ", ctypes.addressof(local), 8)
    _call(LIBC.process_vm_readv(os.getppid(), one, 1, one, 1, 0))


def _trace() -> None:
    _call(LIBC.ptrace(0, 0, 0, 0))  # be traced by the parent


def _map_executable() -> None:
    mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_EXEC)


def _make_executable() -> None:
    memory = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    at = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    _call(LIBC.mprotect(ctypes.c_void_p(at), 4096, mmap.PROT_READ | mmap.PROT_EXEC))


def _unshare() -> None:
    _call(LIBC.unshare(0x10000000))  # CLONE_NEWUSER


def _watch() -> None:
    _call(LIBC.inotify_init())


ATTEMPTS: dict[str, Callable[[], None]] = {
    function.__name__.strip("_"): function
    for function in (
        _open, _openat2, _open_by_io_uring, _list, _path_only, _write_named, _chmod, _socket,
        _unix_socket, _bind, _execute, _execute_memory, _fork, _clone3, _thread, _signal_parent,
        _open_parent, _read_parent, _trace, _map_executable, _make_executable, _unshare, _watch,
    )
}  # fmt: skip

DONE = "done"


def attempt(name: str) -> str:
    """What the attempt comes to: "done", or the name of the error."""
    try:
        ATTEMPTS[name]()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return DONE


def mount_small(directory: str) -> bool:
    """A file system of 64 KiB at `directory`, that only this process and its children see."""
    new_namespace, private = 0x20000, 0x44000
    if LIBC.unshare(new_namespace) or LIBC.mount(b"none", b"/", None, private, None):
        return False
    return not LIBC.mount(b"none", directory.encode(), b"tmpfs", 0, b"size=64k")

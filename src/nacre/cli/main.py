"""The programs: ``nacre COMMAND`` and those that are commands by themselves, such as ``clamscan``.

Only the module of the command that is asked for is imported; a command imports what it works with
when it runs. So `--version` and a wrong option answer at once.

Whatever ends a command early becomes one line and an exit code. Never 1, which says that something
was found, and which is what Python would exit with.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import nacre as package
from nacre.model.errors import NacreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ERROR = 2
INTERRUPTED = 130
BROKEN_PIPE = 141
"""What a shell says of a program that SIGPIPE ended."""


def nacre(argv: Sequence[str] | None = None) -> int:
    """The program ``nacre``; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return _guarded("nacre", lambda: _nacre(arguments))


def clamscan(argv: Sequence[str] | None = None) -> int:
    """The program ``clamscan``; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return _guarded("clamscan", lambda: _clamscan(arguments))


def clamd(argv: Sequence[str] | None = None) -> int:
    """The program ``clamd``; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return _guarded("clamd", lambda: _clamd(arguments))


def clamdscan(argv: Sequence[str] | None = None) -> int:
    """The program ``clamdscan``; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return _guarded("clamdscan", lambda: _clamdscan(arguments))


def clamconf(argv: Sequence[str] | None = None) -> int:
    """The program ``clamconf``; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return _guarded("clamconf", lambda: _clamconf(arguments))


def clamdtop(argv: Sequence[str] | None = None) -> int:
    """The program ``clamdtop``; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return _guarded("clamdtop", lambda: _clamdtop(arguments))


def freshclam(argv: Sequence[str] | None = None) -> int:
    """The program ``freshclam``; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return _guarded("freshclam", lambda: _freshclam(arguments))


def clamonacc(argv: Sequence[str] | None = None) -> int:
    """The program ``clamonacc``; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return _guarded("clamonacc", lambda: _clamonacc(arguments))


def sigtool(argv: Sequence[str] | None = None) -> int:
    """The program ``sigtool``; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return _guarded("sigtool", lambda: _sigtool(arguments))


def _nacre(arguments: list[str]) -> int:
    if arguments[:1] == ["--version"]:
        sys.stdout.write(f"nacre {package.__version__}\n")
        return 0
    from nacre.cli.parser import dispatch  # noqa: PLC0415 - argparse is slow to import

    return dispatch(arguments)


def _clamscan(arguments: list[str]) -> int:
    from nacre.cli.commands.clamscan import run  # noqa: PLC0415 - not for other programs

    return run(arguments)


def _clamd(arguments: list[str]) -> int:
    from nacre.cli.clamd import main  # noqa: PLC0415 - not for other programs

    return main(arguments)


def _clamdscan(arguments: list[str]) -> int:
    from nacre.cli.clamdscan import main  # noqa: PLC0415 - not for other programs

    return main(arguments)


def _clamconf(arguments: list[str]) -> int:
    from nacre.cli.clamconf import main  # noqa: PLC0415 - not for other programs

    return main(arguments)


def _clamdtop(arguments: list[str]) -> int:
    from nacre.cli.clamdtop import main  # noqa: PLC0415 - not for other programs

    return main(arguments)


def _freshclam(arguments: list[str]) -> int:
    from nacre.cli.freshclam import main  # noqa: PLC0415 - not for other programs

    return main(arguments)


def _clamonacc(arguments: list[str]) -> int:
    from nacre.cli.clamonacc import main  # noqa: PLC0415 - not for other programs

    return main(arguments)


def _sigtool(arguments: list[str]) -> int:
    from nacre.cli.sigtool.program import main  # noqa: PLC0415 - not for other programs

    return main(arguments)


def _guarded(program: str, run: Callable[[], int]) -> int:
    """Run a command; what ends it early becomes one line and an exit code."""
    _open_closed_streams()
    try:
        code = run()
        sys.stdout.flush()
    except SystemExit:
        raise
    except NacreError as error:
        _say(f"{program}: {error}")
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _abandon_output()
        return BROKEN_PIPE
    except OSError as error:
        _abandon_output()
        _say(f"{program}: {error.strerror or error}{_place(error)}")
    except BaseException as error:  # noqa: BLE001 - a panic of the native half is no Exception
        reason = " ".join(str(error).split())
        _say(f"{program}: internal error: {type(error).__name__}: {reason}{_where(error)}")
        _log(error)
    else:
        return code
    return ERROR


def _say(line: str) -> None:
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except OSError:
        pass


def _place(error: OSError) -> str:
    return "" if error.filename is None else f": {os.fsdecode(error.filename)}"


def _where(error: BaseException) -> str:
    """The innermost line of ours, for the report that the user may write."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f" ({os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno})"  # noqa: PTH119 - no pathlib here


def _log(error: BaseException) -> None:
    try:
        import logging  # noqa: PLC0415 - slow, and hardly ever needed
    except (ImportError, OSError):  # that Python itself cannot be read may be the error
        return
    logging.getLogger(__name__).debug("where it happened", exc_info=error)


def _abandon_output() -> None:
    """Who reads the output has seen enough, or nothing more fits; nobody must flush it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_closed_streams() -> None:
    """Replace streams that were closed before us, lest a scanned file gets their number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            fd = os.open(os.devnull, os.O_RDWR)
            if fd != number:
                os.dup2(fd, number)
                os.close(fd)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w"))


if __name__ == "__main__":
    sys.exit(nacre())

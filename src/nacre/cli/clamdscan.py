"""clamdscan: from the command line to the exit code, and the questions that are no scans."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.asking import Asking
from nacre.cli.session import DirectoryError
from nacre.config import file as config_file
from nacre.config import path as config_path
from nacre.config.command_line import UsageError, parse
from nacre.config.option import Program
from nacre.model.errors import ConfigError
from nacre.output.version import ENGINE, version_line
from nacre.transport.clamd import Address, UnreachableError, ask

if TYPE_CHECKING:
    from nacre.config.settings import Settings

NAME = "clamdscan"
ERROR = 2
NO_PONG = 21
"""ClamAV's exit code when --ping or --wait heard nothing."""

_WAIT_ATTEMPTS = 30
_ASK_SECONDS = 30.0


def main(argv: list[str]) -> int:
    """Run clamdscan with these arguments; returns its exit code."""
    try:
        line = parse(Program.CLAMDSCAN, NAME, argv)
    except UsageError as error:
        _say(*error.lines)
        return ERROR
    settings = line.settings
    if settings.flag("help"):
        from nacre.config.about import CLAMDSCAN  # noqa: PLC0415 - rarely needed
        from nacre.config.manual import help_text  # noqa: PLC0415

        sys.stdout.write(help_text(Program.CLAMDSCAN, CLAMDSCAN, ENGINE).rstrip("\n") + "\n")
        return 0
    path = settings.text("config_file") or str(config_path.config_file("clamd.conf"))
    try:
        daemon = config_file.load(Program.CLAMD, Path(path)).settings
        address = address_of(daemon)
    except ConfigError as error:
        _say(f"ERROR: Can't parse clamd configuration file {path}", f"ERROR: {error}")
        return ERROR
    code = _question(settings, daemon, address)
    if code is not None:
        return code
    with ExitStack() as stack:
        try:
            return Asking(settings, daemon, address, stack).run(line.operands)
        except (ConfigError, DirectoryError) as error:
            _say(f"ERROR: {error}")
            return ERROR


def _question(settings: Settings, daemon: Settings, address: Address) -> int | None:
    """The exit code of a run that scans nothing; None to go on."""
    code = waited(settings, address)
    if code is None and settings.flag("version"):
        return _version(daemon, address)
    if code is None and settings.flag("reload"):
        return _reload(address)
    return code


def address_of(daemon: Settings) -> Address:
    """Where the clamd of a clamd.conf listens. Raises ConfigError."""
    path = daemon.text("local_socket")
    if path is not None:
        return Address(path)
    port = daemon.number("tcp_socket")
    if not port:
        raise ConfigError("clamd is not configured properly: neither LocalSocket nor TCPSocket")
    hosts = daemon.texts("tcp_address") or ("localhost",)
    return Address(None, hosts[0], port)


def _say(*lines: str) -> None:
    sys.stderr.writelines(line + "\n" for line in lines)


# Questions that are no scans.


def waited(settings: Settings, address: Address) -> int | None:
    """The exit code of a run that only pings, or waits in vain; None to go on."""
    text = settings.text("ping")
    wait = settings.flag("wait")
    if text is None and not wait:
        return None
    first, _, second = (text or f"{_WAIT_ATTEMPTS}:1").partition(":")
    if not first.isdigit() or not (second or "1").isdigit():
        _say(f"ERROR: --ping: {text} is not attempts[:interval]")
        return ERROR
    attempts, interval = int(first), int(second or "1")
    for attempt in range(attempts):
        if _pings(address):
            if wait:
                return None
            sys.stdout.write("PONG\n")
            return 0
        if attempt + 1 < attempts:
            plural = "" if interval == 1 else "s"
            sys.stdout.write(f"Could not connect, will PING again in {interval} second{plural}\n")
            time.sleep(interval)
    sys.stdout.write("PING timeout exceeded; No response from clamd\n")
    return NO_PONG


def _pings(address: Address) -> bool:
    try:
        return ask(address, b"PING", _ASK_SECONDS) == b"PONG"
    except UnreachableError as error:
        _say(f"ERROR: {error}")
    except OSError:
        pass
    return False


def _version(daemon: Settings, address: Address) -> int:
    try:
        said = ask(address, b"VERSION", _ASK_SECONDS).decode("utf-8", "replace")
    except (UnreachableError, OSError) as error:
        _say(f"ERROR: {error}")
        directory = daemon.text("database_directory") or str(config_path.database_directory())
        said = version_line((directory,))
    sys.stdout.write(said + "\n")
    return 0


def _reload(address: Address) -> int:
    try:
        if ask(address, b"RELOAD", _ASK_SECONDS) == b"RELOADING":
            return 0
        _say("ERROR: Clamd did not reload the database")
    except (UnreachableError, OSError) as error:
        _say(f"ERROR: {error}")
    return ERROR

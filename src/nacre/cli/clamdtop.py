"""clamdtop: asks daemons every second what they are doing, and shows it."""

from __future__ import annotations

import contextlib
import curses
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.config import daemon as meaning
from nacre.config import file as config_file
from nacre.config import path as config_path
from nacre.config.command_line import UsageError, parse
from nacre.config.option import Program
from nacre.model.errors import ConfigError, ProtocolError
from nacre.output.clamdtop import Look, View, Watched, once, screen
from nacre.output.version import ENGINE
from nacre.protocol.statistics import parse as parse_statistics
from nacre.transport.clamd import Address, UnreachableError, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nacre.config.settings import Settings

NAME = "clamdtop"
FAILED = 1
PORT = 3310
"""Where a host is asked that is named without a port."""
INTERVAL_SECONDS = 1.0
_ANSWER_SECONDS = 5.0
_ESCAPE_MILLISECONDS = "25"
_REDRAW_MILLISECONDS = 200


def main(argv: list[str]) -> int:
    """Run clamdtop with these arguments; returns its exit code."""
    try:
        line = parse(Program.CLAMDTOP, NAME, argv)
        settings = line.settings
        if settings.flag("help") or settings.flag("version"):
            sys.stdout.write(_told(settings))
            return 0
        configured = settings.text("config_file")
        addresses = [address_of(word) for word in line.operands] or [_configured(configured)]
    except UsageError as error:
        sys.stderr.writelines(f"{text}\n" for text in error.lines)
        return FAILED
    except ConfigError as error:
        sys.stderr.write(f"ERROR: {error}\n")
        return FAILED
    watching = _Watching(addresses)
    if sys.stdout.isatty():
        return _show(_Screen(watching, own=settings.flag("default_colors")))
    return _print_once(watching)


def _told(settings: Settings) -> str:
    if settings.flag("version"):
        return f"Clam AntiVirus Monitoring Tool {ENGINE}\n"
    from nacre.config.about import CLAMDTOP  # noqa: PLC0415 - rarely needed
    from nacre.config.manual import help_text  # noqa: PLC0415

    return help_text(Program.CLAMDTOP, CLAMDTOP, ENGINE)


def _show(shown: _Screen) -> int:
    os.environ.setdefault("ESCDELAY", _ESCAPE_MILLISECONDS)
    try:
        curses.wrapper(shown.run)
    except KeyboardInterrupt:
        return 0
    except curses.error as error:
        sys.stderr.write(f"ERROR: this terminal cannot be used: {error}\n")
        return FAILED
    return 0


def address_of(word: str) -> Address:
    """A path, ``host``, ``host:port`` or ``[address]:port``. Raises ConfigError."""
    if "/" in word:
        return Address(word)
    host, port = word, str(PORT)
    if word.startswith("["):
        host, _, rest = word[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif word.count(":") == 1:
        host, _, port = word.partition(":")
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 1 << 16):
        raise ConfigError(f"{word}: neither a path nor host[:port]")
    return Address(None, host, int(port))


def _configured(path: str | None) -> Address:
    file = Path(path) if path is not None else config_path.config_file("clamd.conf")
    settings = config_file.load(Program.CLAMD, file).settings
    local = settings.text("local_socket")
    if local is not None:
        return Address(local)
    port = meaning.port(settings)
    if not port:
        raise ConfigError("neither LocalSocket nor TCPSocket", str(file))
    return Address(None, (settings.texts("tcp_address") or ("localhost",))[0], port)


class _Watching:
    """Asks all daemons at the same time; one that does not answer delays no other."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._addresses = addresses
        self.daemons = [
            Watched(address.path or f"{address.host}:{address.port}") for address in addresses
        ]

    def look(self) -> None:
        """Ask each once, and wait for the answers."""
        threads = [self._thread(_look, address, daemon) for address, daemon in self._pairs()]
        for thread in threads:
            thread.join()

    def keep_looking(self) -> None:
        """Ask each every second from now on, until the program ends."""
        for address, daemon in self._pairs():
            self._thread(_look_again_and_again, address, daemon)

    def _pairs(self) -> Iterator[tuple[Address, Watched]]:
        return zip(self._addresses, self.daemons, strict=True)

    @staticmethod
    def _thread(
        work: Callable[[Address, Watched], None], address: Address, daemon: Watched
    ) -> threading.Thread:
        thread = threading.Thread(target=work, args=(address, daemon), daemon=True)
        thread.start()
        return thread

    def forget(self) -> None:
        """Forget the largest queues."""
        for daemon in self.daemons:
            daemon.most = 0


def _look_again_and_again(address: Address, daemon: Watched) -> None:
    while True:
        _look(address, daemon)
        time.sleep(INTERVAL_SECONDS)


def _look(address: Address, daemon: Watched) -> None:
    try:
        if not daemon.version or daemon.snapshot is None:
            said = ask(address, b"VERSION", _ANSWER_SECONDS)
            daemon.version = said.decode("utf-8", "surrogateescape").partition("\n")[0]
        snapshot = parse_statistics(ask(address, b"STATS", _ANSWER_SECONDS))
        daemon.most = max(daemon.most, snapshot.queue)
        daemon.snapshot = snapshot
    except (UnreachableError, OSError, ProtocolError) as error:
        daemon.snapshot = None
        daemon.trouble = str(error)


def _print_once(watching: _Watching) -> int:
    watching.look()
    lines = once(watching.daemons, _now())
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0 if any(daemon.snapshot is not None for daemon in watching.daemons) else FAILED


def _now() -> str:
    return time.strftime("%H:%M:%S")


class _Screen:
    def __init__(self, watching: _Watching, *, own: bool) -> None:
        self._watching = watching
        self._own = own
        self._view = View(watching.daemons)
        self._looks = dict.fromkeys(Look, curses.A_NORMAL)

    def run(self, window: curses.window) -> None:
        """Show, until q is pressed."""
        self._prepare()
        window.timeout(_REDRAW_MILLISECONDS)
        self._watching.keep_looking()
        while True:
            self._draw(window)
            if self._pressed(window.getch()):
                return

    def _prepare(self) -> None:
        curses.curs_set(0)
        self._looks[Look.TITLE] = self._looks[Look.HEAD] = curses.A_REVERSE
        self._looks[Look.BUSY] = self._looks[Look.BAD] = curses.A_BOLD
        if self._own or not curses.has_colors():
            return
        curses.use_default_colors()
        for number, (look, colour) in enumerate(
            (
                (Look.GOOD, curses.COLOR_GREEN),
                (Look.BUSY, curses.COLOR_YELLOW),
                (Look.BAD, curses.COLOR_RED),
            ),
            start=1,
        ):
            curses.init_pair(number, colour, -1)
            self._looks[look] |= curses.color_pair(number)

    def _draw(self, window: curses.window) -> None:
        height, width = window.getmaxyx()
        window.erase()
        for row, (text, look) in enumerate(screen(self._view, _now(), width - 1, height)):
            shown = text.ljust(width - 1) if look in {Look.TITLE, Look.HEAD} else text
            # What a terminal takes for wider than it is must not end the program.
            with contextlib.suppress(curses.error):
                window.addstr(row, 0, shown, self._looks[look])
        window.refresh()

    def _pressed(self, key: int) -> bool:
        """Do what a key says; true to end."""
        view, count = self._view, len(self._view.daemons)
        chosen = view.chosen or 0
        if key in {ord("q"), ord("Q")}:
            return True
        if key in {ord("h"), ord("H"), ord("?")}:
            view.keys = not view.keys
        elif key in {ord("r"), ord("R")}:
            self._watching.forget()
        elif ord("0") <= key <= ord("9"):
            number = key - ord("0")
            view.chosen = number if 0 < number <= count else None
        elif key in {curses.KEY_RIGHT, curses.KEY_DOWN}:
            view.chosen = (chosen + 1) % (count + 1) or None
        elif key in {curses.KEY_LEFT, curses.KEY_UP}:
            view.chosen = (chosen - 1) % (count + 1) or None
        return False

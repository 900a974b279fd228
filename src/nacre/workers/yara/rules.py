"""The scanner's end: starts the keeper, asks matchers, and lives on when they do not.

Every process that scans, and every thread of it, has a matcher of its own, asked for when the
first layer comes. One that crashes or is stopped costs the layer it was at; the next layer gets a
new one.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Self

from nacre.engine.rules import RuleAnswer
from nacre.model.errors import ConfigError, DatabaseError
from nacre.workers.wire import Value, encode, messages
from nacre.workers.yara.request import GRACE_SECONDS, HEAD
from nacre.workers.yara.source import Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from nacre.model.fmap import Fmap

LAYER_SECONDS = 30.0
"""What the rules may take for one layer."""
MAX_BYTES = 1 << 31
"""Of a layer: it is in the matcher's memory as a whole."""
_PIECE = 1 << 20
_CONNECT_SECONDS = 10.0


class YaraRules:
    """Compiled YARA rules, for `Scanner(database, rules=...)`. A context manager.

    Example:
        >>> with nacre.YaraRules.open(["rules/"]) as rules:
        ...     nacre.Scanner(nacre.Database.open("/var/lib/clamav"), rules=rules)
    """

    def __init__(self, keeper: subprocess.Popen[bytes], control: socket.socket) -> None:
        self.count = 0
        """Rules in use."""
        self.troubles: tuple[Trouble, ...] = ()
        """What was left out, and why."""
        self.layer_seconds = LAYER_SECONDS
        self._keeper = keeper
        self._control = control
        self._owner = os.getpid()
        self._idle: list[socket.socket] = []

    @classmethod
    def open(cls, paths: Sequence[str | os.PathLike[str]]) -> Self:
        """Compile the rule files that `paths` name, and those in the folders they name.

        Raises:
            ConfigError: yara-x is not installed.
            DatabaseError: not one rule can be used.
        """
        names = [os.fspath(path) for path in paths]
        if find_spec("yara_x") is None:
            raise ConfigError("YARA rules need yara-x: pip install 'nacre[yara]'")
        for name in names:
            if not os.path.exists(name):  # noqa: PTH110 - takes any string
                raise DatabaseError(f"{name}: no such file or folder")
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control.settimeout(_CONNECT_SECONDS)
        with theirs:
            rules = cls(_start(theirs), control)
        try:
            rules._begin(names)
        except BaseException:
            rules.close()
            raise
        return rules

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the keeper and all matchers, whatever they are doing."""
        self._control.close()
        for connection in self._idle:
            connection.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._keeper.pid, signal.SIGKILL)
        self._keeper.wait()

    def match(self, data: Fmap, seconds: float) -> RuleAnswer:
        """The alerts of rules that match `data`; what goes wrong is the answer's problem."""
        size = len(data)
        if size > MAX_BYTES:
            return RuleAnswer(problem=f"YARA rules: larger than {MAX_BYTES >> 30} GiB")
        seconds = min(seconds, self.layer_seconds)
        begun = time.monotonic()
        try:
            connection = self._connection()
        except OSError as error:
            return RuleAnswer(problem=f"YARA rules: no process to match them ({error})")
        try:
            connection.settimeout(seconds + 2 * GRACE_SECONDS)
            answer = _ask(connection, data, seconds)
        except (OSError, ValueError):
            answer = {"timeout": time.monotonic() - begun >= seconds}
            connection.close()
        else:
            self._idle.append(connection)
        return _worded(answer, seconds)

    def _begin(self, names: list[str]) -> None:
        with self._connect() as connection:
            connection.sendall(encode(names))
            answer = next(messages(connection), None)
        if answer is None:
            code = self._keeper.wait()
            raise DatabaseError(f"YARA rules: the compiler ended with exit code {code}")
        if "error" in answer:
            raise DatabaseError(f"YARA rules: {answer['error']}")
        self.count = answer["rules"]
        self.troubles = tuple(Trouble(*trouble) for trouble in answer["troubles"])
        if not self.count:
            why = f": {self.troubles[0]}" if self.troubles else ""
            raise DatabaseError(f"no usable YARA rule in {', '.join(names)}{why}")

    def _connection(self) -> socket.socket:
        """An idle matcher of this process, or a new one."""
        if self._owner != os.getpid():
            inherited, self._idle, self._owner = self._idle, [], os.getpid()
            for connection in inherited:
                connection.close()
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _connect(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"+"], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        return ours


def _start(control: socket.socket) -> subprocess.Popen[bytes]:
    """The keeper as a program of its own, with a process group that Ctrl-C does not reach."""
    command = [sys.executable, "-P", "-m", "nacre.workers.yara.keeper", str(control.fileno())]
    return subprocess.Popen(  # noqa: S603 - ourselves
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[control.fileno()],
        start_new_session=True,
    )


def _ask(connection: socket.socket, data: Fmap, seconds: float) -> Value:
    """One request and its answer; raises OSError or ValueError when the matcher is of no use."""
    size = len(data)
    connection.sendall(HEAD.pack(size, seconds))
    for offset in range(0, size, _PIECE):
        piece = data.read(offset, _PIECE)
        if len(piece) < min(_PIECE, size - offset):
            raise ValueError("the file changed")
        connection.sendall(piece)
    for answer in messages(connection):
        return answer
    raise ConnectionResetError


def _worded(answer: Value, seconds: float) -> RuleAnswer:
    if not isinstance(answer, dict):
        answer = {}
    if answer.get("timeout"):
        return RuleAnswer(problem=f"YARA rules: stopped after {max(1, round(seconds))} seconds")
    if "rules" not in answer:
        return RuleAnswer(problem=f"YARA rules: {answer.get('problem', 'the process died')}")
    return RuleAnswer([f"YARA.{name}.UNOFFICIAL" for name in answer["rules"]])

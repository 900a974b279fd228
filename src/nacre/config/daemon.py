"""What values of clamd.conf mean beyond their kind; errors name file and line."""

from __future__ import annotations

import grp
import pwd
import re
from typing import TYPE_CHECKING

from nacre.config import scan
from nacre.config.event import event_of
from nacre.config.walk import walk_of
from nacre.model.errors import ConfigError
from nacre.output.journal import JournalStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.config.settings import Settings

_MAX_PORT = 65_535
_MODE = re.compile(r"0*[0-7]{1,3}")


def event(settings: Settings) -> tuple[str, ...] | None:
    """The program for alerts and its arguments. Raises ConfigError."""
    text = settings.text("virus_event")
    try:
        return None if text is None else event_of(text)
    except ConfigError as error:
        raise settings.wrong("virus_event", error.reason) from None


def socket_mode(settings: Settings) -> int | None:
    """The permissions of the Unix socket. Raises ConfigError."""
    text = settings.text("local_socket_mode")
    if text is None:
        return None
    if not _MODE.fullmatch(text):
        raise settings.wrong("local_socket_mode", f"Invalid LocalSocketMode {text}")
    return int(text, 8)


def socket_group(settings: Settings) -> int | None:
    """The number of its group. Raises ConfigError."""
    group = settings.text("local_socket_group")
    try:
        return None if group is None else grp.getgrnam(group).gr_gid
    except KeyError:
        reason = f"LocalSocketGroup: unknown group {group}"
        raise settings.wrong("local_socket_group", reason) from None


def port(settings: Settings) -> int:
    """The TCP port; 0 for none. Raises ConfigError."""
    number = settings.number("tcp_socket")
    if number > _MAX_PORT:
        raise settings.wrong("tcp_socket", f"TCPSocket: {number} is no port")
    return number


def account(settings: Settings) -> pwd.struct_passwd | None:
    """Who the daemon is to be when root starts it. Raises ConfigError."""
    user = settings.text("user")
    try:
        return None if user is None else pwd.getpwnam(user)
    except KeyError:
        raise settings.wrong("user", f"Can't get information about user {user}.") from None


_MEANINGS: tuple[Callable[[Settings], object], ...] = (
    event, socket_mode, socket_group, port, account, JournalStyle.of, walk_of,
)  # fmt: skip


def problems(settings: Settings) -> Iterator[ConfigError]:
    """Everything that the daemon would refuse, as far as it can be seen without starting it."""
    for meaning in _MEANINGS:
        try:
            meaning(settings)
        except ConfigError as error:
            yield error
    yield from scan.problems(settings)
    if settings.text("local_socket") is None and not settings.number("tcp_socket"):
        yield ConfigError("Please define server type (local and/or TCP).")

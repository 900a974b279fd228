"""Where clients come in: a Unix socket, TCP ports, or what systemd hands over."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.config import daemon as meaning
from nacre.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.config.settings import Settings

_MAX_BACKLOG = (1 << 31) - 1
"""What listen(2) takes; the kernel has a lower limit of its own."""
_FIRST_DESCRIPTOR = 3
"""Where systemd's begin."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One socket that clients connect to."""

    socket: socket.socket
    said: tuple[str, ...]
    """How the log tells of it."""
    path: str | None = None
    """Of a Unix socket that is ours to remove."""

    def close(self) -> bool:
        """Take no more clients; true when a socket file was removed."""
        self.socket.close()
        if self.path is None:
            return False
        try:
            os.unlink(self.path)  # noqa: PTH108 - bytes and text alike
        except OSError:
            return False
        return True


def inherited() -> list[Listener]:
    """The sockets that systemd opened for this process (sd_listen_fds(3))."""
    if os.environ.pop("LISTEN_PID", "") != str(os.getpid()):
        return []
    count = os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    listeners = []
    for fd in range(_FIRST_DESCRIPTOR, _FIRST_DESCRIPTOR + int(count or 0)):
        os.set_inheritable(fd, False)  # noqa: FBT003 - the only argument
        listening = socket.socket(fileno=fd)
        kind = "LOCAL" if listening.family == socket.AF_UNIX else "TCP"
        listeners.append(Listener(listening, (f"{kind}: Received a socket from systemd.",)))
    return listeners


def bound(settings: Settings) -> list[Listener]:
    """Bind what `settings` ask for.

    Raises:
        ConfigError: nothing is asked for, or it cannot be bound.
    """
    listeners: list[Listener] = []
    try:
        listeners.extend(_tcp(settings))
        path = settings.text("local_socket")
        if path is not None:
            listeners.append(_local(settings, path))
    except ConfigError:
        for listener in listeners:
            listener.close()
        raise
    if not listeners:
        raise ConfigError("Please define server type (local and/or TCP).")
    return listeners


def _tcp(settings: Settings) -> Iterator[Listener]:
    port = meaning.port(settings)
    if not port:
        return
    backlog = min(settings.number("max_connection_queue_length"), _MAX_BACKLOG)
    for number, address in enumerate(settings.texts("tcp_address") or ("",)):
        try:
            found = socket.getaddrinfo(
                address or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
        except (OSError, UnicodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not the name of a host"
            reason = f"TCP: Can't resolve {address}: {why}"
            raise settings.wrong("tcp_address", reason, number) from error
        for family, kind, protocol, _name, place in found:
            listening = socket.socket(family, kind, protocol)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                listening.bind(place)
                listening.listen(backlog)
            except OSError as error:
                listening.close()
                if error.errno == errno.EADDRNOTAVAIL and not address:
                    continue  # no such kind of address on this host
                reason = f"TCP: Cannot bind to [{place[0]}]:{port}: {error.strerror}"
                raise settings.wrong("tcp_socket", reason) from error
            yield Listener(
                listening,
                (
                    f"TCP: Bound to [{place[0]}]:{port}",
                    f"TCP: Setting connection queue length to {backlog}",
                ),
            )


def _local(settings: Settings, path: str) -> Listener:
    group = meaning.socket_group(settings)
    mode = meaning.socket_mode(settings)
    listening = socket.socket(socket.AF_UNIX)
    try:
        reason = _remove_stale(path, fix=settings.flag("fix_stale_socket"))
        if reason:
            raise settings.wrong("local_socket", f"LOCAL: {reason}")
        umask = os.umask(0 if mode is None else 0o777 & ~mode)
        try:
            listening.bind(path)
        finally:
            os.umask(umask)
        if group is not None:
            os.chown(path, -1, group)
        backlog = min(settings.number("max_connection_queue_length"), _MAX_BACKLOG)
        listening.listen(backlog)
    except OSError as error:
        listening.close()
        reason = f"LOCAL: Socket file {path}: {error.strerror or error}"
        raise settings.wrong("local_socket", reason) from error
    except ConfigError:
        listening.close()
        raise
    said = f"LOCAL: Setting connection queue length to {backlog}"
    return Listener(listening, (f"LOCAL: Unix socket file {path}", said), path)


def _remove_stale(path: str, *, fix: bool) -> str:
    """Remove the socket of a daemon that is gone; why it cannot be removed, if so."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return ""
    if not stat.S_ISSOCK(status.st_mode):
        return f"{path} exists and is not a socket"
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
        try:
            probe.connect(path)
        except OSError:
            pass
        else:
            return f"Socket file {path} is in use by another process."
    if not fix:
        return f"Socket file {path} exists. Either remove it, or configure a different one."
    os.unlink(path)  # noqa: PTH108 - a path of the configuration
    return ""

"""Asking a SOCKS proxy for a connection.

Version 5 is RFC 1928, its name and password RFC 1929; version 4 and 4a are the older notes by
Lee and Koblas. Only CONNECT. Whoever proxies may be hostile: answers are read to the byte, and
nothing in one says how much is kept.
"""

from __future__ import annotations

import socket
import struct
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, Protocol

from nacre.model.errors import NacreError

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

_CONNECT: Final = 1
_VERSION: Final = 5
_NO_NAME: Final = 0
_BY_NAME: Final = 2
_GRANTED: Final = 90
_LONGEST: Final = 255
_REASONS: Final = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "it took too long",
    7: "it cannot connect",
    8: "it does not know that kind of address",
}
_ADDRESS_SIZES: Final = {1: 4, 4: 16}
_NAMED: Final = 3


class SocksError(NacreError):
    """The proxy does not give the connection; the text says why."""


class Stream(Protocol):
    """What is needed of a socket."""

    def recv(self, size: int, /) -> bytes: ...

    def sendall(self, data: bytes, /) -> None: ...


def socks4(
    stream: Stream, host: str, port: int, username: str = "", *, remote: bool = False
) -> None:
    """Have a proxy of version 4 connect to a host; with `remote` (4a) it looks the name up.

    Raises:
        SocksError: it does not.
        OSError: the connection, or there is no such host.
    """
    address, name = b"\0\0\0\1", b""
    if remote and _literal(host) is None:
        name = _short(host) + b"\0"
    else:
        address = _resolved(host, port, socket.AF_INET)
    who = username.encode()
    if b"\0" in who or len(who) > _LONGEST:
        raise SocksError("the user name is not one for SOCKS 4")
    stream.sendall(struct.pack(">BBH", 4, _CONNECT, port) + address + who + b"\0" + name)
    answer = _exactly(stream, 8)
    if answer[0] or answer[1] != _GRANTED:
        raise SocksError(f"the proxy refuses ({answer[1]})")


def socks5(  # noqa: PLR0913 - what RFC 1928 asks for
    stream: Stream,
    host: str,
    port: int,
    username: str = "",
    password: str = "",
    *,
    remote: bool = False,
) -> None:
    """Have a proxy of version 5 connect to a host; with `remote` (5h) it looks the name up.

    Raises:
        SocksError: it does not.
        OSError: the connection, or there is no such host.
    """
    stream.sendall(b"\5\2\0\2" if username else b"\5\1\0")
    version, method = _exactly(stream, 2)
    if version != _VERSION:
        raise SocksError("the proxy does not speak SOCKS 5")
    if method == _BY_NAME and username:
        _sign_in(stream, username, password)
    elif method != _NO_NAME:
        raise SocksError("the proxy wants a user name and a password")
    stream.sendall(struct.pack(">BBB", 5, _CONNECT, 0) + _where(host, port, remote=remote))
    version, reply, _, kind = _exactly(stream, 4)
    if version != _VERSION or reply:
        raise SocksError(f"the proxy refuses: {_REASONS.get(reply, f'reason {reply}')}")
    size = _exactly(stream, 1)[0] if kind == _NAMED else _ADDRESS_SIZES.get(kind)
    if size is None:
        raise SocksError("the proxy answers with an address of no known kind")
    _exactly(stream, size + 2)


def _sign_in(stream: Stream, username: str, password: str) -> None:
    who, secret = _short(username, "user name"), _short(password, "password")
    stream.sendall(b"\1" + bytes([len(who)]) + who + bytes([len(secret)]) + secret)
    if _exactly(stream, 2)[1]:
        raise SocksError("the proxy does not accept the user name and the password")


def _where(host: str, port: int, *, remote: bool) -> bytes:
    literal = _literal(host)
    if literal is None and remote:
        name = _short(host)
        return bytes([_NAMED, len(name)]) + name + struct.pack(">H", port)
    packed = literal.packed if literal is not None else _resolved(host, port, socket.AF_UNSPEC)
    kind = next(kind for kind, size in _ADDRESS_SIZES.items() if size == len(packed))
    return bytes([kind]) + packed + struct.pack(">H", port)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _resolved(host: str, port: int, family: int) -> bytes:
    """The bytes of the first address; raises OSError."""
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    return ip_address(str(found[0][4][0]).partition("%")[0]).packed


def _short(text: str, what: str = "name of the host") -> bytes:
    data = text.encode()
    if not 0 < len(data) <= _LONGEST or b"\0" in data:
        raise SocksError(f"the {what} is empty or too long")
    return data


def _exactly(stream: Stream, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = stream.recv(size - len(data))
        if not piece:
            raise SocksError("the proxy hung up")
        data += piece
    return data

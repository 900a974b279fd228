"""Reaching a host directly or through a proxy, with TLS where it is asked for.

An HTTP proxy is asked for http addresses themselves, which it may have kept, and for a tunnel
(CONNECT, RFC 9110) to https mirrors; a SOCKS proxy for a connection to either.
"""

from __future__ import annotations

import base64
import re
import socket
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from nacre.model.errors import NacreError
from nacre.transport.layered import Layered
from nacre.transport.socks import SocksError, socks4, socks5

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

_MAX_ANSWER: Final = 1 << 14
"""Bytes of what a proxy says about a tunnel."""
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([0-9]{3}[ -~]{0,80})")


class ProxyError(NacreError):
    """The proxy does not give the connection; the text says why."""


class Kind(Enum):
    """Of proxies, by the scheme of their addresses."""

    HTTP = "http"
    HTTPS = "https"
    SOCKS4 = "socks4"
    SOCKS4A = "socks4a"
    SOCKS5 = "socks5"
    SOCKS5H = "socks5h"

    @property
    def port(self) -> int:
        """The usual one, by curl's choice."""
        return 443 if self is Kind.HTTPS else 1080

    @property
    def asked(self) -> bool:
        """Whether it understands requests for http addresses."""
        return self in {Kind.HTTP, Kind.HTTPS}


@dataclass(frozen=True, slots=True)
class Proxy:
    """Who stands between us and the mirrors."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    kind: Kind = Kind.HTTP

    @property
    def headers(self) -> dict[str, str]:
        """What makes an HTTP proxy let us through."""
        if not self.username:
            return {}
        text = f"{self.username}:{self.password}".encode()
        return {"Proxy-Authorization": "Basic " + base64.b64encode(text).decode("ascii")}


@dataclass(frozen=True, slots=True)
class Dial:
    """How a host is reached."""

    host: str
    port: int
    context: ssl.SSLContext | None
    """For TLS with the host, if it is asked for."""
    proxy: Proxy | None
    proxy_context: ssl.SSLContext | None
    """For TLS with an https proxy."""
    seconds: float
    """For each wait."""
    local_address: str | None
    held: Callable[[socket.socket], None]
    """Given every socket before something is waited for on it, so that it can be cut."""

    def connected(self) -> socket.socket | Layered:
        """A connection to the host, or to the proxy which is to be asked for http addresses.

        Raises:
            ProxyError: the proxy does not want to.
            OSError: there is no connection; ssl.SSLError among them.
        """
        near = self.proxy or self
        source = None if self.local_address is None else (self.local_address, 0)
        stream = socket.create_connection((near.host, near.port), self.seconds, source)
        try:
            self.held(stream)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.proxy is None:
                return stream if self.context is None else self._secure(stream, self.context)
            return self._through(stream, self.proxy)
        except BaseException:
            stream.close()
            raise

    def _through(self, stream: socket.socket, proxy: Proxy) -> socket.socket | Layered:
        if proxy.kind is Kind.HTTPS and self.proxy_context is not None:
            return self._twice(self._secure(stream, self.proxy_context, proxy.host), proxy)
        if not proxy.kind.asked:
            self._socks(stream, proxy)
        elif self.context is not None:
            _tunnel(stream, self.host, self.port, proxy)
        return stream if self.context is None else self._secure(stream, self.context)

    def _twice(self, outer: ssl.SSLSocket, proxy: Proxy) -> ssl.SSLSocket | Layered:
        if self.context is None:
            return outer
        try:
            _tunnel(outer, self.host, self.port, proxy)
            return Layered(outer, self.context, self.host)
        except BaseException:
            outer.close()
            raise

    def _secure(
        self, stream: socket.socket, context: ssl.SSLContext, host: str = ""
    ) -> ssl.SSLSocket:
        secure = context.wrap_socket(
            stream, server_hostname=host or self.host, do_handshake_on_connect=False
        )
        try:
            self.held(secure)
            secure.do_handshake()
        except BaseException:
            secure.close()
            raise
        return secure

    def _socks(self, stream: socket.socket, proxy: Proxy) -> None:
        host, port, name = self.host, self.port, proxy.username
        try:
            if proxy.kind in {Kind.SOCKS4, Kind.SOCKS4A}:
                socks4(stream, host, port, name, remote=proxy.kind is Kind.SOCKS4A)
            else:
                remote = proxy.kind is Kind.SOCKS5H
                socks5(stream, host, port, name, proxy.password, remote=remote)
        except SocksError as error:
            raise ProxyError(str(error)) from error


def _tunnel(stream: socket.socket, host: str, port: int, proxy: Proxy) -> None:
    """Have an HTTP proxy connect to the host."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    lines += [f"{name}: {value}" for name, value in proxy.headers.items()]
    stream.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):  # to the byte: what follows is the host's
        byte = stream.recv(1)
        if not byte or len(answer) == _MAX_ANSWER:
            raise ProxyError("the proxy does not answer as one")
        answer += byte
    status = _STATUS.match(answer)
    if status is None:
        raise ProxyError("the proxy does not answer as one")
    if not status[1].startswith(b"2"):
        raise ProxyError(f"the proxy refuses: {status[1].decode('ascii', 'replace')}")

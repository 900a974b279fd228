"""Fetching a file over HTTP from somebody who may be slow, broken or hostile.

Everything has a bound: the size of a body, the time of a connection, of every pause and of the
whole, the rate, the number of redirections. A body that is not as long as it said is an error. By
the standard library's client, because all of these bounds must be ours.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import SplitResult, urljoin, urlsplit

from nacre.model.errors import NacreError
from nacre.transport.proxy import Dial, Kind, Proxy, ProxyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_PIECE = 1 << 16
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONTENT = frozenset({200, 206})
_SCHEMES = {"http": 80, "https": 443}


class FetchError(NacreError):
    """Nothing whole came; the text says why."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are for a mirror that wants to know: files in PEM."""

    certificate: str
    key: str | None = None
    """None if it is in the certificate's file."""
    password: str = field(default="", repr=False)
    """Of the key."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How files are fetched."""

    user_agent: str
    connect_seconds: float = 30
    pause_seconds: float = 60
    """Between two pieces."""
    total_seconds: float = 3600
    """For one file, all redirections included."""
    least_rate: int = 256
    """Bytes a second, on the average after the first `pause_seconds`."""
    redirects: int = 3
    proxy: Proxy | None = None
    local_address: str | None = None
    ca_file: str | None = None
    identity: Identity | None = None

    def context(self, *, mirror: bool = True) -> ssl.SSLContext:
        """For TLS with a mirror, or with a proxy, which need not know who we are.

        Raises:
            OSError: a file of certificates or of the key cannot be used; ssl.SSLError among them.
        """
        context = ssl.create_default_context(cafile=self.ca_file)
        who = self.identity
        if mirror and who is not None:
            # A password in any case: without one the terminal would be asked.
            context.load_cert_chain(who.certificate, who.key, who.password)
        return context


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted."""

    url: str
    max_size: int
    """Bytes of the body; more is an error."""
    headers: Mapping[str, str] = field(default_factory=dict)
    beginning: bool = False
    """Whether only as much as `max_size` is wanted of what is longer."""
    progress: Callable[[int, int | None], None] = lambda _have, _of: None
    """Told how many bytes came, and how many there are to be."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; its body was written if the status says that there is content."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    size: int
    """Bytes written."""
    url: str
    """Where it came from in the end."""


def fetch(request: Request, into: BinaryIO, terms: Terms) -> Response:
    """Write what is wanted into a file.

    Raises:
        FetchError: it could not be had as a whole.
        OSError: it could not be written.
    """
    end = time.monotonic() + terms.total_seconds
    for _ in range(terms.redirects + 1):
        parts = _parts(request.url)
        with _asked(parts, terms, request.headers, end) as response:
            target = response.getheader("Location")
            if response.status not in _REDIRECTS or target is None:
                received = _received(response, request, into, terms)
                if time.monotonic() > end:
                    raise FetchError(f"{request.url}: took longer than {terms.total_seconds:g} s")
                return received
        request = replace(request, url=_next(parts, urljoin(request.url, target)))
    raise FetchError(f"{request.url}: too many redirections")


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _SCHEMES and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or any(character <= " " for character in url):
        raise FetchError(f"{url!a}: not an address")
    return parts


def _next(parts: SplitResult, url: str) -> str:
    if parts.scheme == "https" and not url.startswith("https://"):
        raise FetchError(f"{url!a}: redirected to where nothing is encrypted")
    return url


@contextmanager
def _asked(
    parts: SplitResult, terms: Terms, headers: Mapping[str, str], end: float
) -> Iterator[http.client.HTTPResponse]:
    """The answer to one request, with a watch that cuts the connection when time is up."""
    held: list[socket.socket] = []
    watch = threading.Timer(max(0.0, end - time.monotonic()), cut, (held,))
    watch.daemon = True
    watch.start()
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    sent = {"User-Agent": terms.user_agent, "Connection": "close", **headers}
    if terms.proxy is not None and terms.proxy.kind.asked and parts.scheme == "http":
        path = parts._replace(fragment="").geturl()
        sent.update(terms.proxy.headers)
        sent["Host"] = parts.netloc.rpartition("@")[2]
    connection: _Connection | None = None
    try:
        connection = _connection(parts, terms, held.append)
        connection.connect()
        connection.sock.settimeout(terms.pause_seconds)
        connection.request("GET", path, headers=sent)
        with closing(connection.getresponse()) as response:
            yield response
    except TimeoutError as error:
        raise FetchError(f"{parts.geturl()}: timed out") from error
    except (ssl.SSLError, http.client.HTTPException, ProxyError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise FetchError(f"{parts.geturl()}: {reason}") from error
    except UnwrittenError:
        raise
    except OSError as error:
        raise FetchError(f"{parts.geturl()}: {error.strerror or error}") from error
    finally:
        watch.cancel()
        if connection is not None:
            connection.close()


class UnwrittenError(OSError):
    """The disk, not the net."""


class _Connection(http.client.HTTPConnection):
    """One that is reached as `dial` says."""

    def __init__(self, dial: Dial) -> None:
        super().__init__(dial.host, dial.port)
        self._dial = dial

    def connect(self) -> None:
        # What the library needs of a socket, a layer of TLS has as well.
        self.sock = cast("socket.socket", self._dial.connected())


def _connection(
    parts: SplitResult, terms: Terms, held: Callable[[socket.socket], None]
) -> _Connection:
    secure = parts.scheme == "https"
    proxy = terms.proxy
    secret = proxy is not None and proxy.kind is Kind.HTTPS
    return _Connection(
        Dial(
            parts.hostname or "",
            parts.port or _SCHEMES[parts.scheme],
            context=terms.context() if secure else None,
            proxy=proxy,
            proxy_context=terms.context(mirror=False) if secret else None,
            seconds=terms.connect_seconds,
            local_address=terms.local_address,
            held=held,
        )
    )


def cut(held: Iterable[socket.socket]) -> None:
    """End all waiting on these connections, from another thread."""
    for sock in held:
        # Not SSLSocket's, which takes apart what the other thread is using.
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _received(
    response: http.client.HTTPResponse, request: Request, into: BinaryIO, terms: Terms
) -> Response:
    headers = {name.lower(): value for name, value in response.getheaders()}
    size = 0
    if response.status in _CONTENT:
        size = taken(response.read1, response.length, request, into, terms)
    return Response(response.status, headers, size, request.url)


def taken(
    read: Callable[[int], bytes],
    promised: int | None,
    request: Request,
    into: BinaryIO,
    terms: Terms,
) -> int:
    """Write a body into a file, piece by piece; its size.

    Args:
        read: gives up to so many bytes, none at the end.
        promised: how many there should be, as far as is known.
        request: what is wanted, and how much at most.
        into: the file.
        terms: how slow it may be.

    Raises:
        FetchError: too large, too slow, or not what was promised.
        UnwrittenError: it could not be written.
    """
    size, began = 0, time.monotonic()
    while piece := read(_PIECE):
        if request.beginning:
            piece = piece[: request.max_size - size]
        size += len(piece)
        if size > request.max_size:
            raise FetchError(f"{request.url}: larger than {request.max_size} bytes")
        try:
            into.write(piece)
        except OSError as error:
            raise UnwrittenError(error.errno, error.strerror) from error
        if request.beginning and size == request.max_size:
            return size
        request.progress(size, promised)
        passed = time.monotonic() - began
        if passed > terms.pause_seconds and size < passed * terms.least_rate:
            raise FetchError(f"{request.url}: too slow")
    if promised is not None and size != promised:
        raise FetchError(f"{request.url}: {size} bytes of {promised}")
    return size

"""Fetching a file over FTP (RFC 959, 3659), with the same bounds as over HTTP.

Only passive, only from the host that was asked, whatever address it names. Answers are those that
HTTP would give: 200, 304 by the time of the file, 404.
"""

from __future__ import annotations

import email.utils
import ftplib
import re
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, Final
from urllib.parse import unquote, urlsplit

from nacre.transport.http import FetchError, Response, UnwrittenError, cut, taken

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping
    from urllib.parse import SplitResult

    from nacre.transport.http import Request, Terms

_MAX_TALK: Final = 1 << 16
"""Bytes of what the host may say apart from the file."""
_BYTES: Final = "latin-1"
_MISSING: Final = "550"
_TIME: Final = re.compile(r"213 ([0-9]{14})(?:\.[0-9]+)?", re.ASCII)


def fetch(request: Request, into: BinaryIO, terms: Terms) -> Response:
    """Write what is wanted into a file; a header If-Modified-Since is understood.

    Raises:
        FetchError: it could not be had as a whole.
        OSError: it could not be written.
    """
    if terms.proxy is not None:
        raise FetchError(f"{request.url}: not through a proxy")
    client = _Client(encoding=_BYTES)
    files: list[socket.socket] = []
    watch = threading.Timer(terms.total_seconds, lambda: cut(filter(None, (client.sock, *files))))
    watch.daemon = True
    watch.start()
    end = time.monotonic() + terms.total_seconds
    try:
        response = _Transfer(client, request, terms, files.append).run(into)
    except TimeoutError as error:
        raise FetchError(f"{request.url}: timed out") from error
    except UnwrittenError:
        raise
    except OSError as error:
        raise FetchError(f"{request.url}: {error.strerror or error}") from error
    except EOFError as error:
        reason = str(error) or "the host hung up"
        raise FetchError(f"{request.url}: {reason}") from error
    except (ftplib.Error, ValueError) as error:
        reason = ascii(str(error))[1:-1][:120]
        raise FetchError(f"{request.url}: {reason}") from error
    finally:
        watch.cancel()
        for each in files:
            each.close()
        client.close()
    if time.monotonic() > end:
        raise FetchError(f"{request.url}: took longer than {terms.total_seconds:g} s")
    return response


class _Client(ftplib.FTP):
    """One that does not listen for ever."""

    sock: socket.socket | None
    _heard = 0

    def getline(self) -> str:
        line = super().getline()
        self._heard += len(line) + 2
        if self._heard > _MAX_TALK:
            raise EOFError("the host says too much")
        return line


@dataclass(frozen=True, slots=True)
class _Transfer:
    client: _Client
    request: Request
    terms: Terms
    held: Callable[[socket.socket], None]

    def run(self, into: BinaryIO) -> Response:
        client, request, terms = self.client, self.request, self.terms
        parts = _parts(request.url)
        source = None if terms.local_address is None else (terms.local_address, 0)
        client.connect(
            parts.hostname or "", parts.port or ftplib.FTP_PORT, terms.connect_seconds, source
        )
        client.login(_plain(parts.username), _plain(parts.password))
        client.voidcmd("TYPE I")
        name = _plain(parts.path[1:])
        try:
            changed = self._changed(name)
            if changed is not None and changed <= _since(request.headers):
                return Response(304, {}, 0, request.url)
            promised = self._size(name)
            stream, _hint = client.ntransfercmd(f"RETR {name}")
        except ftplib.error_perm as error:
            if str(error).startswith(_MISSING):
                return Response(404, {}, 0, request.url)
            raise
        self.held(stream)
        stream.settimeout(terms.pause_seconds)
        size = taken(stream.recv, promised, request, into, terms)
        stream.close()
        client.voidresp()  # or it ended early
        dated = {} if changed is None else {"last-modified": email.utils.format_datetime(changed)}
        return Response(200, dated, size, request.url)

    def _changed(self, name: str) -> datetime | None:
        """When the file was changed, if the host can say it."""
        answer = self._asked(f"MDTM {name}")
        match = _TIME.fullmatch(answer)
        return None if match is None else datetime.strptime(match[1] + "Z", "%Y%m%d%H%M%S%z")

    def _size(self, name: str) -> int | None:
        answer = self._asked(f"SIZE {name}").removeprefix("213 ")
        return int(answer) if re.fullmatch("[0-9]{1,15}", answer, re.ASCII) else None

    def _asked(self, command: str) -> str:
        """The answer to what not every host understands."""
        try:
            return self.client.sendcmd(command)
        except ftplib.error_perm as error:
            if str(error).startswith(_MISSING):
                raise
            return ""


def _parts(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme != "ftp" or not parts.hostname or not parts.path[1:] or not url.isascii():
        raise FetchError(f"{url!a}: not an address")
    return parts


def _plain(text: str | None) -> str:
    """Whatever bytes the address says."""
    return unquote(text or "", _BYTES)


def _since(headers: Mapping[str, str]) -> datetime:
    text = headers.get("If-Modified-Since")
    if text is None:
        return datetime.min.replace(tzinfo=UTC)
    return email.utils.parsedate_to_datetime(text)

"""The web application of a mirror (ASGI): files of the tree, and metrics.

Names that never have other bytes may be kept for ever by everybody; all others must be asked for
again, which costs 304 and no body when nothing changed (RFC 9110, 9111).
"""

from __future__ import annotations

import email.utils
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from nacre.mirror.ledger import Ledger, Served

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from nacre.mirror.gate import Gate
    from nacre.mirror.shelf import Item, Shelf

METRICS = "metrics"
_TYPE = "application/octet-stream"
_TEXT = "text/plain; charset=utf-8"
_MISSING_SECONDS = 60
"""How long caches may remember that there is no such file."""
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{2,45}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Application:
    """Answers requests."""

    shelf: Shelf
    ledger: Ledger
    gate: Gate | None = None
    proxies: frozenset[str] = frozenset()
    """Addresses whose `X-Forwarded-For` is believed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; anything else is not spoken here."""
        if scope["type"] != "http":
            return
        request = Request(scope)
        address = self._address(request)
        status, size = 500, 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        scope.get("extensions", {}).pop("http.response.pathsend", None)  # nobody counts its bytes
        try:
            await self._answer(request, address)(scope, receive, counted)
        finally:
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            protocol = f"HTTP/{scope.get('http_version', '1.1')}"
            headers = request.headers
            self.ledger.note(
                Served(
                    address,
                    request.method,
                    target,
                    protocol,
                    status,
                    size,
                    headers.get("referer", ""),
                    headers.get("user-agent", ""),
                )
            )

    def _answer(self, request: Request, address: str) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return PlainTextResponse("only GET\n", 405, {"Allow": "GET, HEAD"})
        wait = 0 if self.gate is None else self.gate.wait(address, time.monotonic())
        if wait:
            return PlainTextResponse("too many requests\n", 429, {"Retry-After": str(wait)})
        name = request.url.path.removeprefix("/")
        if name == METRICS:
            lines = self.ledger.metrics(self.shelf.tree.listing(), time.time())
            text = "".join(f"{line}\n" for line in lines)
            return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
        item = self.shelf.get(name)
        if item is None:
            headers = {"Cache-Control": f"max-age={_MISSING_SECONDS}"}
            return PlainTextResponse("not found\n", 404, headers)
        return _file(request, name, item)

    def _address(self, request: Request) -> str:
        """Who asks: the last address before those of trusted proxies."""
        address = request.client.host if request.client else ""
        before = request.headers.get("x-forwarded-for", "").split(",")
        while address in self.proxies and before:
            said = before.pop().strip()
            if not _ADDRESS.fullmatch(said):
                break
            address = said
        return address


def _file(request: Request, name: str, item: Item) -> Response:
    headers = {
        "Cache-Control": item.caching,
        "ETag": item.etag,
        "Last-Modified": email.utils.formatdate(item.modified, usegmt=True),
        "Accept-Ranges": "bytes",
    }
    if _unchanged(request, item):
        return Response(None, 304, headers)
    kind = _TEXT if name.endswith(".txt") else _TYPE
    if item.content is not None and "range" not in request.headers:
        return Response(item.content, 200, headers, kind)
    return FileResponse(item.path, 200, headers, kind)


def _unchanged(request: Request, item: Item) -> bool:
    """Whether the client has it (RFC 9110, 13.2.2)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return item.etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    try:
        since = email.utils.parsedate_to_datetime(request.headers.get("if-modified-since", ""))
        return item.modified <= since.timestamp()
    except (ValueError, OverflowError):
        return False

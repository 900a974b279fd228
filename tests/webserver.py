"""A mirror on the loopback that answers what it is told to, in a process's own threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Mirror:
    """Serves `folder`; `special` answers some paths otherwise."""

    folder: Path
    port: int = 0
    special: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.partition("?")[0]
        self.asked.append(path)
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        special = self.special.get(path)
        file = self.folder / path.rpartition("/")[2]
        if special is not None:
            special(request)
        elif not file.is_file():
            status(404)(request)
        else:
            content = file.read_bytes()
            span = request.headers.get("Range")
            if span == "bytes=0-511":
                body(content[:512], 206)(request)
            else:
                body(content)(request)


def status(code: int, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def body(content: bytes, code: int = 200, length: int | None = None) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        request.send_header("Content-Length", str(len(content) if length is None else length))
        request.end_headers()
        request.wfile.write(content)

    return answer


def pieces(content: Iterator[bytes], length: int | None = None) -> Answer:
    """Until the client has enough; `content` may wait between pieces."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        if length is not None:
            request.send_header("Content-Length", str(length))
        request.end_headers()
        try:
            for piece in content:
                request.wfile.write(piece)
                request.wfile.flush()
        except OSError:
            pass

    return answer


@contextmanager
def serving(folder: Path) -> Iterator[Mirror]:
    mirror = Mirror(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):
                mirror.answer(self)

        def log_message(self, *_arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        block_on_close = False

    server = Server(("127.0.0.1", 0), Handler)
    mirror.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

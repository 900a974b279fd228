from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from nacre.transport.signing import Service, SigningError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.enable_socket


@contextmanager
def service(*pieces: bytes) -> Iterator[tuple[Service, list[bytes]]]:
    """One that answers once, in these pieces, and what it is asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(512))
                for piece in pieces:
                    connection.sendall(piece)

        thread = threading.Thread(target=answer)
        thread.start()
        yield Service("127.0.0.1", "me", "secret", listener.getsockname()[1]), asked
        thread.join()


def test_what_is_asked() -> None:
    with service(b"Signature:", b"a+/9\0") as (signer, asked):
        assert signer.header("00ff" * 8) == "a+/9"
    assert asked == [b"ClamSign:me:secret:" + b"\0\xff" * 8]
    with service(b"Signature:x") as (signer, asked):
        assert signer.info(b"i" * 32) == "x"
    assert asked == [b"ClamSignPSS2:me:secret:" + b"i" * 32]
    with service(b"Signature:x\n") as (signer, asked):
        assert signer.cdiff(b"c" * 32) == "x"
    assert asked == [b"ClamSignPSS:me:secret:" + b"c" * 32]
    assert "secret" not in repr(signer)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"ERROR: no", "it answers 'ERROR: no'"),
        (b"", "it answers 'nothing'"),
        (b"Signature:", "it answers 'Signature:'"),
        (b"Signature:a:b\n", "it answers"),
        (b"Signature:" + b"a" * 600, "it answers 'Signature:aaa"),
    ],
)
def test_what_is_no_signature(said: bytes, reason: str) -> None:
    with service(said) as (signer, _), pytest.raises(SigningError, match=reason):
        signer.cdiff(b"c" * 32)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(SigningError, match=r"signing service 127\.0\.0\.1: Connection refused"):
        Service("127.0.0.1", "me", "secret", port).info(b"i" * 32)

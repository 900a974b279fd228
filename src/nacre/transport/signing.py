"""A signing service, as ClamAV's sigtool speaks to one: TCP, a connection for each signature.

Sent is ``kind:user:password:`` and a digest as it is; ``ClamSign`` is for the MD5 of a header,
``ClamSignPSS2`` for the SHA-256 of a digest list, ``ClamSignPSS`` for that of a cdiff. The answer
is ``Signature:`` and the text that goes into the file, or what went wrong. Nothing is encrypted: it
is for a network in which all may be trusted.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from typing import Final

from nacre.model.errors import NacreError

PORT: Final = 33101

_SECONDS: Final = 60.0
_REST: Final = 2.0
"""Seconds that the rest of an answer may take."""
_LONGEST: Final = 512
_ANSWER: Final = re.compile(rb"Signature:([A-Za-z0-9+/]{1,400})[\0\r\n]*")


class SigningError(NacreError):
    """The service is not there or did not sign."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where a service is, and who asks it; a `nacre.cvd.signer.Signer`."""

    host: str
    user: str
    password: str = field(repr=False)
    port: int = PORT

    def header(self, md5: str) -> str:
        return self._signed(b"ClamSign", bytes.fromhex(md5))

    def info(self, digest: bytes) -> str | None:
        return self._signed(b"ClamSignPSS2", digest)

    def cdiff(self, digest: bytes) -> str:
        return self._signed(b"ClamSignPSS", digest)

    def _signed(self, kind: bytes, digest: bytes) -> str:
        who = f":{self.user}:{self.password}:".encode()
        try:
            with socket.create_connection((self.host, self.port), _SECONDS) as connection:
                connection.sendall(kind + who + digest)
                answer = _received(connection)
        except OSError as error:
            reason = error.strerror or "no answer in time"
            raise SigningError(f"signing service {self.host}: {reason}") from error
        signature = _ANSWER.fullmatch(answer)
        if signature is None:
            said = answer.decode("ascii", "replace").strip()[:80] or "nothing"
            raise SigningError(f"signing service {self.host}: it answers {said!r}")
        return signature[1].decode("ascii")


def _received(connection: socket.socket) -> bytes:
    """All that comes up to a bound; a service that leaves the connection open is given a moment."""
    answer = b""
    while len(answer) <= _LONGEST:
        try:
            piece = connection.recv(_LONGEST)
        except TimeoutError:
            if not answer:
                raise
            break
        if not piece:
            break
        answer += piece
        connection.settimeout(_REST)
    return answer

"""The process that matches: one connection, one layer at a time.

yara-x stops by itself when the time is over; where it does not, a timer kills the process, and the
scanner finds the connection closed.
"""

from __future__ import annotations

import math
import resource
import signal
import socket

import yara_x

from nacre.workers.wire import Value, encode
from nacre.workers.yara.request import GRACE_SECONDS, HEAD

MAX_NAMES = 10_000
MAX_MATCHES = 10_000
"""Of one string: conditions that count further than this are not told apart."""


def serve(connection: socket.socket, rules: yara_x.Rules) -> None:
    """Answer until the scanner closes the connection."""
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(kind, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    scanner = yara_x.Scanner(rules)
    scanner.max_matches_per_pattern(MAX_MATCHES)
    while len(head := _exactly(connection, HEAD.size)) == HEAD.size:
        size, seconds = HEAD.unpack(head)
        data = _exactly(connection, size)
        if len(data) < size:
            return
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_SECONDS)
        scanner.set_timeout(max(1, math.ceil(seconds)))
        answer = _answer(scanner, data)
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.sendall(encode(answer))


def _answer(scanner: yara_x.Scanner, data: bytes) -> Value:
    try:
        found = scanner.scan(data).matching_rules
    except yara_x.TimeoutError:
        return {"timeout": True}
    except yara_x.ScanError as error:
        return {"problem": str(error)}
    return {"rules": [rule.identifier for rule in found[:MAX_NAMES]]}


def _exactly(connection: socket.socket, size: int) -> bytes:
    """`size` bytes, fewer at the end of the connection. In one piece: yara-x wants no other."""
    data = connection.recv(size, socket.MSG_WAITALL) if size else b""
    while 0 < len(data) < size:
        more = connection.recv(size - len(data), socket.MSG_WAITALL)
        if not more:
            break
        data += more
    return data

"""Whatever attachment the peer finds, nacre finds."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

from compat.mail import mails
from compat.odd_mail import odd_mails

if TYPE_CHECKING:
    from compat.pair import Pair

TEXT = b"".join(b"line %d of the attachment\n" % number for number in range(40))
DATA = random.Random(3).randbytes(3000)  # noqa: S311  repeatable, no secret
FEWEST = 100
"""Alerts of the peer: 61 of 80 mails, and 70 of 148 odd ones, less some."""


def line(name: str, data: bytes) -> str:
    return f"{hashlib.sha256(data).hexdigest()}:{len(data)}:{name}:73"


def test_attachments(pair: Pair) -> None:
    files = {
        f"{kind}-{name}": mail
        for kind, data in (("text", TEXT), ("data", DATA))
        for name, mail in {**mails(data), **odd_mails(data)}.items()
    }
    found = pair.both([("a.hsb", line("Text", TEXT)), ("b.hsb", line("Data", DATA))], files)
    assert sum(bool(peer) for peer, _ in found.values()) >= FEWEST
    missed = {name: sides for name, sides in found.items() if not sides[0] <= sides[1]}
    assert not missed
    assert all(ours for _, ours in found.values())

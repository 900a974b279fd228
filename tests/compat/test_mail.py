"""Whatever attachment the peer finds, nacre finds."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

from compat.mail import mails

if TYPE_CHECKING:
    from compat.pair import Pair

TEXT = b"".join(b"line %d of the attachment\n" % number for number in range(40))
DATA = random.Random(3).randbytes(3000)  # noqa: S311  repeatable, no secret
FEWEST = 50
"""Alerts of the peer: 31 of 40 kinds with text, the same with binary data, less some."""


def line(name: str, data: bytes) -> str:
    return f"{hashlib.sha256(data).hexdigest()}:{len(data)}:{name}:73"


def test_attachments(pair: Pair) -> None:
    files = {f"text-{name}": mail for name, mail in mails(TEXT).items()}
    files |= {f"data-{name}": mail for name, mail in mails(DATA).items()}
    found = pair.both([("a.hsb", line("Text", TEXT)), ("b.hsb", line("Data", DATA))], files)
    assert sum(bool(peer) for peer, _ in found.values()) >= FEWEST
    missed = {name: sides for name, sides in found.items() if not sides[0] <= sides[1]}
    assert not missed
    assert all(ours for _, ours in found.values())

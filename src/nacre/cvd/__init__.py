"""CVD, CLD and CUD: the containers that databases come in.

A 512-byte text header padded with blanks, then a tar of signature files, compressed with gzip or
not, with a list of the members' SHA-256 digests (`.info`). A `.cvd` is as published, a `.cld` was
made locally by the updater, a `.cud` by the user; the file name alone says which.

Members are checked against the list while they stream, the digest of the whole with the header's
for a `.cvd`. Whose they are, `verify.verify` says; `cdiff` and `write` make new ones of them.
"""

from __future__ import annotations

from nacre.cvd.container import Container, Member
from nacre.cvd.header import Header

__all__ = ["Container", "Header", "Member"]

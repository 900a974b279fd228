"""Makes the signed samples beside the two programs: ``PYTHONPATH=tests python -m trust.make``.

The keys are thrown away, so the samples can only be made all together.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

from trust.authority import CODE, IN_PAST, PAST, ROOT, STAMP, Authority
from trust.signing import (
    CABINET,
    PROGRAMS,
    SAMPLES,
    catalog,
    countersign,
    digest_of,
    member,
    sign,
)

TEXT = b"A text that the catalog vouches for.\n"


def make(folder: Path, target: Path) -> None:
    """Write the samples into `target`; keys go to `folder`."""
    authority = Authority(folder)
    root = authority.issue("root", None, ROOT)
    middle = authority.issue("middle", root, ROOT)
    leaf = authority.issue("leaf", middle, CODE)
    past = authority.issue("past", middle, CODE, valid=PAST)
    stamp = authority.issue("stamp", root, STAMP)
    stamped = countersign(sign(PROGRAMS["p32.exe"], past, middle), stamp, IN_PAST)
    (target / "stamped32.exe").write_bytes(stamped)
    (target / "expired32.exe").write_bytes(sign(PROGRAMS["p32.exe"], past, middle))
    signed = sign(PROGRAMS["p64.exe"], leaf, middle, digest="sha1")
    (target / "signed64.exe").write_bytes(signed)
    members = (
        member(digest_of(PROGRAMS["p32.exe"], "sha1")),
        member(digest_of(PROGRAMS["p64.exe"], "sha256"), "sha256"),
        member(hashlib.sha1(TEXT).digest(), kind=CABINET),  # noqa: S324
    )
    (target / "x.cat").write_bytes(catalog(members, leaf, middle))
    lines = (issued.rule(issued.name, trusted=1) for issued in (root, middle, leaf, past, stamp))
    (target / "x.crb").write_text("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), SAMPLES)
    sys.stdout.write(f"made in {SAMPLES}\n")

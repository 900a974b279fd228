"""Archives in archives: what is inside is found, and who is whose container."""

from __future__ import annotations

import itertools

import pytest

from compat.archives import PACKERS, tarred, zipped
from compat.pair import BINARY, Pair, only

MARK = b"marker-to-be-found"
FILE = BINARY + MARK + bytes(300)
LINE = ("a.ndb", f"Found.Body-1:0:*:{MARK.hex()}")
KINDS = ("ANY", "ZIP", "GZ", "BZ", "XZ", "POSIX_TAR", "OLD_TAR", "7Z")


@pytest.mark.parametrize("options", [(), ("--allmatch",)])
def test_one_level(pair: Pair, options: tuple[str, ...]) -> None:
    found = pair.agree([LINE], {name: pack(FILE) for name, pack in PACKERS.items()}, *options)
    assert set(found.values()) == {only("Found.Body-1")}


@pytest.mark.parametrize("outer", PACKERS)
def test_two_levels(pair: Pair, outer: str) -> None:
    files = {f"{outer}-{name}": PACKERS[outer](pack(FILE)) for name, pack in PACKERS.items()}
    found = pair.agree([LINE], files)
    if outer != "gzip-two":  # its members make one stream, so the inner one does not begin it
        assert set(found.values()) == {only("Found.Body-1")}


def test_archives_not_opened(pair: Pair) -> None:
    pair.agree([LINE], {name: pack(FILE) for name, pack in PACKERS.items()}, "--scan-archive=no")


def test_container(pair: Pair) -> None:
    lines = [
        ("a.ldb", f"In-{kind};Engine:51-255,Target:0,Container:CL_TYPE_{kind};0;{MARK.hex()}")
        for kind in KINDS
    ]
    files = {"plain": FILE} | {name: pack(FILE) for name, pack in PACKERS.items()}
    files |= {
        f"{a}-{b}": PACKERS[a](PACKERS[b](FILE))
        for a, b in itertools.product(("zip", "gzip", "bzip2", "xz", "tar"), repeat=2)
    }
    pair.agree(lines, files, "--allmatch")


def test_intermediates(pair: Pair) -> None:
    kinds = ("ZIP", "GZ", "POSIX_TAR", "ANY")
    pairs = itertools.product(kinds, repeat=2)
    lines = []
    for chain in (*pairs, ("ZIP",), ("GZ",), ("ANY",), ("ZIP", "GZ", "ZIP")):
        types = ">".join(f"CL_TYPE_{kind}" for kind in chain)
        block = f"Engine:51-255,Target:0,Intermediates:{types}"
        lines.append(("a.ldb", f"In-{'-'.join(chain)};{block};0;{MARK.hex()}"))
    names = ("zip", "gzip", "tar-ustar")
    files = {"plain": FILE} | {name: PACKERS[name](FILE) for name in names}
    for a, b in itertools.product(names, repeat=2):
        files[f"{a}.{b}"] = PACKERS[a](PACKERS[b](FILE))
    for a, b, c in itertools.product(names, repeat=3):
        files[f"{a}.{b}.{c}"] = PACKERS[a](PACKERS[b](PACKERS[c](FILE)))
    for file, (peer, ours) in pair.both(lines, files, "--allmatch").items():
        # The peer's ANY does not stand for a level.
        assert all("ANY" in name for name in peer ^ ours), file


@pytest.mark.parametrize("name", ["zip", "zip-stored", "gzip", "bzip2", "xz", "tar"])
def test_damaged(pair: Pair, name: str) -> None:
    """Cut, with bytes before it, with bytes behind it."""
    whole = PACKERS[name](FILE + bytes(range(256)) * 40)
    files = {f"cut{tenth}": whole[: len(whole) * tenth // 10] for tenth in range(1, 10)}
    files["behind"] = whole + b"something behind it"
    files["before"] = BINARY + b"something before it" + whole
    files["twice"] = whole + whole
    for file, (peer, ours) in pair.both([LINE], files).items():
        # Of a damaged zip or xz nacre scans what could be unpacked; the peer drops it.
        more = name in ("zip", "xz") and file.startswith("cut")
        assert peer <= ours if more else peer == ours, file


def test_encrypted_zip(pair: Pair) -> None:
    """The flag alone, as no Python module encrypts; with sums that do not show that it lies."""
    archive = bytearray(zipped(FILE, b"a second member"))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = archive.find(signature)
        archive[place + at] |= 1
        archive[place + at + 8] ^= 1
    files = {"one": bytes(archive), "inside": tarred(bytes(archive))}
    for options in (
        (),
        ("--alert-encrypted",),
        ("--alert-encrypted-archive",),
        ("--alert-encrypted", "--allmatch"),
    ):
        pair.agree([LINE], files, *options)

"""Catalogs: which digests in them make what trusted, and whose signatures count."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from compat.pair import CLEAN, only
from compat.program import write_database
from compat.trust.conftest import BODY
from trust.authority import CODE, PAST
from trust.signing import CABINET, PROGRAMS, catalog, digest_of, member

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compat.pair import Names, Pair
    from compat.trust.conftest import Signed

FOUND = only("Found")
P32 = PROGRAMS["p32.exe"]
TEXT = b"This program is a text, and harmless.\n" * 20
FLAT = "1.3.6.1.4.1.311.2.1.30"


def _ask(
    pair: Pair, data: bytes, rules: list[str], files: Mapping[str, bytes], *options: str
) -> Names:
    database = write_database(pair.folder / "database", [BODY, *(("x.crb", r) for r in rules)])
    (database / "x.cat").write_bytes(data)
    return pair.agree_on(database, files, *options)


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_programs(signed: Signed, pair: Pair, name: str, algorithm: str) -> None:
    digest = digest_of(PROGRAMS[name], algorithm)
    data = catalog([member(digest, algorithm)], signed.leaf, signed.middle)
    names = _ask(pair, data, [signed.root_rule()], PROGRAMS)
    assert {found for found in names if not names[found]} == {name}


@pytest.mark.parametrize("kind", [None, CABINET, FLAT])
def test_files(signed: Signed, pair: Pair, kind: str | None) -> None:
    whole = {"p32.exe": P32, "text": TEXT}
    files = {**whole, "other": TEXT + b"x"}
    digests = [hashlib.sha1(data).digest() for data in whole.values()]  # noqa: S324
    members = [member(digest, kind=kind) if kind else member(digest) for digest in digests]
    data = catalog(members, signed.leaf, signed.middle)
    names = _ask(pair, data, [signed.root_rule()], files)
    assert {name for name in names if not names[name]} == (set(whole) if kind == CABINET else set())


def test_signers(signed: Signed, pair: Pair) -> None:
    members = [member(digest_of(P32, "sha1"))]
    good = catalog(members, signed.leaf, signed.middle)
    past = signed.authority.issue("past catalogs", signed.middle, CODE, valid=PAST)
    root, leaf = [signed.root_rule()], signed.leaf
    files = {"p32.exe": P32}
    for data, rules, expected in (
        (good, root, CLEAN),
        (good, [leaf.rule("L", trusted=1)], CLEAN),
        (good, [leaf.rule("L", trusted=1, usages="011")], FOUND),
        (good, [*root, leaf.rule("L", trusted=0)], FOUND),
        (good + b"behind", root, CLEAN),
        (good[:-1], root, FOUND),
        (good[:-9] + b"\0" + good[-8:], root, FOUND),
        (catalog(members, leaf), root, FOUND),
        (catalog(members, past, signed.middle), root, FOUND),
        (b"", root, FOUND),
        (b"nothing", root, FOUND),
    ):
        assert _ask(pair, data, rules, files)["p32.exe"] == expected
    for digest in ("md5", "sha256", "sha384", "sha512"):
        data = catalog(members, leaf, signed.middle, digest=digest)
        assert _ask(pair, data, root, files)["p32.exe"] == CLEAN


def test_a_strange_member_ends_the_catalog(signed: Signed, pair: Pair) -> None:
    digest = digest_of(P32, "sha1")
    known = member(digest)
    long = member(hashlib.sha384(P32).digest(), "sha384")
    for members, expected in (
        ([known, member(digest, kind=FLAT)], CLEAN),
        ([member(digest, kind=FLAT), known], FOUND),
        ([long, known], FOUND),
        ([], FOUND),
    ):
        data = catalog(members, signed.leaf, signed.middle)
        assert _ask(pair, data, [signed.root_rule()], {"a.exe": P32})["a.exe"] == expected
    data = catalog([known], signed.leaf, signed.middle, usage="1.3.6.1.4.1.311.12.1.9")
    assert _ask(pair, data, [signed.root_rule()], {"a.exe": P32})["a.exe"] == FOUND


def test_where_they_count(signed: Signed, pair: Pair) -> None:
    digests = [member(digest_of(P32, "sha1")), member(hashlib.sha1(TEXT).digest(), kind=CABINET)]  # noqa: S324
    data = catalog(digests, signed.leaf, signed.middle)
    root = [signed.root_rule()]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("a.txt", TEXT)
        members.writestr("a.exe", P32)
    unknown = signed.authority.issue("unknown", None, CODE)
    files = {
        "both.zip": archive.getvalue(),
        # Signed by somebody, which does not change what the catalog's digest is of.
        "signed.exe": signed.signed(unknown),
        "embedded.bin": b"\0\1\0\1" * 100 + P32,
    }
    names = _ask(pair, data, root, files)
    assert names == {"both.zip": CLEAN, "signed.exe": CLEAN, "embedded.bin": FOUND}
    assert set(_ask(pair, data, root, files, "--nocerts").values()) == {FOUND}
    assert _ask(pair, data, root, files, "--scan-pe=no")["signed.exe"] == CLEAN


def test_long_digests_of_files(signed: Signed, pair: Pair) -> None:
    """ClamAV looks at them only once an allow-list has a SHA-256 for the size (differences.md)."""
    digest = hashlib.sha256(TEXT).digest()
    data = catalog([member(digest, "sha256", CABINET)], signed.leaf, signed.middle)
    lines = [BODY, ("x.crb", signed.root_rule()), ("x.sfp", f"{'0' * 64}:{len(TEXT)}:none")]
    for some, expected in ((lines, CLEAN), (lines[:2], FOUND)):
        database = write_database(pair.folder / f"d{len(some)}", some)
        (database / "x.cat").write_bytes(data)
        probe = pair.folder / "probe"
        probe.write_bytes(TEXT)
        assert pair.peer.scan(database, [probe]).found(probe) == expected
        assert pair.ours.scan(database, [probe]).found(probe) == CLEAN


@pytest.mark.parametrize("off", [0x10000, 0x20000, 0x30000])
def test_switched_off(signed: Signed, pair: Pair, off: int) -> None:
    members = [member(digest_of(P32, "sha1")), member(hashlib.sha1(TEXT).digest(), kind=CABINET)]  # noqa: S324
    data = catalog(members, signed.leaf, signed.middle)
    lines = [BODY, ("x.crb", signed.root_rule()), ("daily.cfg", f"PE:{0xFFFFFFFF & ~off:#x}")]
    database = write_database(pair.folder / "database", lines)
    (database / "x.cat").write_bytes(data)
    files = {"a.exe": P32, "a.txt": TEXT, "b.exe": signed.signed(signed.leaf, signed.middle)}
    pair.agree_on(database, files)

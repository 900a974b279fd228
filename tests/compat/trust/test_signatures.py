"""Time stamps, nested signatures, and programs and tables that are not what was signed."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from compat.pair import CLEAN, only
from trust.authority import BARE, CODE, IN_PAST, LONG, PAST, STAMP
from trust.der import attribute, element, octets, set_of
from trust.signing import (
    DIGESTS,
    PROGRAMS,
    countersign,
    directory,
    fields_of,
    sign,
    signature_of,
    signed_data,
    with_signature,
)

if TYPE_CHECKING:
    from compat.trust.conftest import Asking, Signed

FOUND = only("Found")
BEGIN, END = 1_577_836_800, 1_609_459_200
"""When what is valid in PAST was."""


@pytest.mark.parametrize("digest", DIGESTS)
def test_stamped(signed: Signed, ask: Asking, digest: str) -> None:
    for signer in (signed.leaf, signed.past):
        program = signed.signed(signer, signed.middle)
        files = {"a.exe": countersign(program, signed.stamp, IN_PAST, digest=digest)}
        assert ask.agree([signed.root_rule()], files)["a.exe"] == CLEAN


def test_rules_about_the_stamp(signed: Signed, ask: Asking) -> None:
    program = signed.signed(signed.past, signed.middle)
    files = {"a.exe": countersign(program, signed.stamp, IN_PAST)}
    past, stamp, root = signed.past, signed.stamp, signed.root
    for rules, expected in (
        ([root.rule("R", trusted=1, usages="101")], FOUND),
        ([past.rule("P", trusted=1)], FOUND),
        ([past.rule("P", trusted=1), stamp.rule("S", trusted=1)], CLEAN),
        ([past.rule("P", trusted=1), stamp.rule("S", trusted=1, usages="101")], FOUND),
        ([signed.root_rule(), stamp.rule("S", trusted=0)], only("S")),
    ):
        assert ask.agree(rules, files)["a.exe"] == expected


@pytest.mark.parametrize("moment", [BEGIN - 1, BEGIN, END, END + 1])
def test_stamped_when(signed: Signed, ask: Asking, moment: int) -> None:
    stamp = signed.authority.issue("always", signed.root, STAMP, valid=("19900101000000Z", LONG[1]))
    program = signed.signed(signed.past, signed.middle)
    names = ask.agree([signed.root_rule()], {"a.exe": countersign(program, stamp, moment)})
    assert names["a.exe"] == (CLEAN if BEGIN <= moment <= END else FOUND)


def test_stamps_that_do_not_fit(signed: Signed, ask: Asking) -> None:
    authority, root = signed.authority, signed.root
    for signer in (signed.leaf, signed.past):
        program = signed.signed(signer, signed.middle)
        files = {
            "other.exe": countersign(program, signed.stamp, IN_PAST, over=b"x"),
            "missing.exe": countersign(program, signed.stamp, IN_PAST, embedded=False),
            "twice.exe": countersign(program, signed.stamp, IN_PAST, times=2),
            "type.exe": countersign(program, signed.stamp, IN_PAST, content_type="1.2.3.4"),
            "code.exe": countersign(program, authority.issue("c", root, CODE), IN_PAST),
            "bare.exe": countersign(program, authority.issue("b", root, BARE), IN_PAST),
            "time.exe": countersign(
                program, signed.stamp, element(0x18, b"20200914000000Z"), more=[
                    attribute("1.2.3.4", octets(b"x" * 100))
                ],
            ),
        }  # fmt: skip
        names = ask.agree([signed.root_rule()], files)
        trusted = {name for name, found in names.items() if not found}
        assert trusted == {"bare.exe", "time.exe"}


def test_newer_stamps_are_not_looked_at(signed: Signed, ask: Asking) -> None:
    for signer, expected in ((signed.leaf, CLEAN), (signed.past, FOUND)):
        options = ("-TSA-certs", signed.stamp.pem, "-TSA-key", signed.stamp.key)
        program = sign(
            PROGRAMS["p64.exe"], signer, signed.middle,
            options=(*options, "-TSA-time", str(IN_PAST)),
        )  # fmt: skip
        assert ask.agree([signed.root_rule()], {"a.exe": program})["a.exe"] == expected


def test_nested_signatures_are_not_trusted(signed: Signed, ask: Asking) -> None:
    inner = signed.authority.issue("inner", signed.middle, CODE)
    program = sign(signed.files["p32.exe"], inner, signed.middle, options=("-nest",))
    for rules, expected in (
        ([signed.root_rule()], CLEAN),
        ([signed.leaf.rule("L", trusted=1)], CLEAN),
        ([inner.rule("I", trusted=1)], FOUND),
    ):
        assert ask.agree(rules, {"a.exe": program})["a.exe"] == expected
    # ClamAV does not look for blocked certificates there (differences.md).
    lines = [("x.crb", inner.rule("I", trusted=0)), ("x.crb", signed.root_rule())]
    assert ask.pair.both(lines, {"a.exe": program})["a.exe"] == (CLEAN, only("I"))


def test_changed_programs(signed: Signed, ask: Asking) -> None:
    program = signed.files["p32.exe"]
    entry, offset, size = directory(program)
    header = struct.unpack_from("<I", program, 0x3C)[0]
    files = {
        "code.exe": _changed(program, 0x300, b"\xee"),
        "stub.exe": _changed(program, 0x41, b"\xee"),
        "checksum.exe": _changed(program, header + 24 + 64, b"abcd"),
        "smaller.exe": _changed(program, entry + 4, struct.pack("<I", size - 8)),
        "beyond.exe": _changed(program, entry + 4, struct.pack("<I", size + 8)),
        "tiny.exe": _changed(program, entry + 4, struct.pack("<I", 4)),
        "none.exe": _changed(program, entry + 4, bytes(4)),
        "length.exe": _changed(program, offset, struct.pack("<I", 17)),
        "revision.exe": _changed(program, offset + 4, b"\0\1"),
        "type.exe": _changed(program, offset + 6, b"\1"),
        "appended.exe": program + b"x",
        "zeros.exe": program + bytes(8),
        "shorter.exe": program[:-10],
    }
    trusted = {"checksum.exe", "length.exe"}
    names = ask.agree([signed.root_rule()], files)
    assert {name for name, found in names.items() if not found} == trusted
    # A blocked certificate alerts whether or not the signature fits.
    blocking = [signed.leaf.rule("L", trusted=0)]
    names = ask.agree(blocking, {name: files[name] for name in ("code.exe", "stub.exe")})
    assert set(names.values()) == {only("L")}


def test_zeros_behind_the_signature(signed: Signed, ask: Asking) -> None:
    program = signed.files["p32.exe"]
    padded = with_signature(program, signature_of(program), bytes(64))
    assert ask.agree([signed.root_rule()], {"a.exe": padded})["a.exe"] == CLEAN


def test_where_programs_are(signed: Signed, ask: Asking) -> None:
    inside = b"\0\1\0\1" * 100 + signed.files["p32.exe"]
    files = {"embedded.bin": inside}
    for rules in ([signed.root_rule()], [signed.leaf.rule("L", trusted=0)]):
        ask.agree(rules, files)
        ask.agree(rules, files, "--allmatch")


def test_several_signers(signed: Signed, ask: Asking) -> None:
    program = signed.files["p32.exe"]
    fields = fields_of(signature_of(program))
    signer = fields[-1].content
    other = fields_of(signature_of(signed.signed(signed.past, signed.middle)))[-1].content
    files = {
        "twice.exe": _with_signers(program, signer, signer),
        "other.exe": _with_signers(program, signer, other),
        "none.exe": _with_signers(program),
    }
    assert set(ask.agree([signed.root_rule()], files).values()) == {FOUND}
    names = ask.agree([signed.leaf.rule("L", trusted=0)], {"none.exe": files["none.exe"]})
    assert names["none.exe"] == only("L")


# What nacre refuses and ClamAV takes; each under its heading in docs/design/differences.md.


def test_bytes_behind_the_signature(signed: Signed, ask: Asking) -> None:
    program = signed.files["p32.exe"]
    ask.stricter([signed.root_rule()], with_signature(program, signature_of(program), b"hidden"))


def test_stamp_after_its_certificate(signed: Signed, ask: Asking) -> None:
    stamp = signed.authority.issue("past stamp", signed.root, STAMP, valid=PAST)
    program = signed.signed(signed.leaf, signed.middle)
    ask.stricter([signed.root_rule()], countersign(program, stamp, END + 1))


def _changed(program: bytes, at: int, value: bytes) -> bytes:
    return program[:at] + value + program[at + len(value) :]


def _with_signers(program: bytes, *signers: bytes) -> bytes:
    kept = [field.whole for field in fields_of(signature_of(program))[:-1]]
    return with_signature(program, signed_data([*kept, set_of(*signers)]))


# What nacre finds and ClamAV does not.


def test_blocked_with_bytes_behind(signed: Signed, ask: Asking) -> None:
    lines = [("x.crb", signed.leaf.rule("L", trusted=0))]
    files = {"a.exe": signed.files["p32.exe"] + b"x"}
    assert ask.pair.both(lines, files)["a.exe"] == (CLEAN, only("L"))

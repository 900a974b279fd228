from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nacre.executables import Program
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.trust.authenticode import _MOST_BYTES, Judgement, judge
from nacre.trust.dump import lines
from nacre.trust.rules import Rules
from trust.der import context, element, octets, sequence
from trust.known import NOW, rule, rules, sample
from trust.signing import (
    directory,
    fields_of,
    signature_of,
    signed_data,
    with_signature,
)

ROOT = rules("root")
ALL = Rules([rule("root"), rule("leaf", trusted=False), rule("past", trusted=False)])
SEEDS = [sample(name) for name in ("signed64.exe", "expired32.exe", "stamped32.exe")]


def of(program: bytes, given_rules: Rules = ROOT, now: int = NOW) -> Judgement:
    data = Fmap.from_bytes(program)
    signed = Program(data, FileType.MSEXE).signed
    return Judgement() if signed is None else judge(data, signed, given_rules, now)


def test_a_chain_to_a_rule_is_trusted() -> None:
    for name in ("root", "middle", "leaf"):
        assert of(sample("signed64.exe"), rules(name)).trusted
    for name in ("past", "stamp"):
        assert not of(sample("signed64.exe"), rules(name)).trusted
    assert not of(sample("signed64.exe"), Rules([])).trusted


def test_the_time_of_signing_counts() -> None:
    assert not of(sample("expired32.exe")).trusted
    assert of(sample("expired32.exe"), now=1_600_000_000).trusted
    assert of(sample("stamped32.exe")).trusted
    assert not of(sample("stamped32.exe"), rules("past")).trusted
    assert of(sample("stamped32.exe"), rules("past", "stamp")).trusted


def test_unsigned_programs_and_others() -> None:
    for data in (sample("p32.exe"), sample("p64.exe"), b"", b"MZ", b"text" * 100):
        assert of(data) == Judgement()


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": bytes(20)},
        {"serial": bytes(20)},
        {"modulus": 3 << 1024 | 1},
        {"code_sign": False},
        {"not_before": 1_577_836_801},
    ],
)
def test_near_misses_of_the_signer(changes: dict[str, Any]) -> None:
    assert not of(sample("signed64.exe"), Rules([rule("leaf", **changes)])).trusted


def test_what_a_rule_need_not_say() -> None:
    changes: dict[str, Any]
    for changes in ({"serial": None}, {"time_sign": False}, {"cert_sign": False}):
        assert of(sample("signed64.exe"), Rules([rule("leaf", **changes)])).trusted
    issuers: tuple[dict[str, Any], ...] = ({"serial": bytes(20)}, {"not_before": NOW})
    for changes in issuers:
        assert of(sample("signed64.exe"), Rules([rule("root", **changes)])).trusted
    assert not of(sample("signed64.exe"), Rules([rule("root", cert_sign=False)])).trusted


def test_blocked_certificates_are_named_from_the_last() -> None:
    blocking = Rules(
        [rule("middle", trusted=False), rule("leaf", trusted=False), rule("root", trusted=False)]
    )
    assert of(sample("signed64.exe"), blocking) == Judgement(
        of(sample("signed64.exe")).certificates, ("leaf", "middle"), trusted=False
    )


def test_any_changed_byte_that_is_signed_costs_the_trust() -> None:
    program = sample("signed64.exe")
    entry, offset, _ = directory(program)
    covered = [0x10, 0x60, entry - 1, entry + 8, 0x300, offset - 1]
    for at in covered:
        changed = bytearray(program)
        changed[at] ^= 1
        assert not of(bytes(changed)).trusted, at
    signature = signature_of(program)
    content = fields_of(signature)[2].whole
    for at in range(len(content)):
        changed = bytearray(signature)
        changed[signature.index(content) + at] ^= 1
        assert not of(with_signature(program, bytes(changed))).trusted, at


def test_bytes_behind_the_signature_cost_the_trust_but_not_the_alert() -> None:
    program = sample("signed64.exe")
    signature = signature_of(program)
    assert of(with_signature(program, signature, bytes(100))).trusted
    for more in (with_signature(program, signature, b"hidden"), program + b"x"):
        assert not of(more).trusted
        assert of(more, ALL).blocked == ("leaf",)


def test_a_blocked_certificate_is_found_in_a_broken_signature() -> None:
    program = sample("signed64.exe")
    kept = [field.whole for field in fields_of(signature_of(program))]
    for signers in (element(0x31), element(0x31, octets(b"x")), kept[-1][:2] + kept[-1][2:]):
        broken = with_signature(program, signed_data([*kept[:-1], signers]))
        assert of(broken, ALL).blocked == ("leaf",)


@pytest.mark.parametrize("count", [60, 1000])
def test_many_certificates_cost_little(count: int) -> None:
    program = sample("signed64.exe")
    fields = fields_of(signature_of(program))
    middle, leaf = (part.whole for part in fields[3].parts())
    # Different to us, equal to each other as issuers and subjects: each may have issued each.
    several = [_padded(middle, number) for number in range(1, count)]
    data = signed_data(
        [*(field.whole for field in fields[:3]), context(0, *several, leaf), fields[4].whole]
    )
    start = time.process_time()
    found = of(with_signature(program, data), ALL)
    assert time.process_time() - start < 5
    assert found.blocked == ("leaf",)
    assert found.trusted is (count == 60)


def _padded(certificate: bytes, count: int) -> bytes:
    """The certificate with its length written longer, which is still the same certificate."""
    body = certificate[4:]
    return b"\x30\x84" + len(body + bytes(count)).to_bytes(4, "big") + body + bytes(count)


def test_a_large_table_is_not_read() -> None:
    program = sample("signed64.exe")
    huge = with_signature(program, signature_of(program), bytes(_MOST_BYTES))
    assert of(huge) == Judgement()


def test_the_dump_is_what_rules_are_written_from() -> None:
    certificate = of(sample("signed64.exe")).certificates[0]
    shown = list(lines(certificate))
    leaf = rule("leaf")
    assert leaf.serial is not None
    assert shown[0] == "cert:"
    assert shown[1] == f"  subject: {leaf.subject.hex()}"
    assert shown[2] == f"  serial: {leaf.serial.hex()}"
    assert int(shown[3].removeprefix("  pubkey: "), 16) == leaf.modulus
    assert shown[4].endswith(" 1577836800->4733510400 code ")


@given(table=st.binary(max_size=400))
@settings(deadline=None, max_examples=150)
def test_any_table(table: bytes) -> None:
    assert not of(with_signature(SEEDS[0], table), ALL).trusted


@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.one_of(st.just(1.0), st.floats(0, 1)),
)
@settings(deadline=None, max_examples=300)
def test_changed_signatures(seed: bytes, changes: list[tuple[float, int]], cut: float) -> None:
    _, offset, _ = directory(seed)
    data = bytearray(seed)
    for place, value in changes:
        data[offset + int(place * (len(data) - offset - 1))] = value
    found = of(bytes(data[: offset + int(cut * (len(data) - offset))]), ALL)
    assert set(found.blocked) <= {"leaf", "past"}


@given(data=st.binary(max_size=300), header=st.integers(0, 400))
@settings(deadline=None, max_examples=150)
def test_any_program(data: bytes, header: int) -> None:
    program = b"MZ" + bytes(58) + header.to_bytes(4, "little") + data
    assert not of(program, ALL).trusted


def test_sequence_is_not_a_signature() -> None:
    assert of(with_signature(SEEDS[0], sequence())) == Judgement()


def test_elements_behind_those_that_are_known_cost_the_trust() -> None:
    program = sample("stamped32.exe")
    assert of(program).trusted
    fields = fields_of(signature_of(program))
    info = fields[-1].parts()[0].parts()
    assert info[-1].tag == 0xA1
    # Without its stamp the signature is just expired; hiding it under another tag is no way out.
    for now, last in ((NOW, b""), (1_600_000_000, element(0x0C, info[-1].content))):
        signer = sequence(*(part.whole for part in info[:-1]), last)
        kept = [field.whole for field in fields[:-1]]
        data = with_signature(program, signed_data([*kept, element(0x31, signer)]))
        assert not of(data, now=now).trusted


def test_algorithms_with_parameters_cost_the_trust() -> None:
    program = sample("signed64.exe")
    signature = signature_of(program)
    fields = fields_of(signature)
    signer = fields[-1].whole
    changed = signer.replace(b"\5\0", b"\x30\0", 1)
    assert changed != signer
    assert not of(with_signature(program, signature.replace(signer, changed))).trusted


def test_unknown_algorithms_do_not_hide_a_blocked_certificate() -> None:
    program = sample("signed64.exe")
    kept = [field.whole for field in fields_of(signature_of(program))]
    unknown = element(0x31, sequence(element(0x06, b"\x2a\x03")))
    data = with_signature(program, signed_data([kept[0], unknown, *kept[2:]]))
    assert of(data, ALL).blocked == ("leaf",)
    assert not of(data, rules("root")).trusted

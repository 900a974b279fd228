"""Chains of certificates: what is missing, what they may be used for, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from compat.pair import CLEAN, only
from trust.authority import BARE, CODE, FUTURE, PAST, ROOT, STAMP
from trust.signing import DIGESTS, PROGRAMS, sign

if TYPE_CHECKING:
    from compat.trust.conftest import Asking, Signed

FOUND = only("Found")
NO_AUTHORITY = "basicConstraints=CA:FALSE"
PURPOSES = {
    "code": CODE,
    "bare": BARE,
    "no usage": "basicConstraints=CA:FALSE\nextendedKeyUsage=codeSigning",
    "both": CODE + ",timeStamping",
    "code and any": CODE + ",anyExtendedKeyUsage",
    "time": STAMP,
    "mail": CODE.replace("codeSigning", "emailProtection"),
    "any": CODE.replace("codeSigning", "anyExtendedKeyUsage"),
    "commercial": CODE.replace("codeSigning", "msCodeCom"),
}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_purposes_of_the_signer(signed: Signed, ask: Asking, purpose: str) -> None:
    signer = signed.authority.issue(f"for {purpose}", signed.middle, PURPOSES[purpose])
    files = {"a.exe": signed.signed(signer, signed.middle)}
    trusted = purpose not in {"time", "mail", "any", "commercial"}
    assert ask.agree([signed.root_rule()], files)["a.exe"] == (CLEAN if trusted else FOUND)
    for usages in ("111", "110", "100", "011"):
        ask.agree([signer.rule("Leaf", trusted=1, usages=usages)], files)
    assert ask.agree([signer.rule("Leaf", trusted=0)], files)["a.exe"] == only("Leaf")


@pytest.mark.parametrize("digest", DIGESTS)
def test_digests(signed: Signed, ask: Asking, digest: str) -> None:
    signer = signed.authority.issue(f"leaf {digest}", signed.middle, CODE, digest=digest)
    files = {
        f"{used}-{name}": sign(program, signer, signed.middle, digest=used)
        for name, program in PROGRAMS.items()
        for used in (digest, "sha256")
    }
    assert set(ask.agree([signed.root_rule()], files).values()) == {CLEAN}


def test_what_stands_between(signed: Signed, ask: Asking) -> None:
    authority, root, middle = signed.authority, signed.root, signed.middle
    under_root = authority.issue("under root", root, CODE)
    alone = authority.issue("alone", None, CODE)
    files = {
        "missing.exe": signed.signed(signed.leaf),
        "root.exe": signed.signed(signed.leaf, middle, root),
        "short.exe": signed.signed(under_root),
        "short-root.exe": signed.signed(under_root, root),
        "alone.exe": signed.signed(alone),
    }
    for rules in (
        [signed.root_rule()],
        [root.rule("R", trusted=1)],
        [root.rule("R", trusted=1, serial="00" * 20)],
        [root.rule("R", trusted=0)],
        [middle.rule("M", trusted=1)],
        [middle.rule("M", trusted=1, serial="")],
        [middle.rule("M", trusted=0)],
        [alone.rule("A", trusted=1)],
    ):
        ask.agree(rules, files)
        ask.agree(rules, files, "--allmatch")


def test_long_chain(signed: Signed, ask: Asking) -> None:
    chain = [signed.root]
    for number in range(12):
        chain.append(signed.authority.issue(f"link {number}", chain[-1], ROOT))
    signer = signed.authority.issue("end", chain[-1], CODE)
    files = {"whole.exe": signed.signed(signer, *chain[1:])}
    assert ask.agree([signed.root_rule()], files)["whole.exe"] == CLEAN
    files = {"gap.exe": signed.signed(signer, *chain[1:4], *chain[5:])}
    assert ask.agree([signed.root_rule()], files)["gap.exe"] == FOUND


def test_cross_signed(signed: Signed, ask: Asking) -> None:
    authority, middle = signed.authority, signed.middle
    other = authority.issue("other root", None, ROOT)
    cross = authority.issue("cross", other, ROOT, subject="middle", key=middle.key)
    files = {
        "both.exe": signed.signed(signed.leaf, middle, cross),
        "cross.exe": signed.signed(signed.leaf, cross),
    }
    for rules in (
        [signed.root_rule()],
        [other.rule("O", trusted=1)],
        [middle.rule("M", trusted=0)],
        [middle.rule("M", trusted=0, serial="")],
        [cross.rule("C", trusted=0), signed.root_rule()],
    ):
        ask.agree(rules, files)


def test_other_keys(signed: Signed, ask: Asking) -> None:
    authority, middle = signed.authority, signed.middle
    curve = authority.issue(
        "curve", middle, CODE,
        key=authority.key("curve", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    )  # fmt: skip
    kinds = {
        "three": ("-pkeyopt", "rsa_keygen_pubexp:3"),
        "k1024": ("-pkeyopt", "rsa_keygen_bits:1024"),
        "k4096": ("-pkeyopt", "rsa_keygen_bits:4096"),
    }
    keys = {name: authority.key(name, "-algorithm", "RSA", *kind) for name, kind in kinds.items()}
    signers = {name: authority.issue(name, middle, CODE, key=key) for name, key in keys.items()}
    files = {f"{name}.exe": signed.signed(signer, middle) for name, signer in signers.items()}
    assert set(ask.agree([signed.root_rule()], files).values()) == {CLEAN}
    files = {
        "curve.exe": signed.signed(curve, middle),
        "beside.exe": signed.signed(signed.leaf, middle, curve),
    }
    names = ask.agree([signed.root_rule()], files)
    assert names == {"curve.exe": FOUND, "beside.exe": CLEAN}
    blocking = ask.agree([middle.rule("M", trusted=0)], files)
    assert set(blocking.values()) == {only("M")}


@pytest.mark.parametrize("valid", [PAST, FUTURE])
def test_dates_of_the_signer(signed: Signed, ask: Asking, valid: tuple[str, str]) -> None:
    signer = signed.authority.issue(f"valid {valid[0]}", signed.middle, CODE, valid=valid)
    files = {"a.exe": signed.signed(signer, signed.middle)}
    assert ask.agree([signed.root_rule()], files)["a.exe"] == FOUND
    assert ask.agree([signer.rule("Leaf", trusted=1)], files)["a.exe"] == FOUND
    assert ask.agree([signer.rule("Leaf", trusted=0)], files)["a.exe"] == only("Leaf")


NOT_ISSUERS = {
    "time": ROOT + "\nextendedKeyUsage=timeStamping",
    "lists only": ROOT.replace("keyCertSign,", ""),
    "leaf": CODE,
}


@pytest.mark.parametrize("profile", NOT_ISSUERS)
def test_who_may_not_issue(signed: Signed, ask: Asking, profile: str) -> None:
    issuer = signed.authority.issue(f"issuer {profile}", signed.root, NOT_ISSUERS[profile])
    signer = signed.authority.issue(f"under {profile}", issuer, CODE)
    files = {"a.exe": signed.signed(signer, issuer)}
    assert ask.agree([signed.root_rule()], files)["a.exe"] == FOUND


# What nacre refuses and ClamAV takes; each under its heading in docs/design/differences.md.


@pytest.mark.parametrize("profile", [BARE, NO_AUTHORITY, NO_AUTHORITY + "\nkeyUsage=keyCertSign"])
def test_no_authority_may_not_issue(signed: Signed, ask: Asking, profile: str) -> None:
    issuer = signed.authority.issue("no authority", signed.root, profile)
    signer = signed.authority.issue("under none", issuer, CODE)
    ask.stricter([signed.root_rule()], signed.signed(signer, issuer))


def test_path_length(signed: Signed, ask: Asking) -> None:
    short = ROOT.replace("CA:TRUE", "CA:TRUE,pathlen:0")
    issuer = signed.authority.issue("short", signed.root, short)
    below = signed.authority.issue("below", issuer, ROOT)
    signer = signed.authority.issue("under below", below, CODE)
    ask.stricter([signed.root_rule()], signed.signed(signer, issuer, below))
    signer = signed.authority.issue("under short", issuer, CODE)
    files = {"a.exe": signed.signed(signer, issuer)}
    assert ask.agree([signed.root_rule()], files)["a.exe"] == CLEAN


@pytest.mark.parametrize("valid", [PAST, FUTURE])
def test_dates_of_the_issuer(signed: Signed, ask: Asking, valid: tuple[str, str]) -> None:
    issuer = signed.authority.issue(f"issuer {valid[0]}", signed.root, ROOT, valid=valid)
    signer = signed.authority.issue("under other dates", issuer, CODE)
    ask.stricter([signed.root_rule()], signed.signed(signer, issuer))


def test_usage_of_the_signer(signed: Signed, ask: Asking) -> None:
    profile = CODE.replace("digitalSignature", "keyEncipherment")
    signer = signed.authority.issue("encipherment", signed.middle, profile)
    program = signed.signed(signer, signed.middle)
    ask.stricter([signed.root_rule()], program)
    # A rule that names the certificate says more than the certificate does.
    assert ask.agree([signer.rule("L", trusted=1)], {"a.exe": program})["a.exe"] == CLEAN


def test_unknown_critical_extension(signed: Signed, ask: Asking) -> None:
    profile = CODE + "\n1.2.3.4.5=critical,ASN1:UTF8String:x"
    signer = signed.authority.issue("critical", signed.middle, profile)
    ask.stricter([signed.root_rule()], signed.signed(signer, signed.middle))

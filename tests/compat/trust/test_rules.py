"""Rules that fit a certificate and near misses, trusting and blocking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from compat.pair import CLEAN, only

if TYPE_CHECKING:
    from compat.trust.conftest import Asking, Signed

FOUND = only("Found")

# What is unlike the certificate in a rule, and whether the rule still fits a leaf, the root that
# issued it, and one that blocks.
VARIANTS: dict[str, tuple[dict[str, str], bool, bool, bool]] = {
    "exact": ({}, True, True, True),
    "any serial": ({"serial": ""}, True, True, True),
    "other serial": ({"serial": "00" * 20}, False, True, False),
    "other subject": ({"subject": "00" * 20}, False, False, False),
    "other key": ({"key": "c0ffee" * 40}, False, False, False),
    "no code": ({"usages": "011"}, False, False, True),
    "no time": ({"usages": "101"}, True, True, True),
    "no certificates": ({"usages": "110"}, True, False, True),
    "only certificates": ({"usages": "001"}, False, False, True),
    "begins before": ({"not_before": "1577836800"}, True, True, True),
    "begins after": ({"not_before": "1577836801"}, False, True, True),
    "number with more": ({"not_before": " 17x"}, True, True, True),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_trusted_leaf(signed: Signed, ask: Asking, variant: str) -> None:
    unlike, fits, _, _ = VARIANTS[variant]
    names = ask.agree([_rule(signed, "leaf", 1, unlike)], signed.files)
    assert set(names.values()) == {CLEAN if fits else FOUND}


@pytest.mark.parametrize("variant", VARIANTS)
def test_trusted_root(signed: Signed, ask: Asking, variant: str) -> None:
    unlike, _, fits, _ = VARIANTS[variant]
    names = ask.agree([_rule(signed, "root", 1, unlike)], signed.files)
    assert set(names.values()) == {CLEAN if fits else FOUND}


@pytest.mark.parametrize("which", ["leaf", "middle"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_blocked(signed: Signed, ask: Asking, variant: str, which: str) -> None:
    unlike, _, _, fits = VARIANTS[variant]
    names = ask.agree([_rule(signed, which, 0, unlike)], signed.files)
    assert set(names.values()) == {only("Rule") if fits else FOUND}


def test_a_root_that_is_not_there_is_not_blocked(signed: Signed, ask: Asking) -> None:
    rules = [signed.root.rule("Rule", trusted=0, serial=""), signed.middle.rule("M", trusted=1)]
    assert set(ask.agree(rules, signed.files).values()) == {CLEAN}


@pytest.mark.parametrize("options", [(), ("--allmatch",)])
def test_blocked_and_trusted(signed: Signed, ask: Asking, options: tuple[str, ...]) -> None:
    leaf, middle = signed.leaf, signed.middle
    blocks = [leaf.rule("Leaf", trusted=0), middle.rule("Middle", trusted=0)]
    for rules in (
        [*blocks, signed.root_rule()],
        [signed.root_rule(), *blocks],
        [leaf.rule("T", trusted=1), blocks[0]],
        [leaf.rule("T", trusted=1), blocks[1]],
        [leaf.rule("PUA.Cert.Leaf", trusted=0), signed.root_rule()],
        [leaf.rule("PUA.Cert.Leaf", trusted=0)],
        [leaf.rule("With Blank (Clam)", trusted=0)],
    ):
        ask.agree(rules, signed.files, *options)


def test_the_newest_of_blocking_rules(signed: Signed, ask: Asking) -> None:
    leaf = signed.leaf
    wide = leaf.rule("Wide", trusted=0, serial="")
    narrow, again = leaf.rule("Narrow", trusted=0), leaf.rule("Again", trusted=0)
    for rules, name in (
        ([wide, narrow], "Wide"),
        ([narrow, wide], "Wide"),
        ([narrow, again], "Narrow"),
        ([again, narrow], "Again"),
    ):
        assert set(ask.agree(rules, signed.files).values()) == {only(name)}


def test_several_rules_about_one_root(signed: Signed, ask: Asking) -> None:
    usages = ("111", "101", "011")
    for one in usages:
        for other in usages:
            rules = [
                signed.root.rule("A", trusted=1, serial="", usages=one),
                signed.root.rule("B", trusted=1, serial="", usages=other),
            ]
            ask.agree(rules, {"p32.exe": signed.files["p32.exe"]})


def test_options(signed: Signed, ask: Asking) -> None:
    rules = [signed.root_rule()]
    assert set(ask.agree(rules, signed.files, "--nocerts").values()) == {FOUND}
    assert set(ask.agree(rules, signed.files, "--scan-pe=no").values()) == {CLEAN}
    assert set(ask.agree(rules, signed.files, "--dumpcerts").values()) == {CLEAN}
    blocking = [signed.leaf.rule("Leaf", trusted=0)]
    assert set(ask.agree(blocking, signed.files, "--nocerts").values()) == {FOUND}


def test_ignore_lists_do_not_name_rules(signed: Signed, ask: Asking) -> None:
    rules = [("x.crb", signed.leaf.rule("Leaf", trusted=0)), ("x.ign2", "Leaf")]
    names = ask.pair.agree(rules, signed.files)
    assert set(names.values()) == {only("Leaf")}


def _rule(signed: Signed, which: str, trusted: int, unlike: dict[str, Any]) -> str:
    certificate = {"leaf": signed.leaf, "middle": signed.middle, "root": signed.root}[which]
    return certificate.rule("Rule", trusted=trusted, **unlike)


FIELDS = ("N", "1", "0" * 40, "", "c0ffee", "010001", "1", "1", "1", "", "c")
CHANGES = {
    0: ["", " ", "A (Clam)"],
    1: ["", "0", "2", "01", "10", "1x", "x", "-1"],
    2: ["", "0" * 39, "0" * 42, "A" * 40, "z" * 40],
    3: ["0", "0" * 40, "z" * 40],
    4: ["", "0", "00", "1", "zz", "1z", "z1", "-1", " 1", "0x11", "f" * 4096],
    5: ["", "zz"],
    6: ["", "2", "01", "10", "x"],
    7: ["", "2", "01", "x"],
    8: ["", "2", "01", "x"],
    9: ["x", "-1", "99999999999999999999999", "+5"],
    10: ["", "c;51", "c;51;255", "c;51;255;x", "c;999", "c;999;x", "c;x", "c;51;1", "c;51;", "a;b"],
}


@pytest.mark.parametrize("field", CHANGES)
def test_lines(ask: Asking, field: int) -> None:
    for change in CHANGES[field]:
        fields = list(FIELDS)
        fields[field] = change
        # Which of them load is compared by `agree`: codes of 2 must be the same.
        _load(ask, ";".join(fields))


@pytest.mark.parametrize("line", ["", "#x", " #x", "  ", "a;1;b", ";".join(FIELDS[:10])])
def test_other_lines(ask: Asking, line: str) -> None:
    _load(ask, line)


def _load(ask: Asking, line: str) -> None:
    pair = ask.pair
    probe = pair.folder / "probe"
    probe.write_bytes(b"\0\1\0\1nothing")
    database = pair.folder / "lines"
    database.mkdir(exist_ok=True)
    (database / "x.crb").write_text(f"{line}\n")
    (database / "x.ndb").write_text("Found:0:*:0102030405060708\n")
    codes = {side: side.scan(database, [probe]).code for side in (pair.peer, pair.ours)}
    assert codes[pair.peer] == codes[pair.ours], line

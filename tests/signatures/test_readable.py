from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.signatures import BY_SUFFIX
from nacre.signatures.readable import readable

MD5 = "d23e77e8c92f3b7555c772646cdbba96"
NAMELESS = {"info"}
"""Types whose entries have no name."""
LINES = st.text("0123456789abcdefABCDEF:;,-*?()[]{}|!$/#<>=&+.ESTV _\n", max_size=80)


def told(suffix: str, line: str) -> list[tuple[str, str, str]]:
    module = readable(suffix)
    assert module is not None
    return [(fact.label, fact.text, fact.note) for fact in module.facts(line, suffix)]


def test_every_type_with_names_can_be_shown() -> None:
    assert {suffix for suffix in BY_SUFFIX if readable(suffix) is None} == NAMELESS


@pytest.mark.parametrize(
    ("suffix", "line", "name"),
    [
        ("hdb", f"{MD5}:5:A-1", "A-1"),
        ("mdb", f"5:{MD5}:A-1:73", "A-1"),
        ("imp", f"{MD5}:*:A-1", "A-1"),
        ("db", "A-1 (Clam)=414243", "A-1"),
        ("ndb", "A-1:0:*:414243", "A-1"),
        ("ldb", "A-1;Target:0;0;414243", "A-1"),
        ("cdb", "A-1:*:*:*:*:*:*:*:*:*", "A-1"),
        ("rmd", "A-1:*:*:*:*:*:*:*:*", "A-1"),
        ("idb", "A-1:G1:G2:20" + "0" * 122, "A-1"),
        ("ftm", "0:0:504b:A zip:CL_TYPE_ANY:CL_TYPE_ZIP", "A zip"),
        ("ign", "x:y:A-1", "A-1"),
        ("ign2", f"A-1:{MD5}", "A-1"),
        ("ign2", "x:y:A-1", "A-1"),
        ("crb", "A-1;1;aa;;00;;1;1;1;;", "A-1"),
        ("pwdb", "A-1;Engine:81-255;0;pass", "A-1"),
        ("cfg", "PE:0x10", "PE"),
        ("pdb", "H:example.com:20-", "example.com"),
        ("pdb", "R:.+\\.example\\.com:x:20-30", ".+\\.example\\.com:x"),
        ("gdb", "S2:F:" + 32 * "ab", 32 * "ab"),
        ("gdb", "S:P:aabbccdd", "aabbccdd"),
        ("wdb", "M:real.com:shown.com", "real.com"),
        ("wdb", "X:abc:def:17-", "abc:def"),
        ("cat", 20 * "ab", 20 * "ab"),
        ("yar", "rule A_1 { condition: true }", "YARA.A_1"),
    ],
)
def test_names(suffix: str, line: str, name: str) -> None:
    module = readable(suffix)
    assert module is not None
    assert module.name(line, suffix) == name
    assert list(module.facts(line, suffix))


def test_a_body_signature() -> None:
    assert told("ndb", "A:1:EP-5,20:4d5a90*??6?(6161|62)!(B){3}41{5-}[2-4]4142:51:100") == [
        ("target", "1", "Windows programs (PE)"),
        ("offset", "EP-5,20", "5 bytes before the entry point, or up to 20 bytes later"),
        ("pattern", "4d5a90", '"MZ."'),
        ("", "*", "any gap"),
        ("", "??", "any byte"),
        ("", "6?", "a byte whose high half is 6"),
        ("", "(6161|62)", 'one of: "aa", "b"'),
        ("", "!(B)", "not a word boundary"),
        ("", "{3}", "3 bytes"),
        ("", "41", '"A"'),
        ("", "{5-}", "5 bytes or more"),
        ("", "[2-4]", "2 to 4 bytes"),
        ("", "4142", '"AB"'),
        ("levels", "51-100", "engine levels 51 to 100 (not this one, 216)"),
    ]


def test_a_logical_signature() -> None:
    line = (
        "A;Engine:81-255,FileSize:1-9,Container:CL_TYPE_ANY,Target:7;(0&1)>2,2|3=0|4<5;"
        "616263::iw;EOF-9:6162;0(<<3#dl2#=1);${3-9}7$;0&1/a;b/gs"
    )
    assert told("ldb", line) == [
        ("levels", "81-255", "engine levels 81 to 255 (this is 216)"),
        ("file size", "1-9", "1 to 9 bytes"),
        ("container", "CL_TYPE_ANY", "not inside anything"),
        ("target", "7", "text, normalised"),
        (
            "matches if",
            "(0&1)>2,2|3=0|4<5",
            "(0 and 1) more than 2 times in all, 2 or more of them or no 3 or 4 less than 5 times",
        ),
        ("0", "616263", '"abc"'),
        ("", "::iw", "in any case, wide: a zero byte behind each"),
        ("1", "EOF-9:", "9 bytes before the end"),
        ("", "6162", '"ab"'),
        (
            "2",
            "0(<<3#dl2#=1)",
            "2 bytes of decimal digits, little-endian, 3 bytes before 0, is 1",
        ),
        ("3", "${3-9}7$", "macro group 7, 3 to 9 bytes behind the one before"),
        ("4", "0&1", "looked for once 0 and 1 is true"),
        ("", "/a;b/gs", "a regular expression: all matches, a dot is any byte"),
    ]


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        ("*", "anywhere"),
        ("", "at offset 0"),
        ("12", "at offset 12"),
        ("EOF-1", "1 byte before the end"),
        ("EP+0", "at the entry point"),
        ("S3+16", "16 bytes into section 3"),
        ("S0+0", "at the start of section 0"),
        ("SL+2", "2 bytes into the last section"),
        ("SE1", "anywhere in section 1"),
        ("VI", "at a key of the version information"),
        ("$5$", "anywhere, for macro group 5: never alerts by itself"),
        ("XY", "no valid offset"),
    ],
)
def test_offsets(offset: str, words: str) -> None:
    assert told("ndb", f"A:1:{offset}:4142")[1] == ("offset", offset, words)


def test_what_repeats_and_what_is_long() -> None:
    assert told("db", "A=" + "!(00)" * 30 + "41" * 20)[1:] == [
        ("pattern", "!(00)", "none of: 00, 30 times"),
        ("", "41" * 16, '"AAAAAAAAAAAAAAAA"'),
        ("", "41" * 4, '"AAAA"'),
    ]
    rows = told("db", f"A=({'61' * 30}|62)4142")[1:]
    assert [row[1] for row in rows] == ["(", f"  {'61' * 19}6… |", "  62 )", "4142"]


def test_switches_and_passwords() -> None:
    assert told("cfg", "MAIL:0x2:1:255")[:2] == [("off", "0x1", "mail"), ("on", "0x2", "TNEF")]
    assert told("pwdb", "n;Target:0;1;7061")[1] == ("password", "7061", "in hex")


@given(st.sampled_from(sorted(set(BY_SUFFIX) - NAMELESS)), LINES)
def test_any_line_is_told_or_malformed(suffix: str, line: str) -> None:
    module = readable(suffix)
    assert module is not None
    try:
        module.name(line, suffix)
        list(module.facts(line, suffix))
    except (ValueError, IndexError, KeyError):
        pass


def test_an_icon() -> None:
    areas = "a121208a0109149eb1300" + "79806028a80e118aa0111" + "d00f04" * 12
    shown = told("idb", f"A:G1:G2:20{areas}22212056")
    assert shown[:4] == [
        ("icon group 1", "G1", "what IconGroup1 of logical signatures asks for"),
        ("icon group 2", "G2", "what IconGroup2 of logical signatures asks for"),
        ("side", "20", "32 pixels wide and high, once scaled"),
        ("coloured", areas[:21], "most coloured areas: 2578 at 18/8, 2561 at 9/20, 2539 at 19/0"),
    ]
    assert shown[8:] == [
        ("plain", "d00f04" * 3, "areas with least structure: " + ", ".join(["208 at 15/4"] * 3)),
        ("shares", "222120", "34 red, 33 green, 32 blue of a hundred"),
        ("colours", "56", "86 of a hundred pixels are coloured"),
    ]
    assert told("idb", f"A:::20{areas}00000000")[3][2].startswith("further areas with most")

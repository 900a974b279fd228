"""Rows about what the strings of a rule look for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.language.element import changed
from compat.yara.case import row

if TYPE_CHECKING:
    from compat.yara.case import Case, Rules

ANY = "any of them"


def wide(text: bytes) -> bytes:
    return bytes(byte for letter in text for byte in (letter, 0))


def quoted(data: bytes) -> str:
    """A text string of any bytes."""
    named = {9: "\\t", 10: "\\n", 34: '\\"', 92: "\\\\"}
    return (
        '"' + "".join(named.get(b, chr(b) if 32 <= b < 127 else f"\\x{b:02x}") for b in data) + '"'
    )


def near(d: Rules, *right: bytes) -> list[bytes]:
    """Files with each of `right` in them, and each of them narrowly wrong."""
    wrong = [changed(d.rng, data) for data in right]
    return [d.draw.file(data) for data in (*right, *wrong)]


@row("text")
def text(d: Rules) -> Case:
    word = d.word()
    return d.rule(ANY, near(d, word.encode(), d.word().encode() + word.encode()), a=f'"{word}"')


@row("text-escapes")
def escapes(d: Rules) -> Case:
    data = bytes(d.rng.choice([0, 9, 10, 13, 34, 47, 92, 97, 127, 200, 255]) for _ in range(6))
    return d.rule(ANY, near(d, data, data + b"x"), a=quoted(data))


@row("text-nocase")
def nocase(d: Rules) -> Case:
    word = d.word()
    mixed = "".join(d.rng.choice((c, c.upper())) for c in word)
    return d.rule(
        ANY, near(d, word.upper().encode(), mixed.encode(), word.encode()), a=f'"{mixed}" nocase'
    )


@row("text-wide")
def wide_text(d: Rules) -> Case:
    word = d.word().encode()
    modifiers = d.pick("wide", "wide ascii", "ascii wide nocase", "ascii")
    files = [
        *near(d, wide(word)),
        d.draw.file(word),
        d.draw.file(wide(word), word),
        d.draw.file(word + b"\0"),
    ]
    return d.rule(d.pick(ANY, "#a == 2", "#a == 1"), files, a=f"{quoted(word)} {modifiers}")


@row("text-fullword")
def fullword(d: Rules) -> Case:
    word = d.word().encode()
    modifiers = d.pick("fullword", "fullword nocase", "fullword wide", "fullword wide ascii")
    form = wide(word) if "wide" in modifiers else word
    sides = [b" ", b"_", b"\0", b"x", b"7", b"\xe9", b"."]
    files = [d.draw.file(d.rng.choice(sides) + form + d.rng.choice(sides)) for _ in range(6)]
    files += [d.draw.first(form + b" "), d.draw.last(b" " + form), d.draw.file(b"-" + form + b"-")]
    return d.rule(ANY, files, a=f"{quoted(word)} {modifiers}")


@row("hex")
def hex_plain(d: Rules) -> Case:
    data = d.rng.randbytes(d.rng.randint(2, 8))
    digits = data.hex(" ") if d.rng.random() < 0.5 else data.hex().upper()
    return d.rule(ANY, near(d, data + b"zz", b"q" + data), a=f"{{ {digits} }}")


@row("hex-nibbles")
def nibbles(d: Rules) -> Case:
    head, tail = d.rng.randbytes(3), d.rng.randbytes(3)
    byte = d.rng.randrange(256)
    unit = d.pick(f"{byte >> 4:x}?", f"?{byte & 15:x}", "??")
    tries = [bytes([byte]), bytes([byte ^ 0x0F]), bytes([byte ^ 0xF0]), b"", bytes([byte, byte])]
    return d.rule(
        ANY,
        [d.draw.file(head + middle + tail) for middle in tries],
        a=f"{{ {head.hex()} {unit} {tail.hex()} }}",
    )


@row("hex-jump")
def jump(d: Rules) -> Case:
    head, tail = d.rng.randbytes(3), d.rng.randbytes(3)
    low = d.rng.choice((0, 1, 2, 5, 30))
    high = low + d.rng.randint(1, 40)
    written = d.pick(
        f"[{low}-{high}]",
        f"[{max(low, 1)}]",
        f"[{low}-]",
        f"[-{high}]",
        "[-]",
        f"[ {low} - {high} ]",
    )
    sizes = {max(low - 1, 0), low, max(low, 1), high, high + 1}
    files = [d.draw.file(head + d.rng.randbytes(size) + tail) for size in sizes]
    files.append(d.draw.file(tail, head))
    return d.rule(ANY, files, a=f"{{ {head.hex()} {written} {tail.hex()} }}")


@row("hex-jumps")
def jumps(d: Rules) -> Case:
    parts = [d.rng.randbytes(2) for _ in range(3)]
    low, high = d.rng.randint(0, 3), d.rng.randint(4, 9)
    inner = "[1-4]" if d.rng.random() < 0.5 else "[3]"
    written = f"{{ {parts[0].hex()} {inner} {parts[1].hex()} [{low}-{high}] {parts[2].hex()} }}"
    files = [
        d.draw.file(parts[0] + bytes(one) + parts[1] + bytes(two) + parts[2])
        for one, two in ((3, low), (3, high), (1, high + 1), (5, low), (2, high), (3, 20))
    ]
    return d.rule(ANY, files, a=written)


@row("hex-alternatives")
def alternatives(d: Rules) -> Case:
    head, tail = d.rng.randbytes(3), d.rng.randbytes(3)
    members = [d.rng.randbytes(d.rng.randint(1, 3)) for _ in range(d.rng.randint(2, 4))]
    if d.rng.random() < 0.3:
        members = [member[:1] for member in members]
    written = " | ".join(member.hex(" ") for member in members)
    if d.rng.random() < 0.3:
        written = f"{written} | ( 4? 41 | 42 43 44 45 )"
    tries = [*members, b"\x49\x41", b"BCDE", d.rng.randbytes(4), b"", members[0] + members[0]]
    return d.rule(
        ANY,
        [d.draw.file(head + middle + tail) for middle in tries],
        a=f"{{ {head.hex()} ({written}) {tail.hex()} }}",
    )


@row("regex")
def regex(d: Rules) -> Case:
    one, two = d.words(2)
    pattern, fits, fails = d.rng.choice(
        [
            (f"{one}.{two}", f"{one}7{two}", f"{one}{two}"),
            (f"{one}\\d+{two}", f"{one}123{two}", f"{one}12a{two}"),
            (f"({one}|{two})!{{2,3}}x", f"{two}!!x", f"{one}!x"),
            (f"[a-f]{{3}}{one}", f"abc{one}", f"abz{one}"),
            (f"{one}(?={two})", f"{one}{two}", f"{one}-{two}"),
            (f"{one}\\/{two}", f"{one}/{two}", f"{one}\\{two}"),
            (f"{one}\\x00?\\.{two}", f"{one}.{two}", f"{one}x{two}"),
            (f"(?i){one}:{two}", f"{one.upper()}:{two}", f"{one}{two}"),
            (f"({one[:2]}).{{1,4}}\\1", f"{one[:2]}zz{one[:2]}", f"{one[:2]}zzzzzz{one[:2]}"),
        ]
    )
    files = [
        d.draw.file(data.encode()) for data in (fits, fails, f"{fails} {fits}", f"{fits}{fails}")
    ]
    return d.rule(d.pick(ANY, "#a == 1", "$a and @a > 4"), files, a=f"/{pattern}/")


@row("regex-anchors")
def anchors(d: Rules) -> Case:
    word = d.word()
    pattern = d.pick(
        f"^{word}", f"{word}$", f"\\A{word}", f"{word}\\z", f"\\b{word}\\b", f"{word}\\s"
    )
    files = [
        d.draw.first(word.encode() + b"  "),
        d.draw.last(word.encode()),
        d.draw.last(word.encode() + b"\n"),
        d.draw.file(b" " + word.encode() + b" "),
        d.draw.file(b"x" + word.encode() + b"x"),
    ]
    return d.rule(ANY, files, a=f"/{pattern}/")


@row("text-copies")
def text_copies(d: Rules) -> Case:
    """Texts are matched twice; numbers are read from what they were."""
    word, other = d.words(2)
    condition = d.pick(
        "$a and filesize > 40",
        "$a and uint8(0) == 88",
        "$a and uint8(0) == 120",
        "@a < 20",
        "#a == 2",
        "$a at 5",
        "$a and $b",
    )
    files = [
        f"X   \n {word} {other}\n".encode(),
        f"X   \n {word.upper()} {other} {word}  {word.upper()} {'z' * 30}\n".encode(),
        f"x    {other}   {word}\n\n\n{'y ' * 20}\n".encode(),
        f"<html><body>X {word} <b>{other.upper()}</b> {'y ' * 20}{word}</body></html>\n".encode(),
    ]
    second = f'"{other}"' if "$b" in condition else None
    strings = {"a": f'"{word}"'} | ({"b": second} if second else {})
    return d.rule(condition, files, **strings)

"""Rows about conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.yara.case import row

if TYPE_CHECKING:
    from compat.yara.case import Case, Rules


NUMBERS = """0; 1; 2; 3; 5; 17; 255; 1024; 70000; 0x10; 0xff; 0x1000; 1KB; filesize; #a; #b; @a;
    @b[1]; @a[2]; @b[3]; entrypoint; uint8(0); uint16(1); int32(0); uint8(@a); uint32(@b);
    int8(@a + 1); int16(99999); uint8(0 - 1)"""
TRUTHS = """$X; $X; #X > 1; #X == 1; @X < 40; $X in (4..30); filesize > SIZE; any of them;
    2 of them; all of them; true; false; #X; @X; uint8(@X) > 109; not @X"""
STRING_BODIES = """$; # > 1; # == 1; $ in (0..40); @ > 30; @[2] > 30; $ and filesize > 60;
    $ at @a; #; for any i in (1..#) : (@[i] > 40); not $; $a or $"""
NUMBER_BODIES = """@a[i] > 30; uint8(i) == uint8(i + 1); i == 2; i; @b[i] > @a[i]; i % 2 == 0;
    $a at i; i > 1 and $b; for any j in (1..2) : (@b[j] > 20 + i); uint16(i) < uint16(i + 1)"""


def planted(d: Rules, words: list[str], rounds: int = 8) -> list[bytes]:
    """Files with any of `words` in them, in any order and number."""
    files = []
    for _ in range(rounds):
        some = [d.rng.choice(words).encode() for _ in range(d.rng.randint(0, 5))]
        files.append(d.draw.file(*some))
    return files


def named(words: list[str]) -> dict[str, str]:
    return {"abcdefgh"[index]: f'"{word}"' for index, word in enumerate(words)}


def number(d: Rules, depth: int = 2) -> str:
    """A number that may be undefined, with what may be read and calculated."""
    if depth == 0 or d.rng.random() < 0.25:
        return d.either(NUMBERS)
    sign = d.pick("+", "-", "*", "&", "|", "^", "<<", ">>")
    if sign in ("<<", ">>"):
        return f"({number(d, depth - 1)} {sign} {d.rng.randint(0, 70)})"
    if d.rng.random() < 0.15:
        return f"({number(d, depth - 1)} {d.pick('%', chr(92))} {d.rng.randint(1, 9)})"
    if d.rng.random() < 0.1:
        return f"~{number(d, 0)}"
    return f"({number(d, depth - 1)} {sign} {number(d, depth - 1)})"


def flat(d: Rules) -> str:
    """Operators without brackets, for precedence."""
    parts = [str(d.rng.randint(0, 9))]
    for _ in range(d.rng.randint(2, 5)):
        sign = d.pick("+", "-", "*", "&", "|", "^", "<<", ">>", "\\", "%")
        parts += [sign, str(d.rng.randint(1, 9))]
    return " ".join(parts)


def truth(d: Rules, names: str, depth: int = 3) -> str:
    """Any condition over strings of these one-letter names."""
    if depth == 0 or d.rng.random() < 0.2:
        size = str(d.rng.randint(10, 150))
        return d.either(TRUTHS).replace("X", d.rng.choice(names)).replace("SIZE", size)
    one, two, three = (truth(d, names, depth - 1) for _ in range(3))
    return d.pick(
        f"({one}) and ({two})",
        f"({one}) or ({two})",
        f"{one} and {two} or {three}",
        f"not ({one})",
        loop(d, names),
    )


def loop(d: Rules, names: str) -> str:
    body = d.pick("$", "# > 1", "@ > 20", "$ in (0..50)", f"$ and {truth(d, names, 0)}")
    return f"for {d.pick('any', 'all', '2')} of ($a, $b, $c) : ({body})"


def using_all(condition: str, names: str) -> str:
    """The condition with every string named, as the language wants it."""
    return f"({condition}) and ({' or '.join('$' + name for name in names)} or true)"


@row("logic")
def logic(d: Rules) -> Case:
    words = d.words(3)
    return d.rule(using_all(truth(d, "abc"), "abc"), planted(d, words), **named(words))


@row("comparisons")
def comparisons(d: Rules) -> Case:
    words = d.words(2)
    sign = d.pick("==", "!=", "<", ">", "<=", ">=")
    condition = using_all(f"{number(d)} {sign} {number(d)}", "ab")
    return d.rule(condition, planted(d, words), **named(words))


@row("precedence")
def precedence(d: Rules) -> Case:
    word = d.word()
    sign = d.pick("==", "<", ">", "<=")
    condition = f"$a and {flat(d)} {sign} {flat(d)}"
    return d.rule(condition, planted(d, [word], 4), a=f'"{word}"')


@row("bits-of-truth")
def bits(d: Rules) -> Case:
    """Numbers as truths: `and` and `or` are bitwise."""
    words = d.words(2)
    parts = [d.pick("#a", "#b", "@a", "filesize", "3", "$a", "@b[2]", "uint8(4)") for _ in range(3)]
    condition = f"{parts[0]} {d.pick('and', 'or')} {parts[1]} {d.pick('and', 'or')} {parts[2]}"
    if d.rng.random() < 0.3:
        whole = using_all(f"1 == 1 and ({condition})", "ab")
    else:
        whole = f"({condition}) or #a > 90 or #b > 90"
    return d.rule(whole, planted(d, words), **named(words))


@row("count")
def count(d: Rules) -> Case:
    word = d.word(2, 4)
    sign = d.pick("==", "!=", "<", ">", "<=", ">=")
    files = [d.draw.file(*[word.encode()] * times) for times in range(5)]
    files.append(d.draw.file(b"a" * 9))
    text = d.pick(word, word, "aaaa")
    turned = d.rng.random() < 0.3
    condition = f"3 {sign} #a" if turned else f"#a {sign} {d.rng.randint(0, 6)}"
    return d.rule(condition, files, a=f'"{text}"')


@row("offset")
def offset(d: Rules) -> Case:
    word = d.word().encode()
    where = d.rng.randint(4, 60)
    files = [d.draw.at(where + shift, word) for shift in (-1, 0, 1)]
    files += [data + word for data in files]
    index = d.pick("", "[1]", "[2]", "[#a]", "[0]", "[3 - 1]")
    sign = d.pick("==", "<=", ">", "!=")
    return d.rule(f"@a{index} {sign} {where}", files, a=f'"{word.decode()}"')


@row("at")
def at(d: Rules) -> Case:
    word = d.word().encode()
    where = d.rng.randint(4, 60)
    files = [d.draw.at(where + shift, word) for shift in (-1, 0, 1)]
    files += [d.draw.last(word), d.draw.file(word), word + d.draw.file(word)]
    place = d.pick(
        str(where),
        f"{where - 2} + 2",
        "0",
        f"filesize - {len(word)}",
        "@a[1]",
        "#a + 3",
        "entrypoint",
    )
    return d.rule(
        f"$a at {place}",
        files,
        a=d.pick(f'"{word.decode()}"', f"/{word.decode()}/", f'"{word.decode()}" wide ascii'),
    )


@row("at-of-gaps")
def at_of_gaps(d: Rules) -> Case:
    one, two = d.rng.randbytes(3), d.rng.randbytes(3)
    where = d.rng.randint(4, 30)
    files = [d.draw.at(where + shift, one + b"zzz" + two) for shift in (-1, 0, 1)]
    files += [d.draw.at(where, one + two), d.draw.at(where, one + one + b"zz" + two + two)]
    gap = d.pick("[1-5]", "[-]", "[2-]")
    condition = d.pick(
        f"$a at {where}",
        f"$a in ({where}..{where + 3})",
        f"@a[1] == {where}",
        f"@a[2] == {where}",
        "#a == 2",
    )
    return d.rule(condition, files, a=f"{{ {one.hex()} {gap} {two.hex()} }}")


@row("in")
def within(d: Rules) -> Case:
    word = d.word().encode()
    low = d.rng.randint(4, 40)
    high = low + d.rng.randint(0, 20)
    files = [d.draw.at(place, word) for place in (max(low - 1, 0), low, high, high + 1)]
    files.append(files[0] + word)
    bounds = d.pick(
        f"{low}..{high}",
        f"{low} .. {high - 1} + 1",
        f"0..{low}",
        f"{low}..filesize",
        f"@a..{high}",
        f"{high}..{low}",
    )
    return d.rule(f"$a in ({bounds})", files, a=f'"{word.decode()}"')


@row("filesize")
def filesize(d: Rules) -> Case:
    word = d.word()
    size = d.rng.choice((100, 1023, 1024, 1025, 5000))
    files = [d.draw.at(20, word.encode(), size + shift) for shift in (-1, 0, 1)]
    sign = d.pick("==", "<", ">", "<=", ">=", "!=")
    bound = d.pick(str(size), "1KB", f"{size - 1} + 1", f"(1 << {size.bit_length()})")
    return d.rule(f"$a and filesize {sign} {bound}", files, a=f'"{word}"')


@row("reads")
def reads(d: Rules) -> Case:
    word = d.word()
    kind = d.pick("int8", "int16", "int32", "uint8", "uint16", "uint32")
    width = int(kind.strip("uint")) // 8
    values = [d.rng.randbytes(width) for _ in range(2)] + [b"\xff" * width, bytes(width)]
    files = [d.draw.at(10, value, 60) + word.encode() + b"...." for value in values]
    chosen = int.from_bytes(values[0], "little", signed=not kind.startswith("u"))
    shown = str(chosen) if chosen >= 0 else f"0 - {-chosen}"
    place = d.pick("10", "5 + 5", "@a - 50", "uint8(0) + 10")
    sign = d.pick("==", "!=", "<", ">")
    return d.rule(f"$a and {kind}({place}) {sign} {shown}", files, a=f'"{word}"')


@row("of")
def of(d: Rules) -> Case:
    words = d.words(4)
    quantifier = d.pick("any", "all", "2", "3", "4", "(1 + 1)", "#a", "0", "@a - @a + 2")
    strings = {"a1": words[0], "a2": words[1], "b": words[2], "a": words[3]}
    chosen = d.pick("them", "($a*)", "($a1, $b)", "($a1, $a2, $b)", "($*)", "($a1, $a1)")
    condition = f"{quantifier} of {chosen} and ($a1 or $a2 or $b or $a or true)"
    return d.rule(
        condition, planted(d, words), **{name: f'"{word}"' for name, word in strings.items()}
    )


@row("anonymous")
def anonymous(d: Rules) -> Case:
    words = d.words(3)
    declared = " ".join(f'$ = "{word}"' for word in words)
    condition = d.pick("any of them", "2 of them", "all of them", "for 2 of them : (# == 1)")
    return d.case(f"rule NAME {{ strings: {declared} condition: {condition} }}", planted(d, words))


@row("for-of")
def for_of(d: Rules) -> Case:
    words = d.words(3)
    body = d.either(STRING_BODIES)
    quantifier = d.pick("any", "all", "2", "3", "0", "#a")
    chosen = d.pick("them", "($a, $b)", "($*)")
    condition = using_all(f"for {quantifier} of {chosen} : ({body})", "abc")
    return d.rule(condition, planted(d, words), **named(words))


@row("for-range")
def for_range(d: Rules) -> Case:
    words = d.words(2)
    bounds = d.pick("1..#a", "1..3", "0..2", "5..1", "2..2", "0..filesize - 5", "#a..#b + 3")
    body = d.either(NUMBER_BODIES)
    quantifier = d.pick("any", "all", "2", "1", "0", "3")
    condition = using_all(f"for {quantifier} i in ({bounds}) : ({body})", "ab")
    return d.rule(condition, planted(d, words), **named(words))


@row("for-list")
def for_list(d: Rules) -> Case:
    words = d.words(2)
    items = d.pick("1, 2, 3", "4, 8, 16, 32", "#a, #b", "filesize, 2", "0", "1 + 1, 3 * 3")
    body = d.pick(
        "@a[i] > 30",
        "uint8(i) > 120",
        "i == #a",
        "i > 2",
        "i",
        "$a in ((i)..(i + 20))",
        "i & 1 == 1",
    )
    quantifier = d.pick("any", "all", "2", "#a")
    condition = using_all(f"for {quantifier} i in ({items}) : ({body})", "ab")
    return d.rule(condition, planted(d, words), **named(words))


@row("other-rules")
def other_rules(d: Rules) -> Case:
    words = d.words(3)
    scope = d.pick("private", "private", "global private", "", "global")
    first = d.pick("$a", "not $a", "#a > 1", "$a and filesize > 60")
    second = d.pick(
        "NAMEx and $b",
        "NAMEx or $b",
        "$b and not NAMEx",
        "NAMEx and not ($b or $b)",
        "for any i in (1..2) : ($b and NAMEx)",
    )
    third = d.pick("$c and NAMEy", "NAMEx and ($c or NAMEy)", "not NAMEy and $c")
    return d.case(
        f'{scope} rule NAMEx {{ strings: $a = "{words[0]}" condition: {first} }}\n'
        f'private rule NAMEy {{ strings: $b = "{words[1]}" condition: {second} }}\n'
        'rule NAME : tag_one tag2 { meta: x = "y" n = 5 t = true '
        f'strings: $c = "{words[2]}" condition: {third} }}',
        planted(d, words),
    )


@row("beside-bad-rules")
def beside_bad_rules(d: Rules) -> Case:
    """Rules that the peer leaves out, before and behind one that it takes."""
    word = d.word()
    bad = d.pick(
        "rule NAMEx { condition: true }",
        'rule NAMEx { strings: $a = "q" condition: $a }',
        "rule NAMEx { strings: $a = { 71 } condition: $a }",
        "rule NAMEx { strings: $a = { 71 [1-2] 72 73 } condition: $a }",
        "rule NAMEx { strings: $a = { 71 ?? 72 ?? 73 } condition: $a }",
        f"rule NAMEx {{ strings: $a = /{word}/ wide condition: $a }}",
        "rule NAMEx { meta: a = -1 condition: true }",
        'rule NAMEx : tag, tag { strings: $a = "abc" condition: $a }',
        'import "pe"',
        "global",
        "rule NAMEx NAMEy",
        "}",
    )
    good = f'rule NAME {{ strings: $a = "{word}" condition: {d.pick("$a", "#a > 1", "not $a")} }}'
    return d.case(f"{bad}\n{good}", planted(d, [word]))

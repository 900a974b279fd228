"""Which rules are loaded, one by one: what is in the image answers, the rest is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.pair import BINARY

if TYPE_CHECKING:
    from compat.pair import Pair

DATA = BINARY + b" hello world hello " + bytes(range(0x20, 0x80))
STRINGS = r"""
"hello" | "h" | "he" | "hello" wide | "hello" nocase nocase | "h\x00" | "\x00\x00" | "a" wide
{68 65} | {68} | {6 8 65 6c} | {6865 6} | {??} | {?? ??} | {?? 68 65} | {68 65 ??} | {[2] 68 65}
{68 65 [2]} | {68 [1] 6c 6c} | {68 65 [1] 6c} | {68 65 [1] 6c [1] 20 77} | {68 65 [0] 6c 6c}
{68 65 [1-2] 6c 6f} | {68 65 [2-1] 6c 6f} | {68 65 [1][1] 6f 20} | {68 65 [1-2] [3-4] 6c 6d}
{68 65 [1-2] ?? 6c 6c} | {68 65 [1-2] ??} | {[1-2] 68 65} | {68 65 [1-2]} | {68 65 [1-2] 6?}
{68 65 [1-2] (6c|6d)} | {68 65 [1-2] (6c|6d) 65 65} | {[1-2]} | {68 65 [-] 6c} | {6? 6? 6c 6c}
{68 65 (6c|6d) 6c 6f} | {68 65 (6c 6c|6d) 6f} | {(68|69) 65 6c 6c} | {68 65 6c (6c|6d)}
{68 (65|66) 6c 6c} | {68 65 (6?|6d) 6c 6f} | {68 65 (6c|(6d|6e)) 6c 6f} | {68 65 () 6c} | {?8 65 6c}
{68 65 (6c|) 6c} | {68 65 (6c [1] 6c|6d) 6f 20} | {68 65 (6c 6d [2-4] 6e|70) 71 72}
{68 65 [40] 6c 6c} | {68 65 [200] 6c 6c} | {68 ?? 6c ?? 6f} | {?? [1] 65 65} | {6? [1] 65 65}
{(68|69) [1-2] 6c 6c} | {68 65 [1-2] 6c [1-2] 6c 6c} | {6c 6f ?? [2] 72} | {68 65 6c [1] ?? ??}
{68 65 [1] ??} | {68 65 [1] 6?} | {6? [1-2] 65 65} | {68 65 [99999] 6c 6c} | {68 6c [3-] ?? 65 65}
/hello/ | /hello/ wide | /hello/ ascii | /hello/ fullword | /h/ | /.*/ | /h/ wide ascii
"""


def test_strings_are_taken_and_refused_as_in_the_peer(pair: Pair) -> None:
    texts = [text.strip() for line in STRINGS.strip().split("\n") for text in split(line)]
    # A last rule that is right: with a wrong one the peer refuses the whole file.
    rules = [
        f"rule r{number:02} {{ strings: $a = {text} condition: #a >= 0 }}"
        for number, text in enumerate(texts)
    ]
    lines = [("x.yar", text) for text in [*rules, 'rule z { strings: $a = "x1" condition: $a }']]
    found = pair.both(lines, {"data": DATA}, "--allmatch")["data"]
    differing = found[0] ^ found[1]
    assert not differing, {name: texts[int(name[-2:])] for name in differing}
    assert 30 < len(found[0]) < len(texts) - 20


def split(line: str) -> list[str]:
    """At the bars that stand between blanks and outside of braces."""
    texts, depth, start = [], 0, 0
    for at, char in enumerate(line):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if depth == 0 and line[at : at + 3] == " | ":
            texts.append(line[start:at])
            start = at + 3
    return [*texts, line[start:]]

"""A pattern in the words of ``sigtool --decode-sigs``: its bytes, and tokens for all else."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"(?P<bytes>(?:[0-9A-Fa-f]{2}(?!\?))+|[0-9A-Fa-f]{2})|(?P<any>\?\?)|(?P<high>[0-9A-Fa-f])\?"
    r"|\?(?P<low>[0-9A-Fa-f])|(?P<star>\*)|\{(?P<gap>[0-9]{0,9}-?[0-9]{0,9})\}"
    r"|\[(?P<range>[0-9]{0,9}-?[0-9]{0,9})\]|(?P<negated>!?)\((?P<assertion>[BLW])\)|(?P<open>!?\()"
)
_ASSERTIONS = {"B": "BOUNDARY", "L": "LINE_MARKER", "W": "WORD_MARKER"}
_DEEPEST = 16


class UndecodableError(ValueError):
    """The pattern is none of bytes; `malformed` if it is of no other kind either."""

    def __init__(self, *, malformed: bool) -> None:
        self.malformed = malformed
        super().__init__()


def decoded(pattern: str, depth: int = 0) -> bytes:
    """What `pattern` looks for.

    Raises:
        UndecodableError: it is malformed, or about something else than bytes.
    """
    out = bytearray()
    at = 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            raise UndecodableError(malformed=not _special(pattern))
        at = token.end()
        if token["open"]:
            end = _closing(pattern, at)
            if not end or depth >= _DEEPEST:
                raise UndecodableError(malformed=True)
            members = _members(pattern[at : end - 1])
            words = b"|".join(decoded(member, depth + 1) for member in members)
            excluding = b"EXCLUDING_" if token["open"] == "!(" else b""
            out += b"{" + excluding + b"STRING_ALTERNATIVE:" + words + b"}"
            at = end
        elif token["bytes"]:
            out += bytes.fromhex(token["bytes"])
        elif token["assertion"]:
            out += _assertion(token, pattern)
        else:
            out += _wildcard(token)
    return bytes(out)


def _wildcard(token: re.Match[str]) -> bytes:
    if token["any"]:
        return b"{WILDCARD_IGNORE}"
    if token["high"]:
        return b"{WILDCARD_NIBBLE_HIGH:0x%s0}" % token["high"].encode()
    if token["low"]:
        return b"{WILDCARD_NIBBLE_LOW:0x%s}" % token["low"].encode()
    if token["star"]:
        return b"{WILDCARD_ANY_STRING}"
    low, dash, high = (token["gap"] or token["range"] or "").partition("-")
    least, most = int(low or "0"), int(high or "0")
    if not dash or (least == most and least):
        size = f"LENGTH=={least}"
    elif not most:
        size = f"LENGTH>={least}"
    else:
        size = f"LENGTH>={least}&&<={most}" if least else f"LENGTH<={most}"
    return f"{{WILDCARD_ANY_STRING({size})}}".encode() if least or most else b""


def _assertion(token: re.Match[str], pattern: str) -> bytes:
    """Which side it is about; without meaning between bytes, as in ClamAV."""
    before, after = pattern[: token.start()], pattern[token.end() :]
    if not after or after[0] in "*{[":
        side = "RIGHT"
    elif not before or before[-1] in "*}]":
        side = "LEFT"
    else:
        return b""
    negated = "NOT_" if token["negated"] else ""
    return f"{{{negated}{_ASSERTIONS[token['assertion']]}_{side}}}".encode()


def _special(pattern: str) -> bool:
    """Whether it is a subsignature of another kind: macro group, comparison, picture."""
    return bool(re.fullmatch(r"\$\{.*\$|\d+\(.*#.*\).*|fuzzy_img#.*", pattern))


def _closing(pattern: str, at: int) -> int:
    """The end of the group whose inside begins at `at`; 0 without one."""
    depth = 1
    for place in range(at, len(pattern)):
        depth += {"(": 1, ")": -1}.get(pattern[place], 0)
        if not depth:
            return place + 1
    return 0


def _members(inside: str) -> list[str]:
    members, depth = [""], 0
    for character in inside:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and not depth:
            members.append("")
        else:
            members[-1] += character
    return members

"""The decryptor of the virus Kriz, as ClamAV 1.4.6 follows it.

Behind one byte it saves flags and registers, calls over some bytes, pops where it is, loads 0xfd2
into a register, and decrypts so many bytes from their end on: an xor of one byte with a constant,
both registers counted down, a jump back. Between these may stand instructions that do nothing to
the two registers.
"""

from __future__ import annotations

import re
from typing import Final

WITHIN: Final = 196
"""Bytes at the entry point that are looked at."""

_REGISTERS: Final = frozenset(range(8)) - {4}
"""All but the stack's."""
_LOAD, _COUNT_DOWN, _POP, _AT = 0xB8, 0x48, 0x58, 0xB0
"""Instructions, and an operand, to which the number of a register is added."""
_LOADS_SIZE: Final = rb"[\xb8-\xbb\xbd-\xbf]\xd2\x0f\0\0"
_XOR_ENDS: Final = 3
"""A jump back may lead so far behind the beginning of the xor."""


def _any_of(instruction: int, registers: frozenset[int]) -> bytes:
    return b"[%s]" % bytes(instruction + one for one in sorted(registers))


def _idle(*used: int, but: bytes = b"") -> bytes:
    """A pattern of what does nothing to the registers `used`, and is not `but`."""
    free = _REGISTERS - set(used)
    load, count_down = _any_of(_LOAD, free), _any_of(_COUNT_DOWN, free)
    unless = b"(?!%s)" % but if but else b""
    return b"(?:" + unless + rb"(?:\x81.{5}|" + load + rb".{4}|" + count_down + b"))*+"


_CALL: Final = re.compile(rb".\x9c\x60" + _idle() + rb"\xe8([^\xff])\0\0\0", re.DOTALL)


def is_decryptor(code: bytes) -> bool:
    """Whether `code`, of `WITHIN` bytes, is that of the virus."""
    call = _CALL.match(code)
    if call is None:
        return False
    pop = call.end() + call[1][0]
    pointer = code[pop] - _POP if pop < len(code) else -1
    if pointer not in _REGISTERS:
        return False
    idle = _idle(pointer, but=_LOADS_SIZE)
    load = re.compile(idle + _LOADS_SIZE, re.DOTALL).match(code, pop + 1)
    if load is None:
        return False
    counter = code[load.end() - 5] - _LOAD
    idle = _idle(pointer, counter)
    loop = b"".join(
        (
            idle,
            rb"\x3e?(\x80)",
            _any_of(_AT, frozenset({pointer})),
            b".{5}",
            idle,
            _any_of(_COUNT_DOWN, frozenset({pointer})),
            idle,
            _any_of(_COUNT_DOWN, frozenset({counter})),
            rb"\x75(.)",
        )
    )
    found = re.compile(loop, re.DOTALL).match(code, load.end())
    if found is None:
        return False
    back = found.end() + int.from_bytes(found[2], "little", signed=True)
    return load.end() <= back <= found.start(1) + _XOR_ENDS

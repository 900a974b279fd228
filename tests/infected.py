"""Programs that look infected, and some that nearly do: the headers and the bytes looked at."""

from __future__ import annotations

import struct

from executables.portable import PAGE, Pe, Section

PARITE = "Heuristics.W32.Parite.B"
KRIZ, POLIPOS = "Heuristics.W32.Kriz", "Heuristics.W32.Polipos.A"
MAGISTR_A, MAGISTR_B = "Heuristics.W32.Magistr.A", "Heuristics.W32.Magistr.B"
FUNCTION = b"GetProcAddress\0"
PAIRS = struct.pack("<6I", 7, 7 ^ 0x505A4F, 5, 5 ^ 0xFFFFB, 9, 9 ^ 0xB8)
CALL_A, CALL_B = b"\xe8\x2c\x61\0\0", b"\xe8\x04\x72\0\0"
DLL = 0x2102


def parite(  # noqa: PLR0913 - what a header has
    at: int = 100, size: int = 0x1200, start: bytes = FUNCTION + PAIRS, *, entry: int = 2 * PAGE,
    wide: bool = False, characteristics: int = 0x102,
) -> bytes:  # fmt: skip
    last = Section(2 * PAGE, size, 0x600, size, content=b"\xcc" * at + start)
    return Pe(wide, (Section(), last), entry, characteristics=characteristics).build()


def magistr(  # noqa: PLR0913 - what a header has
    call: bytes, at: int, memory: int, size: int = 0x9000, *, flags: int = 0xE0000020,
    wide: bool = False, characteristics: int = 0x102,
) -> bytes:  # fmt: skip
    last = Section(2 * PAGE, memory, 0x600, size, flags, content=b"\xcc" * at + call)
    return Pe(wide, (Section(), last), characteristics=characteristics).build()


def kriz(code: bytes, *, size: int = 0x1000, characteristics: int = 0x102) -> bytes:
    last = Section(2 * PAGE, size, 0x600, size, content=b"\x90\x9c\x60" + code)
    return Pe(sections=(Section(), last), entry=2 * PAGE, characteristics=characteristics).build()


def decryptor(  # noqa: PLR0913 - what may differ between two
    pointer: int = 6, counter: int = 1, *, call: int = 0, size: int = 0xFD2,
    xor: bytes = b"\x3e\x80", count: int = 0x48, back: int = 0,
    idle: tuple[bytes, ...] = (b"",) * 5,
) -> bytes:  # fmt: skip
    """Kriz's, with `idle` at five places, and a jump to `back` bytes behind where it should."""
    head = idle[0] + b"\xe8" + struct.pack("<I", call) + b"\x90" * call + bytes((0x58 + pointer,))
    head += idle[1] + bytes((0xB8 + counter,)) + struct.pack("<I", size) + idle[2]
    loop = xor + bytes((0xB0 + pointer,)) + b"\x1b\0\0\0\x5a" + idle[3]
    loop += bytes((count + pointer,)) + idle[4] + bytes((0x48 + counter, 0x75))
    return head + loop + struct.pack("b", back - len(loop) - 1)


def polipos(  # noqa: PLR0913 - what may differ between two
    start: bytes = b"\x55\x8b\xec\x60", at: int = 0x100, *, call: int = 0xE8, call_at: int = 0,
    memory: int = 50000, flags: int = 0xE0000060, count: int = 3, subsystem: int = 2,
    characteristics: int = 0x102, stack: int = 0x80000, size: int = 0xC400,
) -> bytes:  # fmt: skip
    distance = struct.pack("<i", (count - 1) * PAGE + at - call_at - 5)
    first = Section(content=b"\xcc" * call_at + bytes((call,)) + distance)
    between = [Section((2 + n) * PAGE, offset=0x600 + n * 0x200) for n in range(count - 2)]
    offset = 0x600 + (count - 2) * 0x200
    own = Section(count * PAGE, memory, offset, size, flags, content=b"\xcc" * at + start)
    built = bytearray(
        Pe(
            sections=(first, *between, own), subsystem=subsystem, characteristics=characteristics
        ).build()
    )
    struct.pack_into("<I", built, _STACK_AT, stack)
    return bytes(built)


_IDLE = b"\x81\xc0\1\2\3\4"
_STACK_AT = 64 + 24 + 72
CASES: dict[str, tuple[bytes, list[str]]] = {
    "parite": (parite(), [PARITE]),
    "parite-first": (parite(0), [PARITE]),
    "parite-latest": (parite(4025), [PARITE]),
    "parite-too-late": (parite(4026), []),
    "parite-second": (parite(start=FUNCTION + b"xx" + FUNCTION + PAIRS), []),
    "parite-other-numbers": (parite(start=FUNCTION + PAIRS[:-1] + b"\1"), []),
    "parite-entry": (parite(entry=2 * PAGE + 1), []),
    "parite-dll": (parite(characteristics=DLL), []),
    "parite-wide": (parite(wide=True), []),
    "parite-4096": (parite(size=0x1000), [PARITE]),
    "parite-4095": (parite(size=0x200) + bytes(4095 - 0x200), []),
    "parite-behind": (parite(size=0x200) + bytes(4096 - 0x200), [PARITE]),
    "a-early": (magistr(CALL_A, 0x1FFF, 0x90EC), []),
    "a-first": (magistr(CALL_A, 0x2000, 0x90EC), [MAGISTR_A]),
    "a-latest": (magistr(CALL_A, 0x2FF6, 0x90EC), [MAGISTR_A]),
    "a-late": (magistr(CALL_A, 0x2FF7, 0x90EC), []),
    "a-read-only": (magistr(CALL_A, 0x2100, 0x90EC, flags=0x60000020), []),
    "a-dll": (magistr(CALL_A, 0x2100, 0x90EC, characteristics=DLL), []),
    "a-wide": (magistr(CALL_A, 0x2100, 0x90EC, wide=True), []),
    "a-other-size": (magistr(CALL_A, 0x2100, 0x90EB), []),
    "a-cut": (magistr(CALL_A, 0x1800, 0x90EC)[:-0x1000], [MAGISTR_A]),
    "a-short": (magistr(CALL_A, 0, 0x90EC, 0x6200), [MAGISTR_A]),
    "a-too-short": (magistr(CALL_A, 0, 0x90EC, 0x6000), []),
    "a-short-in-memory": (magistr(CALL_A, 0x2100, 0x61EC), [MAGISTR_A]),
    "a-too-short-in-memory": (magistr(CALL_A, 0x2100, 0x60EC), []),
    "b-first": (magistr(CALL_B, 0x1000, 0x90ED), [MAGISTR_B]),
    "b-latest": (magistr(CALL_B, 0x1FF6, 0x90ED), [MAGISTR_B]),
    "b-late": (magistr(CALL_B, 0x1FF7, 0x90ED), []),
    "b-short": (magistr(CALL_B, 0x200, 0x90ED, 0x7000), [MAGISTR_B]),
    "b-too-short": (magistr(CALL_B, 0x200, 0x90ED, 0x6E00), []),
    "b-too-short-in-memory": (magistr(CALL_B, 0x1100, 0x6FED), []),
    "a-call-in-b": (magistr(CALL_A, 0x1100, 0x90ED), []),
    "kriz": (kriz(decryptor()), [KRIZ]),
    "kriz-no-prefix": (kriz(decryptor(0, 5, xor=b"\x80")), [KRIZ]),
    "kriz-one-register": (kriz(decryptor(7, 7)), [KRIZ]),
    "kriz-stack": (kriz(decryptor(4)), []),
    "kriz-stack-counts": (kriz(decryptor(1, 4)), []),
    "kriz-library": (kriz(decryptor(), characteristics=DLL), [KRIZ]),
    "kriz-call": (kriz(decryptor(call=150)), [KRIZ]),
    "kriz-call-late": (kriz(decryptor(call=0xAA)), [KRIZ]),
    "kriz-call-too-late": (kriz(decryptor(call=0xAB)), []),
    "kriz-size": (kriz(decryptor(size=0xFD3)), []),
    "kriz-up": (kriz(decryptor(count=0x40)), []),
    "kriz-idle": (
        kriz(decryptor(idle=(_IDLE, b"\xbf\1\2\3\4", b"\x48\x4d", _IDLE, b"\x4f"))),
        [KRIZ],
    ),
    "kriz-idle-size": (kriz(decryptor(idle=(b"\xb8\xd2\x0f\0\0", b"", b"", b"", b""))), [KRIZ]),
    "kriz-idle-first-size": (kriz(decryptor(idle=(b"", b"\xb8\xd2\x0f\0\0", b"", b"", b""))), []),
    "kriz-busy": (kriz(decryptor(idle=(b"", b"\x4e", b"", b"", b""))), []),
    "kriz-busy-counter": (kriz(decryptor(idle=(b"", b"", b"\x49", b"", b""))), []),
    "kriz-other": (kriz(decryptor(idle=(b"", b"", b"", b"\x90", b""))), []),
    "kriz-back": (kriz(decryptor(back=4)), [KRIZ]),
    "kriz-too-far": (kriz(decryptor(back=5)), []),
    "kriz-too-near": (kriz(decryptor(back=-1)), []),
    "kriz-4050": (kriz(decryptor(), size=0xFD2), [KRIZ]),
    "kriz-short": (kriz(decryptor(), size=0xE00), []),
    "polipos": (polipos(), [POLIPOS]),
    "polipos-jump": (polipos(call=0xE9), [POLIPOS]),
    "polipos-neither": (polipos(call=0xEA), []),
    "polipos-83": (polipos(b"\x55\x8b\xec\x83\xec\x0a\x60"), [POLIPOS]),
    "polipos-83-other": (polipos(b"\x55\x8b\xec\x83\xec\x0a\x61"), []),
    "polipos-81": (polipos(b"\x55\x8b\xec\x81\xec\x0a\x0a\0\0"), [POLIPOS]),
    "polipos-81-large": (polipos(b"\x55\x8b\xec\x81\xec\x0a\x0a\1\0"), []),
    "polipos-latest-call": (polipos(call_at=0x1FA), [POLIPOS]),
    "polipos-late-call": (polipos(call_at=0x1FB), []),
    "polipos-end": (polipos(at=0xC400 - 9), [POLIPOS]),
    "polipos-behind": (polipos(at=0xC400 - 8), []),
    "polipos-small": (polipos(memory=0x9000), []),
    "polipos-smallest": (polipos(memory=0x9001), [POLIPOS]),
    "polipos-largest": (polipos(memory=0x11000), [POLIPOS]),
    "polipos-large": (polipos(memory=0x11001), []),
    "polipos-flags": (polipos(flags=0xE0000020), []),
    "polipos-two": (polipos(count=2), []),
    "polipos-twelve": (polipos(count=12), [POLIPOS]),
    "polipos-thirteen": (polipos(count=13), []),
    "polipos-driver": (polipos(subsystem=1), []),
    "polipos-library": (polipos(characteristics=DLL), []),
    "polipos-stack": (polipos(stack=0x7FFFF), []),
    "sections-out-of-order": (
        Pe(
            sections=(
                Section(2 * PAGE, 0x90EC, 0x600, 0x9000, 0xE0000020, b"\xcc" * 0x2100 + CALL_A),
                Section(),
            )
        ).build(),
        [],
    ),
}
"""What is made, and what ClamAV says of it."""

"""Programs that look infected, and some that nearly do: the headers and the bytes looked at."""

from __future__ import annotations

import struct

from executables.portable import PAGE, Pe, Section

PARITE = "Heuristics.W32.Parite.B"
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

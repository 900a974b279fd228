"""sigtool: where the patterns of signatures stand in a file.

Every pattern is made a signature by itself and given to the matcher, so what is told is what a scan
would find; offsets of signatures are not compared, as in ClamAV, but told beside the places.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.sigtool.files import complain, fmap, refuse
from nacre.matching import Image, ImageBuilder, Selection, View
from nacre.model.filetype import Target
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions
from nacre.output import decoded
from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nacre.config.settings import Settings
    from nacre.model.fmap import Fmap

OK = 0
FAILED = 1
_MOST = 1000
"""Places of one pattern that are told."""
_LONGEST = 1 << 20
_EXTENDED = range(4, 7)
_NAME = "sigtool"
_FIRST_WINDOW = 256
_LOOKS_AROUND = re.compile(r"\([BLW]\)|[\^$]|\\[AbBGzZ]|\(\?<?[=!]")
"""Patterns about what stands around them, which parts of the data do not tell."""
_DOUBLE, _SINGLE = "\\" * 2, "\\"


def test(_: str, settings: Settings, operands: Sequence[str]) -> int:
    """Say of each signature in a file what its patterns find in another."""
    if not operands:
        complain("ERROR: --test-sigs requires two arguments")
        return FAILED
    signatures = settings.text("test_sigs") or ""
    for name in (signatures, operands[0]):
        if not Path(name).is_file() or not os.access(name, os.R_OK):
            complain(f"ERROR: testsigs: Can't open file {printable(name)}")
            return FAILED
    with fmap(Path(operands[0])) as data, Path(signatures).open("rb") as lines:
        try:
            while raw := lines.readline(_LONGEST):
                text = raw.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
                if text and not text.startswith("#"):
                    _try(text, data, settings)
        except decoded.UnknownFormatError as error:
            return refuse(str(error))
    return OK


def _try(text: str, data: Fmap, settings: Settings) -> None:
    fields = text.split(":")
    if ";" in text:
        subsignatures = decoded.subsignatures(text)
        _tell(*decoded.head(text))
        for number, subsignature in enumerate(subsignatures):
            parts = decoded.Parts.of(subsignature)
            _tell(f" * SUBSIG ID {number}".encode(), *parts.rows())
            _report(parts, data, settings, mark=" +-> ", anywhere=False)
    elif len(fields) in _EXTENDED:
        levels = decoded.levels(fields[4:])
        _tell(os.fsencode(f"VIRUS NAME: {fields[0]}"), *levels, decoded.target(fields[1]))
        _tell(os.fsencode(f"OFFSET: {fields[2]}"))
        parts = decoded.Parts("", fields[3], "", regex=False)
        _report(parts, data, settings, anywhere=fields[2] == "*")
    elif "=" in text and len(fields) == 1:
        name, _, content = text.partition("=")
        _tell(os.fsencode(f"VIRUS NAME: {name}"))
        _report(decoded.Parts("", content, "", regex=False), data, settings, anywhere=True)
    else:
        raise decoded.UnknownFormatError("decodesig: Not supported signature format")


def _report(
    parts: decoded.Parts, data: Fmap, settings: Settings, *, anywhere: bool, mark: str = ""
) -> None:
    _tell(os.fsencode(f"{mark}SUBSIG: {parts.content}"))
    with tempfile.TemporaryDirectory(dir=settings.text("temporary_directory")) as folder:
        image = _image(Path(folder) / "image", parts)
        if image is None:
            sys.stdout.flush()
            complain("ERROR: matchsig: Can't parse signature")
            return
        finder = _Finder(image, data, apart=parts.regex)
        if not finder.stands(0, len(data)):
            _tell(b"MATCH: ** NO **")
            return
        found = "YES" if anywhere else "YES/CHECK OFFSET"
        if _LOOKS_AROUND.search(parts.content):
            _tell(f"MATCH: ** {found} **".encode())
            return
        places = sorted(islice(finder.places(), _MOST), reverse=True)
    several = f"{len(places)} matches at offsets" if len(places) > 1 else "1 match at offset"
    where = " ".join(map(str, places))
    _tell(f"MATCH: ** {found} ** ({several}: {where})".encode())


def _image(path: Path, parts: decoded.Parts) -> Image | None:
    """An image with one signature, which asks for nothing but the pattern; None if it is wrong."""
    if parts.regex:
        # A regex needs a trigger: that something else is nowhere.
        _, _, regex = parts.content.partition("/")
        line = f"{_NAME};Target:0;1;{os.urandom(16).hex()};0=0/{regex}"
    else:
        line = f"{_NAME};Target:0;0;{parts.content}" + (f"::{parts.letters}" * bool(parts.letters))
    builder = ImageBuilder(path, bytes(32))
    builder.begin("sigtool.ldb", "ldb", official=True, pua=False, in_container=False)
    builder.feed(os.fsencode(line) + b"\n")
    builder.end()
    wrong = any(report.malformed_count or not report.used for report in builder.report())
    if wrong:
        return None
    builder.finish(b"")
    return Image.open(path)


class _Finder:
    """Where the only signature of an image matches, by asking about parts of the data.

    `apart`: matches do not overlap, as those of a regex.
    """

    def __init__(self, image: Image, data: Fmap, *, apart: bool) -> None:
        self._image = image
        self._data = data
        self._apart = apart
        self._selection = Selection(ScanOptions(), Limits())

    def stands(self, start: int, end: int) -> bool:
        """Whether it matches somewhere in this part."""
        part = self._data.slice(start, end - start)
        view = View(Target.ANY, len(part), hashes=False)
        return bool(self._image.scan(part, view, self._selection).matches)

    def places(self) -> Iterator[int]:
        """Where each match begins, in order: of those that end first the one that begins last."""
        start, size = 0, len(self._data)
        while start < size:
            window = _FIRST_WINDOW
            while not self.stands(start, min(start + window, size)):
                if start + window >= size:
                    return
                window *= 2
            end = _least(partial(self.stands, start), start, min(start + window, size))
            begin = _most(partial(self.stands, end=end), start, end)
            yield begin
            start = end if self._apart else begin + 1


def _least(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The least number above `low` for which it holds, as it does for `high`."""
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _most(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The greatest number below `high` for which it holds, as it does for `low`."""
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _tell(*lines: bytes) -> None:
    sys.stdout.writelines(f"{printable(line).replace(_DOUBLE, _SINGLE)}\n" for line in lines)

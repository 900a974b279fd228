"""sigtool: what signatures see of pages, texts and macros."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.sigtool.files import complain, fmap
from nacre.codecs.normalise import normalise_html, normalise_text
from nacre.model.filetype import FileType
from nacre.model.layer import Role
from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from nacre.config.settings import Settings
    from nacre.model.event import Metadata
    from nacre.model.fmap import Fmap
    from nacre.model.layer import Layer

OK = 0
FAILED = 1
_PIECE = 1 << 20
_LARGEST_TEXT = 64 << 20


def html(key: str, settings: Settings, _: Sequence[str]) -> int:
    """Write the copies of a page to the current folder."""
    with _opened(key, settings) as page:
        views = normalise_html(page, 0, _temporary(settings))
        for name, view in (
            ("nocomment.html", views.no_comment),
            ("notags.html", views.no_tags),
            ("javascript", views.script),
        ):
            if view is not None:
                _write(Path(name), view)
    return OK


def text(key: str, settings: Settings, _: Sequence[str]) -> int:
    """Write the copy of a text to the current folder."""
    with _opened(key, settings) as source:
        _write(Path("normalised_text"), normalise_text(source, _temporary(settings)))
    return OK


def utf16(key: str, settings: Settings, _: Sequence[str]) -> int:
    """Write a text in UTF-16 as UTF-8, beside it."""
    name = settings.text(key) or ""
    try:
        with Path(name).open("rb") as source:
            content = source.read(_LARGEST_TEXT + 1)
    except OSError:
        complain(f"ERROR: utf16decode: Can't open file {printable(name)}")
        return FAILED
    if len(content) > _LARGEST_TEXT:
        complain(f"ERROR: utf16decode: {printable(name)} has more than {_LARGEST_TEXT} bytes")
        return FAILED
    order = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-16-le"
    Path(f"{name}.ascii").write_bytes(content.decode(order, "replace").encode())
    return OK


def macros(key: str, settings: Settings, _: Sequence[str]) -> int:
    """Print the source of the macros in a document, wherever they are in it."""
    from nacre.database import Database  # noqa: PLC0415 - only macros need the engine
    from nacre.database.compiler import compile_image  # noqa: PLC0415
    from nacre.engine import Scanner  # noqa: PLC0415
    from nacre.matching import Image  # noqa: PLC0415
    from nacre.model.options import ScanOptions  # noqa: PLC0415

    name = settings.text(key) or ""
    options = ScanOptions(temporary_directory=_temporary(settings))
    try:
        with fmap(Path(name)) as data, tempfile.TemporaryDirectory(dir=_temporary(settings)) as own:
            image = Path(own) / "image"
            record = compile_image((), "0" * 64, image)
            scanner = Scanner(Database(Image.open(image), record, None), options)
            scanner.scan(data, name, _Macros(in_hex=key == "vba_hex"))
    except OSError as error:
        complain(f"WARNING: Can't open file {printable(name)}: {error.strerror}")
    return OK


class _Macros:
    """Watches a scan and prints the macros that it comes upon."""

    def __init__(self, *, in_hex: bool) -> None:
        self._in_hex = in_hex

    def enter(self, layer: Layer) -> None:
        """Print the layer if it is the source of a macro; the text of a whole project repeats."""
        if layer.role is not Role.MACROS or layer.forced is FileType.TEXT_ASCII:
            return
        for at in range(0, len(layer.data), _PIECE):
            piece = layer.data.read(at, _PIECE)
            if self._in_hex:
                sys.stdout.write(piece.hex())
            else:
                sys.stdout.buffer.write(piece)
        sys.stdout.write("\n")
        sys.stdout.flush()

    def found(self, layer: Layer, name: str) -> None:
        """Nothing to print."""

    def fact(self, layer: Layer, fact: Metadata) -> None:
        """Nothing to print."""

    def leave(self, layer: Layer) -> None:
        """Nothing to print."""


def _opened(key: str, settings: Settings) -> AbstractContextManager[Fmap]:
    return fmap(Path(settings.text(key) or ""))


def _temporary(settings: Settings) -> str:
    return settings.text("temporary_directory") or os.environ.get("TMPDIR") or "/tmp"  # noqa: S108 - files there have no name


def _write(path: Path, view: Fmap) -> None:
    with path.open("wb") as file:
        for at in range(0, len(view), _PIECE):
            file.write(view.read(at, _PIECE))

"""TNEF, how Outlook and Exchange send what mail has no place for (winmail.dat).

Layout: signature and key, then attributes: level, number, type, length, data, checksum. An
attachment begins with its rendering data; its name, content and properties follow.
Spec: MS-OXTNEF. Yields the attachments (a Member and a Child each), embedded messages and OLE
objects, and the bodies: text, HTML, compressed RTF unpacked. ClamAV
takes out what is in the attachment's own attribute, nothing of the properties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import lzfu
from nacre.codecs.checksum import Checksum
from nacre.formats.base import REASONS, label, stored_member
from nacre.model.errors import Corrupt, FormatError
from nacre.model.event import Event, Member, Problem
from nacre.model.filetype import FileType
from nacre.parsers import mapi
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_SIGNATURE: Final = 0x223E9F78
_HEAD_SIZE: Final = 9
_CHECKSUM_SIZE: Final = 2
_WITHOUT_TYPE: Final = 0xFFFF
_BODY: Final = 0x800C
_MESSAGE_PROPERTIES: Final = 0x9003
_RENDERING: Final = 0x9002
_TITLE: Final = 0x8010
_TRANSPORT_NAME: Final = 0x9001
_CONTENT: Final = 0x800F
_METAFILE: Final = 0x8011
_ATTACHMENT_PROPERTIES: Final = 0x9005

_LONGEST_NAME: Final = 1024
_NAMES: Final = (0x3707, 0x3704)
"""PidTagAttachLongFilename, PidTagAttachFilename."""
_OBJECT: Final = 0x3701
"""PidTagAttachDataObject, behind the GUID of the interface that it is for."""
_INTERFACE_SIZE: Final = 16
_RTF: Final = 0x1009
_BODIES: Final = frozenset({0x1000, 0x1013})
"""PidTagBody, PidTagBodyHtml."""


class TnefHandler:
    """Opens TNEF streams."""

    TYPES: ClassVar = frozenset({FileType.TNEF})
    OPTION: ClassVar = "scan_mail"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield attachments and bodies."""
        reader = Reader(data)
        if reader.u32le() != _SIGNATURE:
            raise Corrupt("no TNEF stream")
        reader.u16le()
        attachment = _Attachment()
        while reader.remaining >= _HEAD_SIZE:
            budget.check_time()
            reader.u8()
            number, size = reader.u32le(), reader.u32le()
            attribute = number & _WITHOUT_TYPE
            content = reader.view(size)
            if len(content) < size:
                yield Problem(f"{size} bytes promised, {len(content)} present")
            expected = Checksum("sum16", int.from_bytes(reader.peek(2), "little"))
            if len(reader.peek(2)) == _CHECKSUM_SIZE and not expected.fits(content):
                yield Problem(f"attribute {number:x}: {REASONS['checksum']}")
            reader.skip(_CHECKSUM_SIZE)
            if attribute == _BODY:
                yield from stored_member(content, b"", size, budget)
            elif attribute == _MESSAGE_PROPERTIES:
                yield from _bodies(content, budget)
            elif attribute == _RENDERING:
                yield from attachment.events(budget)
                attachment = _Attachment()
            else:
                attachment.learn(attribute, content)
        yield from attachment.events(budget)
        if reader.peek(_HEAD_SIZE).strip(b"\0\r\n"):
            yield Problem(f"the last {reader.remaining} bytes are no attribute")


class _Attachment:
    """What the attributes say of one attachment."""

    def __init__(self) -> None:
        self._name = b""
        self._contents: list[Fmap] = []
        self._properties: list[Fmap] = []

    def learn(self, attribute: int, content: Fmap) -> None:
        """Keep what one attribute says."""
        if attribute == _TITLE or (attribute == _TRANSPORT_NAME and not self._name):
            self._name = content.read(0, _LONGEST_NAME).partition(b"\0")[0]
        elif attribute in {_CONTENT, _METAFILE}:
            self._contents.append(content)
        elif attribute == _ATTACHMENT_PROPERTIES:
            self._properties.append(content)

    def events(self, budget: Budget) -> Iterator[Event]:
        """The events of the attachment, once all of it is known."""
        found: list[mapi.Property] = []
        broken: list[Problem] = []
        for content in self._properties:
            try:
                found += (
                    value
                    for value in mapi.properties(content, budget)
                    if value.number in {*_NAMES, _OBJECT}
                )
            except FormatError as error:
                broken.append(Problem(f"{label(self._name)}: {error}"))
        name = next(
            (value.text(2 * _LONGEST_NAME) for number in _NAMES for value in found
             if value.number == number),
            self._name,
        )  # fmt: skip
        contents = self._contents + [
            value.value.slice(_INTERFACE_SIZE, len(value.value)) if value.kind == mapi.OBJECT
            else value.value
            for value in found
            if value.number == _OBJECT
        ]  # fmt: skip
        for content in contents:
            size = len(content)
            yield Member(name, size, size, 0)
            yield from stored_member(content, name, size, budget)
        yield from broken


def _bodies(content: Fmap, budget: Budget) -> Iterator[Event]:
    try:
        for value in mapi.properties(content, budget):
            if value.number in _BODIES:
                yield from stored_member(value.value, b"", len(value.value), budget)
            elif value.number == _RTF and len(value.value):
                rtf = lzfu.decode(value.value, budget)
                yield from stored_member(rtf.data, b"body.rtf", len(value.value), budget)
                if rtf.status in REASONS:
                    yield Problem(f"body.rtf: {REASONS[rtf.status]}")
                elif rtf.status == "limit":
                    yield Problem("body.rtf: too large", limit="MaxFileSize")
    except FormatError as error:
        yield Problem(f"message properties: {error}")

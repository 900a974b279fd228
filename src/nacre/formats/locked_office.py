"""Office documents that a password protects, as events.

Office opens documents with certain passwords without asking, which hides them from scanners. These
are tried first; what they open is not called encrypted. What a password of the database opens is.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, TypeVar

from nacre.formats.base import label, refusal, stored_member
from nacre.model.errors import FormatError
from nacre.model.event import Event, Finding, Metadata, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap, Spool
from nacre.parsers import biff_encryption, office_rc4, presentation_encryption
from nacre.parsers.office_encryption import encryption, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from nacre.model.budget import Budget
    from nacre.parsers.biff import Survey
    from nacre.parsers.ole2 import CompoundFile, Entry

ENCRYPTED: Final = Finding("Heuristics.Encrypted.OLE2", "alert_encrypted_doc")
_USUAL: Final = ("VelvetSweatshop", "/01Hannes Ruescher/01")
"""Of Excel and of PowerPoint."""
_PACKAGE: Final = b"EncryptedPackage"
_LARGEST_WORKBOOK: Final = 32 << 20
_FIB_FLAGS: Final = struct.Struct("<10xHxxI")
_SECOND_TABLE: Final = 0x200
_OBFUSCATED: Final = 0x8000
_FIB_PLAIN: Final = 68
_WORD_BLOCK: Final = 512
_LARGEST_WORD: Final = 32 << 20
_LARGEST_PRESENTATION: Final = 256 << 20
_MEMORY: Final = 8 << 20
_Opened = TypeVar("_Opened")


def package_events(info: Fmap | None, package: Fmap, budget: Budget) -> Iterator[Event]:
    """The document in a package; `info` is the stream beside it."""
    name = label(_PACKAGE)
    if info is None:
        yield from _locked("it is not said how", name)
        return
    try:
        found = encryption(info)
    except FormatError as fault:
        yield from _locked(str(fault), name)
        return
    key = yield from _opened(lambda password: found.key(password, budget), budget)
    if key is None:
        yield from _unknown(name)
        return
    refused = refusal(len(package), _PACKAGE, budget)
    if refused:
        yield refused
        return
    content = found.document(key, package, budget)
    yield from stored_member(content, _PACKAGE, len(package), budget)
    promised = size_of(package)
    if len(content) < promised:
        yield Problem(f"{name}: {promised} bytes promised, {len(content)} present")


def plain_workbook(
    data: bytes, found: Survey, budget: Budget
) -> Generator[Event, None, bytes | None]:
    """The stream of an encrypted workbook, decrypted; None when it stays closed."""
    what = "the workbook"
    try:
        opener = biff_encryption.opener(found.file_password, wide=found.wide)
    except FormatError as fault:
        yield from _locked(str(fault), what)
        return None
    decrypt = yield from _opened(opener, budget)
    if decrypt is None:
        yield from _unknown(what)
        return None
    if len(data) > _LARGEST_WORKBOOK:
        yield Problem(f"only the first {_LARGEST_WORKBOOK} bytes of the workbook were decrypted")
        data = data[:_LARGEST_WORKBOOK]
    plain = decrypt(data, budget)
    yield from stored_member(Fmap.from_bytes(plain), b"Workbook", len(plain), budget)
    return plain


def word_events(
    document: Fmap, file: CompoundFile, streams: dict[str, Entry], budget: Budget
) -> Iterator[Event]:
    """The streams of an encrypted Word document; `streams` has lower-case names."""
    what = "the document"
    flags, size = _FIB_FLAGS.unpack(document.read(0, _FIB_FLAGS.size).ljust(_FIB_FLAGS.size, b"\0"))
    table = streams.get("1table" if flags & _SECOND_TABLE else "0table")
    if flags & _OBFUSCATED or table is None:
        reason = "XOR is not undone" if flags & _OBFUSCATED else "its table is missing"
        yield from _locked(reason, what)
        return
    try:
        protection = office_rc4.protection(file.content(table).slice(0, size))
    except FormatError as fault:
        yield from _locked(str(fault), what)
        return
    keys = yield from _opened(protection.keys, budget)
    if keys is None:
        yield from _unknown(what)
        return
    # What stands unencrypted at the start of each stream.
    plain_parts = {"worddocument": _FIB_PLAIN, table.name.lower(): size, "data": 0}
    for name, plain in plain_parts.items():
        entry = streams.get(name)
        if entry is None or entry.size == 0:
            continue
        stored = entry.name.encode()
        content = file.content(entry)
        refused = refusal(len(content), stored, budget)
        if refused:
            yield refused
            continue
        raw = content.read(0, _LARGEST_WORD)
        if len(raw) < len(content):
            yield Problem(f"{label(stored)}: only the first {len(raw)} bytes were decrypted")
        opened = raw[:plain] + b"".join(keys.decrypt(raw, _WORD_BLOCK, budget))[plain:]
        yield from stored_member(Fmap.from_bytes(opened), stored, len(opened), budget)


def plain_presentation(
    stream: Fmap, user: Fmap, budget: Budget
) -> Generator[Event, None, Fmap | None]:
    """The records of an encrypted presentation, decrypted; None when it stays closed."""
    what = "the presentation"
    try:
        found = presentation_encryption.session(stream, user, budget)
        protection = office_rc4.protection(found.header)
    except FormatError as fault:
        yield from _locked(str(fault), what)
        return None
    keys = yield from _opened(protection.keys, budget)
    if keys is None:
        yield from _unknown(what)
        return None
    plain = Spool(budget.directory, _MEMORY)
    for record in presentation_encryption.plain_objects(stream, found.objects, keys, budget):
        if len(plain) + len(record) > min(2 * len(stream), _LARGEST_PRESENTATION):
            yield Problem(f"only the first {len(plain)} bytes of the presentation were decrypted")
            break
        plain.write(record)
    content = plain.finish()
    yield from stored_member(content, b"PowerPoint Document", len(content), budget)
    return content


def _opened(
    opener: Callable[[str], _Opened | None], budget: Budget
) -> Generator[Event, None, _Opened | None]:
    """What the first password opens that is right."""
    for password in _USUAL:
        opened = opener(password)
        if opened is not None:
            if budget.facts and password == _USUAL[0]:
                yield Metadata("EncryptedWithVelvetSweatshop", value=True)
            return opened
    yield ENCRYPTED
    for secret in budget.passwords_for(FileType.MSOLE2):
        budget.check_time()
        opened = opener(_text(secret))
        if opened is not None:
            return opened
    return None


def _text(secret: bytes) -> str:
    """A password of the database, which has bytes, as Office takes it."""
    try:
        return secret.decode()
    except UnicodeDecodeError:
        return secret.decode("latin-1")


def _unknown(what: str) -> Iterator[Event]:
    yield Problem(f"{what} is encrypted with an unknown password")


def _locked(reason: str, what: str) -> Iterator[Event]:
    yield ENCRYPTED
    yield Problem(f"{what} is encrypted: {reason}")

"""From source files to a signature image: streams them through the native builder, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cvd import Container
from nacre.database.catalog import add_catalog
from nacre.database.record import (
    FileRecord,
    Malformed,
    Record,
    SourceRecord,
    in_image,
)
from nacre.filetype import builtin_ftm
from nacre.matching import ImageBuilder, SourceReport
from nacre.model.errors import DatabaseError
from nacre.signatures import BY_SUFFIX, LineKind, SignatureType, suffix_of, type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nacre.database.sources import Source

CHUNK = 1 << 20
CANARIES = Path(__file__).with_name("canary.ndb")


@dataclass(frozen=True, slots=True)
class _Part:
    """One signature file on its way to the builder."""

    name: str
    type: SignatureType
    chunks: Iterable[bytes | memoryview]
    official: bool
    in_container: bool

    @property
    def suffix(self) -> str:
        return suffix_of(self.name)


_BUILTIN_MAGIC = _Part(
    "builtin.ftm", BY_SUFFIX["ftm"], (builtin_ftm(),), official=True, in_container=False
)


def compile_image(
    sources: Iterable[Source], key: str, path: Path, *, canaries: bool = False
) -> Record:
    """Write an image of `sources` at `path`, a new file. `key` is 64 hex digits.

    Without file type magic of its own a database gets the built-in one, as in ClamAV. With
    `canaries` there are signatures in it that count only for who asks for them.

    Raises:
        DatabaseError: a source cannot be read or its digests are wrong.
    """
    builder = ImageBuilder(path, bytes.fromhex(key))
    pending = [_feed_source(source, builder) for source in sources]
    if not builder.has_magic():
        _feed(_BUILTIN_MAGIC, builder)
    if canaries:
        _feed_canaries(builder)
    reports = iter(builder.report())
    record = Record(key, tuple(_with_reports(source, reports) for source in pending))
    builder.finish(record.to_json())
    return record


def _feed_source(source: Source, builder: ImageBuilder) -> SourceRecord:
    """Feed one source; what the builder says of its files is filled in later."""
    path = source.path
    if not source.is_container:
        signature_type = type_of(path.name)
        if signature_type is None:
            raise DatabaseError(f"{path}: not a signature file")
        chunks = read(source.content)
        part = _Part(path.name, signature_type, chunks, source.official, in_container=False)
        return SourceRecord(str(path), source.size, source.official, (_feed(part, builder),))
    container = Container.open(source.content)
    header = container.header
    return SourceRecord(
        path=str(path),
        size=source.size,
        official=container.official,
        files=tuple(_feed(part, builder) for part in _parts(container)),
        version=header.version,
        build_time=header.build_time,
        level=header.level,
    )


def _feed_canaries(builder: ImageBuilder) -> None:
    builder.begin_canaries(CANARIES.name, "ndb")
    builder.feed(CANARIES.read_bytes())
    builder.end()


def _parts(container: Container) -> Iterator[_Part]:
    for member in container.members(is_signatures):
        signature_type = type_of(member.name)
        if signature_type is not None:
            yield _Part(
                member.name,
                signature_type,
                member.chunks,
                official=container.official,
                in_container=True,
            )


def is_signatures(name: str) -> bool:
    """Whether a member holds signatures; the licence and the digest list do not."""
    known = type_of(name)
    return known is not None and known.loose


def _feed(part: _Part, builder: ImageBuilder) -> FileRecord:
    entries = 0
    pua = part.type.is_pua(part.suffix)
    if part.type.kind is None:
        lines = sum(bytes(chunk).count(b"\n") for chunk in part.chunks)
        entries = lines if part.type.by_line else 1
    else:
        builder.begin(
            part.name,
            part.suffix,
            official=part.official,
            pua=pua,
            in_container=part.in_container,
        )
        if part.type.kind is LineKind.CATALOG:
            add_catalog(part.chunks, builder)
        else:
            chunks: Iterable[bytes] = map(bytes, part.chunks)
            for chunk in part.type.lines(part.name, chunks) if part.type.lines else chunks:
                builder.feed(chunk)
        builder.end()
    return FileRecord(
        name=part.name,
        type=part.type.name,
        status=part.type.status.value,
        signatures=entries,
        counted=part.type.counted,
        pua=pua,
        forgiving=part.type.forgiving,
    )


def read(path: Path) -> Iterator[bytes]:
    """The bytes of a file, a piece at a time."""
    try:
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise DatabaseError(f"{path}: {error.strerror}") from error


def _with_reports(source: SourceRecord, reports: Iterator[SourceReport]) -> SourceRecord:
    files = (_with_report(file, next(reports)) if in_image(file) else file for file in source.files)
    return replace(source, files=tuple(files))


def _with_report(file: FileRecord, report: SourceReport) -> FileRecord:
    return replace(
        file,
        signatures=report.used,
        skipped=report.skipped,
        malformed_count=report.malformed_count,
        malformed=tuple(Malformed(*line) for line in report.malformed),
    )

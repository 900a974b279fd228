"""What a format handler is, and how it tells of a decoded stream.

Signatures may ask for what a container says of its members (`.cdb`) and for nothing else. The
handler of a format whose members have names yields a `Member` for each, and the `Child` after it:

* before the content is touched, and also if it is encrypted, too large or damaged;
* as the archive says, name whole and undecoded, 0 for what the format does not tell;
* counted from 1, files only where ClamAV leaves out directories (tar), else every entry (zip);
* twice where two headers describe one member and differ.

Handlers of streams with one content (gzip) do not: ClamAV offers the members of zip, rar, 7z, arj,
tar, cpio, cab, chm, egg, InstallShield and ISO 9660, and attachments of mail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from nacre.model.errors import LimitExceeded
from nacre.model.event import Child, Event, Finding, Problem
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nacre.codecs.base import Decoded
    from nacre.codecs.checksum import Checksum
    from nacre.model.budget import Budget
    from nacre.model.event import Metadata
    from nacre.model.fmap import Fmap
    from nacre.parsers.partitions import Partition

REASONS = {
    "truncated": "the compressed data ends early",
    "corrupt": "the compressed data is damaged",
    "window": "the compressed data asks for too large a dictionary",
    "storage": "the temporary file could not be written",
    "checksum": "the content has another checksum than it should",
}
"""How a decoding that is neither done nor out of bounds ended, for people."""

_PROBLEMS = 100
_PIECE = 64 << 10

BROKEN_EXECUTABLE = Finding("Heuristics.Broken.Executable", "alert_broken_executables")
"""What is said of a program whose headers contradict themselves."""


def broken_media(kind: str, fault: str) -> Finding:
    """What is said of a picture of a kind with a fault; the handler's own option asked for it."""
    return Finding(f"Heuristics.Broken.Media.{kind}.{fault}", "heuristic_alerts")


class Handler(Protocol):
    """Takes one layer apart. One class per format, found by the package walk of `registry`."""

    TYPES: ClassVar[frozenset[FileType]]
    """File types it opens; no two handlers share one."""
    OPTION: ClassVar[str]
    """Field of ScanOptions that switches it, such as ``scan_archive``; empty when none does.

    Several with blanks between must all be on.
    """

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield what is inside. Never recurses, never matches, never writes.

        Raises:
            FormatError: nothing more can be read; what was yielded counts.
            LimitExceeded: may pass through from the budget.
        """
        ...


@runtime_checkable
class Describer(Protocol):
    """A handler that has something to tell of a layer besides what is inside."""

    def describe(self, data: Fmap, budget: Budget) -> Iterator[Metadata]:
        """Yield facts about a layer; only called when somebody wants them."""
        ...


def begins_later(data: Fmap, magic: bytes) -> bool:
    """Whether a layer got its type from an object inside, which is found and opened by itself."""
    return data.find(magic, 1, len(data)) > 0


def label(name: bytes) -> str:
    """A member's name for people, cut to a readable length."""
    return name[:120].decode("utf-8", "backslashreplace") or "(no name)"


def refusal(size: int, name: bytes, budget: Budget) -> Problem | None:
    """What is said of a member that is too large to be scanned; to be asked before it is made.

    Raises:
        LimitExceeded: no other member would be scanned either.
    """
    try:
        budget.check_child(size)
    except LimitExceeded as reached:
        if reached.option not in {"MaxFileSize", "MaxScanSize"}:
            raise
        return Problem(f"{label(name)}: {reached}", limit=reached.option)
    return None


def compared(content: Fmap, name: bytes, checksum: Checksum | None) -> Iterator[Event]:
    """A Problem when the whole content of a member has another checksum than is said of it."""
    if checksum is not None and not checksum.fits(content):
        yield Problem(f"{label(name)}: {REASONS['checksum']}")


def stored_member(  # noqa: PLR0913 - what headers say
    content: Fmap,
    name: bytes,
    stored_size: int,
    budget: Budget,
    file_type: FileType | None = None,
    *,
    checksum: Checksum | None = None,
) -> Iterator[Event]:
    """The events of a member whose bytes are at hand: a Child unless it is empty or too large.

    `file_type` forces its type; a `checksum` is compared, unless the content is short anyway.

    Raises:
        LimitExceeded: no other member would be scanned either.
    """
    refused = refusal(len(content), name, budget)
    if refused:
        yield refused
        return
    if len(content):
        yield Child(content, name, file_type, stored_size=stored_size)
    yield from compared(content, name, checksum)


def cut_member(content: Fmap, name: bytes, size: int, budget: Budget) -> Iterator[Event]:
    """The same, but a member of a `size` over MaxFileSize is cut there, as ClamAV cuts some.

    Raises:
        LimitExceeded: no other member would be scanned either.
    """
    most = budget.limits.max_file_size
    if 0 < most < size and len(content) >= most:
        # Without the option's name, because ClamAV does not alert here either.
        yield Problem(f"{label(name)}: cut at MaxFileSize, {most} bytes scanned")
        content = content.slice(0, most)
    yield from stored_member(content, name, 0, budget)


def sized_member(
    decode: Callable[[], Decoded],
    name: bytes,
    size: int,
    budget: Budget,
    *,
    checksum: Checksum | None = None,
) -> Iterator[Event]:
    """The events of a member whose header promises `size` bytes, which `decode` makes.

    Raises:
        LimitExceeded: no other member would be scanned either.
    """
    refused = refusal(size, name, budget)
    if refused:
        yield refused
        return
    decoded = decode()
    produced = len(decoded.data)
    if decoded.status == "limit":
        budget.waste(produced)
        budget.check_time()
        yield Problem(f"{label(name)}: more than MaxScanSize leaves", "MaxScanSize")
        return
    if decoded.status != "done":
        checksum = None
        yield Problem(f"{label(name)}: {REASONS[decoded.status]} after {produced} bytes")
    yield from stored_member(decoded.data, name, decoded.consumed, budget, checksum=checksum)


def partial_member(
    content: Fmap, status: str, name: bytes, stored_size: int, budget: Budget
) -> Iterator[Event]:
    """The events of a member whose decoding, as far as `allowance` went, ended with `status`.

    Raises:
        LimitExceeded: no other member would be scanned either.
    """
    produced = len(content)
    if status == "limit":
        budget.waste(produced)
        refused = refusal(produced + 1, name, budget)
        yield refused or Problem(f"{label(name)}: more than MaxScanSize leaves", "MaxScanSize")
        return
    if status != "done":
        yield Problem(f"{label(name)}: {REASONS[status]} after {produced} bytes")
    yield from stored_member(content, name, stored_size, budget)


def few_problems(events: Iterator[Event]) -> Iterator[Event]:
    """The events, without most problems of an archive of nothing but broken members."""
    count = 0
    limits: set[str | None] = {None}
    for event in events:
        if not isinstance(event, Problem):
            yield event
            continue
        count += 1
        if count <= _PROBLEMS or event.limit not in limits:
            limits.add(event.limit)
            yield event
        elif count == _PROBLEMS + 1:
            yield Problem("problems with more members, which are not listed")


def decoded_member(
    decoded: Decoded, name: bytes, budget: Budget, *, checksum: Checksum | None = None
) -> Iterator[Event]:
    """The events of a member that is one compressed stream: a Child, and how its decoding ended."""
    produced = len(decoded.data)
    if decoded.status == "limit":
        budget.check_time()
        budget.waste(produced)
        limit = "MaxFileSize" if produced == budget.limits.max_file_size else "MaxScanSize"
        yield Problem(f"{label(name)}: more than {limit} allows", limit)
        return
    if produced:
        yield Child(decoded.data, name, stored_size=decoded.consumed)
    if decoded.status != "done":
        yield Problem(f"{label(name)}: {REASONS[decoded.status]} after {produced} bytes")
    else:
        yield from compared(decoded.data, name, checksum)


def partition_events(
    data: Fmap, partitions: Iterable[Partition], budget: Budget
) -> Iterator[Event]:
    """A Child for each partition of a disk image, up to MaxPartitions.

    Raises:
        LimitExceeded: there are more of them.
    """
    for number, partition in enumerate(partitions):
        budget.check_time()
        if 0 < budget.limits.max_partitions <= number:
            raise LimitExceeded("MaxPartitions", f"more than {number} partitions")
        size = len(data)
        content = data.slice(min(partition.start, size), min(partition.size, size))
        name = label(partition.name)
        if len(content) < partition.size:
            yield Problem(f"{name}: {partition.size} bytes promised, {len(content)} present")
        yield from stored_member(content, partition.name, partition.size, budget, FileType.PART_ANY)


def only_child(decoded: Decoded, budget: Budget, source: Fmap | None = None) -> Iterator[Event]:
    """The events of a layer that is one compressed stream.

    With the `source` of a stream that has an end, what is behind it is a Child as well: unpackers
    leave it, but to another program it may be the file.

    Raises:
        LimitExceeded: the content is larger than a child may be, so none of it is scanned.
    """
    produced = len(decoded.data)
    if decoded.status == "limit":
        budget.waste(produced)
        budget.check_child(produced + 1)
        raise LimitExceeded("MaxScanSize", "too much was decoded in vain")
    if produced:
        yield Child(decoded.data, stored_size=decoded.consumed)
    if decoded.status != "done":
        yield Problem(f"{REASONS[decoded.status]} after {produced} bytes of content")
    elif source is not None:
        yield from behind(source, decoded.consumed, b"behind the stream", budget)


def behind(data: Fmap, end: int, name: bytes, budget: Budget) -> Iterator[Event]:
    """A Child of what follows the `end` of a format, zeros left out."""
    for at in range(end, len(data), _PIECE):
        piece = data.read(at, _PIECE)
        if rest := piece.lstrip(b"\0"):
            found = data.slice(at + len(piece) - len(rest), len(data))
            yield from stored_member(found, name, len(found), budget)
            return

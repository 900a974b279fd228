"""7z archives, also self-extracting ones (.7z, .exe).

Layout and spec: parsers/sevenzip.py. A folder, which in a solid archive holds many files, is
decoded once and its files are slices of it; it is decoded no further than the last file that
MaxFileSize lets through, nor than MaxScanSize allows, and of a damaged folder what came out before
the damage is scanned. Yields a Member per file, also without content, numbered from 0 with the
directories, which have none, and a Child each. A Member's name has one byte per UTF-16 unit and
no stored size, as ClamAV gives them to signatures. Encrypted files and headers are opened with the
passwords of the database, and reported where none fits.

More than ClamAV: passwords, PPMd, Deflate64, Zstandard, ARM64, RISC-V and byte swapping, partial
content of damaged archives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import branch, bzip2, deflate, deflate64, lzma, lzma2, ppmd, zstd
from nacre.codecs.checksum import Checksum
from nacre.formats.base import REASONS, label, stored_member
from nacre.model.errors import Corrupt, Encrypted, FormatError, Unsupported
from nacre.model.event import Event, Finding, Member, Problem
from nacre.model.filetype import FileType
from nacre.parsers import sevenzip as structure
from nacre.parsers.sevenzip_encryption import decrypt, key_of, lock_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap
    from nacre.parsers.sevenzip import Archive, Coder, Entry, Folder
    from nacre.parsers.sevenzip_encryption import Lock

_COPY: Final = b"\0"
_BCJ2: Final = b"\x03\x03\x01\x1b"
_AES: Final = b"\x06\xf1"
_SIZED: Final[dict[bytes, Callable[..., Decoded]]] = {
    b"\x21": lzma2.decode,
    b"\x03\x01\x01": lzma.decode_raw,
    b"\x03\x04\x01": ppmd.decode,
}
_UNSIZED: Final[dict[bytes, Callable[..., Decoded]]] = {
    b"\x04\x01\x08": deflate.decode,
    b"\x04\x01\x09": deflate64.decode,
    b"\x04\x02\x02": bzip2.decode,
    b"\x04\xf7\x11\x01": zstd.decode,
}
_FILTERS: Final = {
    b"\x03": "delta", b"\x04": "x86", b"\x05": "powerpc", b"\x06": "ia64", b"\x07": "arm",
    b"\x08": "thumb", b"\x09": "sparc", b"\x0a": "arm64", b"\x0b": "riscv",
    b"\x02\x03\x02": "swap2", b"\x02\x03\x04": "swap4",
    b"\x03\x03\x01\x03": "x86", b"\x03\x03\x02\x05": "powerpc", b"\x03\x03\x04\x01": "ia64",
    b"\x03\x03\x05\x01": "arm", b"\x03\x03\x07\x01": "thumb", b"\x03\x03\x08\x05": "sparc",
}  # fmt: skip

_LOOK_AHEAD: Final = 64 << 10
_HEADER_SIZE: Final = 64 << 20
_HEADERS_IN_HEADERS: Final = 4
_ENTRIES_PER_FILE: Final = 20  # directories and empty files are no layers
_PROBLEMS: Final = 100
_FINDING: Final = Finding("Heuristics.Encrypted.7Zip", "alert_encrypted_archive")


class SevenZipHandler:
    """Unpacks 7z archives."""

    TYPES: ClassVar = frozenset({FileType.SEVENZIP, FileType.SEVENZIP_SFX})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the members."""
        keys = _Keys(budget)
        try:
            header = _plain_header(data, budget, keys)
        except Encrypted:
            yield _FINDING
            raise
        if keys.used:
            yield _FINDING
        if len(header):
            archive = structure.read_archive(header, budget)
            yield from _Walk(data, archive, budget, keys).events()
            if archive.fault:
                raise archive.fault


class _Keys:
    """The passwords of the database, the one that fitted last first; keys are made once."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._passwords = list(budget.passwords_for(FileType.SEVENZIP))
        self._made: dict[tuple[Lock, bytes], bytes] = {}
        self.used = False

    def opening(self, data: Fmap, folder: Folder, most: int) -> bytes | None:
        """The password by which the folder, or its first file, has its checksum; None for none."""
        first = folder.streams[0] if folder.streams else None
        size = first.size if first else folder.size
        crc = (first.crc if first else 0) or (folder.crc or 0)
        for password in self._passwords:
            self._budget.check_time()
            graph = _Graph(data, folder, self._budget, min(size, most), self, password)
            try:
                content, status = graph.decode()
            except FormatError:
                continue
            whole = len(content) == size
            if (whole and crc and Checksum("crc32", crc).fits(content)) or (
                status == "done" and not (whole and crc)
            ):
                self._passwords.remove(password)
                self._passwords.insert(0, password)
                self.used = True
                return password
        return None

    def decrypt(self, coder: Coder, source: Fmap, password: bytes, most: int) -> Decoded:
        """The output of a coder of AES."""
        lock = lock_of(coder.properties)
        made = (lock, password)
        if made not in self._made:
            self._made[made] = key_of(lock, password, self._budget)
        return decrypt(source, lock, self._made[made], self._budget, most)


def _plain_header(data: Fmap, budget: Budget, keys: _Keys) -> Fmap:
    header = structure.header_of(data)
    for _ in range(_HEADERS_IN_HEADERS):
        folder = structure.encoded_folder(header) if len(header) else None
        if folder is None:
            return header
        password = None
        size = min(folder.size, _HEADER_SIZE)
        if _is_encrypted(folder):
            password = keys.opening(data, folder, size)
            if password is None:
                raise Encrypted("the header is encrypted")
        header, _status = _Graph(data, folder, budget, size, keys, password).decode()
    raise Unsupported("a header in a header in a header")


def _is_encrypted(folder: Folder) -> bool:
    return any(coder.method.startswith(_AES) for coder in folder.coders)


class _Graph:
    """Decodes one folder; the first failure is its status, the rest works on what there is."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that a folder needs
        self,
        data: Fmap,
        folder: Folder,
        budget: Budget,
        wanted: int,
        keys: _Keys,
        password: bytes | None = None,
    ) -> None:
        self._keys = keys
        self._password = password
        self._data = data
        self._folder = folder
        self._budget = budget
        self._wanted = wanted
        self._status = "done"

    def decode(self) -> tuple[Fmap, str]:
        """The output, up to what is wanted, and how its decoding ended.

        Raises:
            Unsupported: a coder is unknown.
        """
        return self._output(self._folder.main), self._status

    def _output(self, number: int) -> Fmap:
        """The output of a coder. Each is the input of one other at most, so this ends."""
        folder = self._folder
        coder, size = folder.coders[number], folder.sizes[number]
        first = sum(before.inputs for before in folder.coders[:number])
        inputs = [self._input(first + index) for index in range(coder.inputs)]
        # What a filter needs is at most a few bytes more than what it gives.
        most = min(size, self._wanted + (_LOOK_AHEAD if number != folder.main else 0))
        if coder.method == _COPY and len(inputs) == 1:
            return inputs[0].slice(0, most)
        decoded = self._run(coder, inputs, size, most)
        if len(decoded.data) < most and self._status == "done":
            self._status = "truncated" if decoded.status == "done" else decoded.status
        return decoded.data

    def _run(self, coder: Coder, inputs: list[Fmap], size: int, most: int) -> Decoded:
        method, budget, source = coder.method, self._budget, inputs[0]
        if method == _BCJ2 and len(inputs) == 4:  # noqa: PLR2004 as 7zFormat.txt says
            code, calls, jumps, decisions = inputs
            return branch.decode_bcj2(
                (code, calls, jumps, decisions), budget, size, max_output=most
            )
        if len(inputs) == 1:
            if method in _SIZED:
                return _SIZED[method](source, budget, size, coder.properties, max_output=most)
            if method in _UNSIZED:
                return _UNSIZED[method](source, budget, max_output=most)
            if method.startswith(_AES) and self._password is not None:
                return self._keys.decrypt(coder, source, self._password, most)
            if method in _FILTERS:
                name = _FILTERS[method]
                return branch.decode(name, source, budget, coder.properties, max_output=most)
        raise Unsupported(f"method {method.hex()} is not decoded")

    def _input(self, number: int) -> Fmap:
        if number in self._folder.bonds:
            return self._output(self._folder.bonds[number])
        number = self._folder.packed.index(number)
        if number >= len(self._folder.places):
            raise Corrupt("its packed stream is nowhere")
        offset, size = self._folder.places[number]
        return self._data.slice(offset, size)


class _Walk:
    """One pass over the files."""

    def __init__(self, data: Fmap, archive: Archive, budget: Budget, keys: _Keys) -> None:
        self._keys = keys
        self._passwords: dict[int, bytes | None] = {}
        self._data = data
        self._archive = archive
        self._budget = budget
        self._current = -1
        self._output = data.slice(0, 0)
        self._fault = ""
        self._told = True
        self._encrypted = keys.used
        self._told_encrypted = False
        self._problems = 0

    def events(self) -> Iterator[Event]:
        most = self._budget.limits.max_files * _ENTRIES_PER_FILE
        for position, entry in enumerate(self._archive.entries):
            self._budget.check_time()
            if 0 < most <= position:
                yield Problem(f"only the first {most} members were looked at", "MaxFiles")
                return
            if entry.is_directory:
                continue
            encrypted = entry.folder >= 0 and _is_encrypted(self._archive.folders[entry.folder])
            name = entry.name.encode("utf-16-le", "surrogatepass")[::2]
            yield Member(name, 0, entry.stream.size, position, encrypted, entry.stream.crc)
            if encrypted and not self._encrypted:
                self._encrypted = True
                yield _FINDING
            if encrypted and self._password(entry.folder) is None:
                yield from self._locked(entry)
            elif entry.stream.size:
                yield from self._content(entry)

    def _locked(self, entry: Entry) -> Iterator[Event]:
        if not self._told_encrypted:
            self._told_encrypted = True
            yield Problem(f"encrypted members, such as {label(_name(entry))}")

    def _password(self, number: int) -> bytes | None:
        """What opens a folder, if anything does."""
        if number not in self._passwords:
            folder, most = self._archive.folders[number], self._budget.allowance_together()
            self._passwords[number] = self._keys.opening(self._data, folder, most)
        return self._passwords[number]

    def _content(self, entry: Entry) -> Iterator[Event]:
        limits, stream = self._budget.limits, entry.stream
        self._budget.check_child(0)
        if 0 < limits.max_file_size < stream.size:
            yield Problem(
                f"{label(_name(entry))}: MaxFileSize exceeded: {stream.size} bytes", "MaxFileSize"
            )
            return
        if entry.folder != self._current:
            self._open(entry.folder)
        piece = self._output.slice(stream.offset, stream.size)
        whole = len(piece) == stream.size and stream.crc
        checksum = Checksum("crc32", stream.crc) if whole else None
        yield from stored_member(piece, _name(entry), 0, self._budget, checksum=checksum)
        if len(piece) < stream.size and not self._told:
            self._told = True
            yield from self._problem(entry, len(piece))

    def _open(self, number: int) -> None:
        """Decode a folder as far as its files are wanted."""
        self._current, self._told = number, False
        folder, limits = self._archive.folders[number], self._budget.limits
        allowed = limits.max_file_size or folder.size
        wanted = [stream for stream in folder.streams if stream.size <= allowed]
        end = max((stream.offset + stream.size for stream in wanted), default=0)
        most = min(end, self._budget.allowance_together())
        try:
            password = self._passwords.get(number)
            graph = _Graph(self._data, folder, self._budget, most, self._keys, password)
            self._output, status = graph.decode()
            self._fault = "" if status in {"done", "limit"} else REASONS[status]
        except FormatError as error:
            self._output, self._fault = self._data.slice(0, 0), str(error)
        self._budget.check_time()
        out = len(self._output)
        used = sum(max(0, min(stream.size, out - stream.offset)) for stream in wanted)
        self._budget.waste(out - used)

    def _problem(self, entry: Entry, present: int) -> Iterator[Event]:
        """Tell of the first file of a folder that is not whole; none behind it is."""
        self._problems += 1
        if not self._fault:
            yield Problem(f"{label(_name(entry))}: more than MaxScanSize leaves", "MaxScanSize")
        elif self._problems <= _PROBLEMS:
            yield Problem(
                f"{label(_name(entry))} and what is packed behind it: {self._fault},"
                f" {present} of {entry.stream.size} bytes present"
            )
        elif self._problems == _PROBLEMS + 1:
            yield Problem("problems with more members, which are not listed")


def _name(entry: Entry) -> bytes:
    return entry.name.encode("utf-8", "surrogatepass")

"""The native extension (crates/python). Only numbers, bytes and ids cross.

Each section belongs to one crate; only that crate's façade room imports it.
"""

from collections.abc import Sequence
from typing import Literal, Self, TypeAlias, final

__all__ = [
    "FUNCTIONALITY_LEVEL",
    "IMAGE_VERSION",
    "Decoded",
    "Ere",
    "Fmap",
    "HtmlViews",
    "Image",
    "ImageBuilder",
    "Program",
    "RarArchive",
    "Sandbox",
    "Selection",
    "Spool",
    "Watch",
    "checksum",
    "crypt_bytes",
    "decode",
    "decode_ace",
    "decode_bcj2",
    "decrypt",
    "find_literal",
    "normalise_html",
    "normalise_text",
    "picture_hash",
    "unpredict",
]

# crates/fmap, façade nacre.model.fmap

@final
class Fmap:
    """Immutable bytes; slices share memory. Offsets and sizes beyond the end are cut."""

    @staticmethod
    def from_bytes(data: bytes) -> Fmap: ...
    @staticmethod
    def from_fd(fd: int, size: int) -> Fmap: ...
    def __len__(self) -> int: ...
    def read(self, offset: int, size: int) -> bytes: ...
    def slice(self, offset: int, size: int) -> Fmap: ...
    def find(self, needle: bytes, start: int, end: int) -> int: ...
    def rfind(self, needle: bytes, start: int, end: int) -> int: ...
    def digest(self, kind: str) -> bytes: ...
    def digest_parts(self, algorithm: str, parts: list[tuple[int, int]]) -> bytes: ...
    @property
    def short(self) -> bool: ...

@final
class Spool:
    """Collects output in memory, in an unnamed temporary file once it exceeds `memory` bytes."""

    def __new__(cls, directory: str, memory: int) -> Self: ...
    def __len__(self) -> int: ...
    def write(self, data: bytes) -> None: ...
    def finish(self) -> Fmap: ...

# crates/codecs, façade nacre.codecs

@final
class Decoded:
    """One decoded stream: what came out, how much of the source it was, how it ended."""

    @property
    def data(self) -> Fmap: ...
    @property
    def consumed(self) -> int: ...
    @property
    def status(
        self,
    ) -> Literal["done", "truncated", "corrupt", "limit", "window", "storage", "checksum"]: ...

def decode(
    method: str,
    source: Fmap,
    max_output: int,
    directory: str,
    seconds: float,
    size: int | None = None,
    parameters: list[int] = ...,
) -> Decoded: ...
def decode_ace(
    source: Fmap,
    members: Sequence[tuple[int, int, int, int]],
    max_output: int,
    directory: str,
    seconds: float,
) -> Decoded: ...
def unpredict(
    parameters: tuple[int, int, int, int],
    source: Fmap,
    max_output: int,
    directory: str,
    seconds: float,
) -> Decoded: ...
def decrypt(
    cipher: str,
    key: bytes,
    source: Fmap,
    max_output: int,
    directory: str,
    seconds: float,
) -> Decoded: ...
def picture_hash(source: Fmap) -> bytes: ...
def find_literal(source: Fmap, start: int) -> tuple[int, str] | None: ...
def checksum(
    kind: Literal[
        "crc32", "crc16", "crc16-hqx", "adler32", "xxh32", "sum32", "turned16", "cabinet"
    ],
    source: Fmap,
) -> int: ...
def crypt_bytes(method: str, key: bytes, vector: bytes, data: bytes) -> bytes: ...
def decode_bcj2(
    sources: tuple[Fmap, Fmap, Fmap, Fmap],
    size: int,
    max_output: int,
    directory: str,
    seconds: float,
) -> Decoded: ...

_RarRow: TypeAlias = tuple[
    bytes, int, int | None, int, int, tuple[bool, bool, bool, bool, bool, bool]
]

@final
class RarArchive:
    """An opened RAR archive; ValueError with the reason when it cannot be opened."""

    @staticmethod
    def open(
        source: Fmap, max_headers: int, seconds: float, password: bytes | None
    ) -> RarArchive: ...
    @property
    def damaged_at(self) -> int | None: ...
    @property
    def first_generation(self) -> bool: ...
    @property
    def comment(self) -> bytes | None: ...
    def members(self) -> list[_RarRow]: ...
    def decode(
        self,
        indices: list[int],
        max_member: int,
        max_output: int,
        directory: str,
        seconds: float,
    ) -> tuple[Decoded, list[tuple[int, int, bool]]]: ...

# crates/executables, façade nacre.executables

_Place: TypeAlias = tuple[int, int, int, int]

@final
class Program:
    """What the headers of a program say; `kind` is pe, elf, macho or universal."""

    def __new__(cls, data: Fmap, kind: str) -> Self: ...
    @property
    def bits(self) -> int: ...
    @property
    def big_endian(self) -> bool: ...
    @property
    def machine(self) -> int: ...
    @property
    def library(self) -> bool: ...
    @property
    def entry_point(self) -> int | None: ...
    @property
    def fault(self) -> str | None: ...
    @property
    def parts(self) -> bool: ...
    @property
    def broken(self) -> str | None: ...
    @property
    def overlay(self) -> int | None: ...
    @property
    def slices(self) -> list[tuple[int, int]]: ...
    @property
    def signed(self) -> tuple[list[tuple[int, int]], int, int] | None: ...
    def places(self) -> list[tuple[int, int]]: ...
    def sections(self) -> list[tuple[bytes, _Place, _Place, int]]: ...
    def import_text(self) -> bytes | None: ...
    def version_keys(self) -> list[int]: ...
    def exports(self) -> list[bytes]: ...
    def branches(self, into: int, room: int) -> list[int]: ...
    def resources(self, kind: int) -> list[tuple[int, int, int | None, int]]: ...
    def unpack(
        self, packers: list[str], max_output: int
    ) -> tuple[str, Fmap | None, int | None, bool] | None: ...

# crates/matcher, façade nacre.matching

IMAGE_VERSION: int
FUNCTIONALITY_LEVEL: int

_Facts: TypeAlias = tuple[int | None, list[tuple[int, int]], list[int]]
_Match: TypeAlias = tuple[str, int, int, int]
_TypeHit: TypeAlias = tuple[int, int, int]
_CertificateRule: TypeAlias = tuple[
    str, tuple[bool, bool, bool, bool, bool], int, bytes, bytes | None, bytes
]
_Answer: TypeAlias = tuple[list[_Match], list[_TypeHit], list[str]]

@final
class Selection:
    """Which signatures count, and what matching may cost."""

    def __new__(
        cls,
        *,
        detect_pua: bool,
        include_pua: list[str],
        exclude_pua: list[str],
        official_only: bool,
        phishing: bool,
        canaries: bool,
        pcre_match_limit: int,
        pcre_depth_limit: int,
        pcre_max_size: int,
        steps: int,
        icons: int,
    ) -> Self: ...

@final
class Image:
    """A mapped signature image."""

    @staticmethod
    def open(path: str) -> Image: ...
    def metadata(self) -> bytes: ...
    def scan(
        self,
        data: Fmap,
        selection: Selection,
        target: int,
        file_size: int,
        ancestors: list[int],
        facts: _Facts | None,
        picture: bool,
        hashes: bool,
        types: bool,
        retyped: bool,
        whole: Fmap | None = None,
        program: Program | None = None,
    ) -> _Answer | None: ...
    def type_hits(self, data: Fmap, selection: Selection) -> list[_TypeHit]: ...
    def section_matches(
        self, data: Fmap, sections: list[tuple[int, int]], selection: Selection
    ) -> _Answer | None: ...
    def import_matches(self, text: bytes, selection: Selection) -> list[str]: ...
    def trusted(self, data: Fmap) -> bool: ...
    def ignores_members(self) -> bool: ...
    def member_names(
        self,
        selection: Selection,
        container: int,
        container_size: int,
        name: bytes,
        stored: int,
        real: int,
        encrypted: bool,
        position: int,
        crc: int,
    ) -> list[str]: ...
    def certificates(self) -> list[_CertificateRule]: ...
    def has_certificates(self) -> bool: ...
    def catalog_sizes(self, programs: bool) -> list[int]: ...
    def catalogued(self, programs: bool, digest: bytes) -> bool: ...
    def kept(self, suffix: str) -> list[tuple[bytes, str, bool]]: ...
    def magics(self) -> list[tuple[int, bytes, int, bool]]: ...

@final
class ImageBuilder:
    """Compiles signature files into a new file at `path`."""

    def __new__(cls, path: str, key: bytes, file_types: list[str]) -> Self: ...
    def begin(
        self,
        name: str,
        suffix: str,
        official: bool,
        pua: bool,
        in_container: bool,
        canary: bool,
    ) -> None: ...
    def feed(self, chunk: bytes) -> None: ...
    def end(self) -> None: ...
    def certificates(self) -> list[_CertificateRule]: ...
    def add_catalogued(self, programs: bool, digest: bytes) -> bool: ...
    def has_magic(self) -> bool: ...
    def report(self) -> list[tuple[str, int, int, int, list[tuple[int, str]]]]: ...
    def finish(self, metadata: bytes) -> None: ...

@final
class Ere:
    """A POSIX extended regular expression; ValueError when `pattern` is none."""

    def __new__(cls, pattern: bytes) -> Self: ...
    def matches(self, text: bytes) -> bool: ...

# crates/codecs: normalisers, façade nacre.codecs.normalise

@final
class HtmlViews:
    """The copies of an HTML page; None where there is none or it is too large."""

    @property
    def no_comment(self) -> Fmap: ...
    @property
    def no_tags(self) -> Fmap | None: ...
    @property
    def script(self) -> Fmap | None: ...
    @property
    def misread(self) -> bool: ...

def normalise_text(source: Fmap, directory: str) -> Fmap: ...
def normalise_html(
    source: Fmap, max_no_tags: int, directory: str, wide: bool, plain: bool
) -> HtmlViews: ...

# crates/host, façade nacre.workers.sandbox

@final
class Watch:
    """Asked before files are opened; answers in time by itself."""

    def __new__(cls, prevention: bool, patience_ms: int, deny: bool, news: list[str]) -> Self: ...
    def fileno(self) -> int: ...
    def mark(self, path: str, place: str) -> None: ...
    def mark_tree(self, path: str) -> int: ...
    def mark_moves(self, path: str) -> None: ...
    def settle(self, descriptor: int) -> None: ...
    def unsettle(self, descriptor: int) -> None: ...
    def forget(self) -> None: ...
    def take(self, room: int) -> list[tuple[int, int, int, bool, bool, bool]]: ...
    def answer(self, number: int, allow: bool) -> bool: ...
    def counters(self) -> tuple[int, int, int, int, int]: ...

@final
class Sandbox:
    """Prepares a confinement: `wanted` names its parts, of "landlock", "seccomp" and "rlimits".

    `memory` in bytes and `processor_seconds` are no limit at 0.
    """

    def __new__(
        cls,
        directory: str | None,
        named: bool,
        memory: int,
        processor_seconds: int,
        wanted: list[str],
    ) -> Self: ...
    def enter(self) -> list[str]:
        """Confine this thread for ever; the names of the parts that hold now."""

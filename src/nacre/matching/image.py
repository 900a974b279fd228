"""A signature image, opened for scanning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre import _native
from nacre.matching.certificate import CertificateRule, from_native
from nacre.matching.match import Answer, Facts, KeptLine, Kind, Magic, Match, TypeHit, View
from nacre.model.errors import DatabaseError
from nacre.model.filetype import BY_NUMBER, NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from nacre.model.event import Member
    from nacre.model.filetype import FileType
    from nacre.model.fmap import Fmap
    from nacre.model.limits import Limits
    from nacre.model.options import ScanOptions

    _NativeAnswer = tuple[list[tuple[str, int, int, int]], list[tuple[int, int, int]], list[str]]

IMAGE_VERSION = _native.IMAGE_VERSION
FUNCTIONALITY_LEVEL = _native.FUNCTIONALITY_LEVEL

_NOTHING = Answer()
_KINDS = (Kind.BODY, Kind.HASH, Kind.LOGICAL)
_UNLIMITED = (1 << 32) - 1
_LARGEST = (1 << 64) - 1
_NO_LAYER = 1
"""Every layer is larger."""


class Selection:
    """Which signatures of an image count, and what matching may cost; one per scanner."""

    __slots__ = ("native",)

    def __init__(self, options: ScanOptions, limits: Limits, *, regexes: bool = True) -> None:
        self.native = _native.Selection(
            detect_pua=options.detect_pua,
            include_pua=list(options.include_pua),
            exclude_pua=list(options.exclude_pua),
            official_only=options.official_only,
            phishing=options.phishing_signatures,
            canaries=options.canaries,
            pcre_match_limit=min(limits.pcre_match_limit or _UNLIMITED, _UNLIMITED),
            pcre_depth_limit=min(limits.pcre_rec_match_limit or _UNLIMITED, _UNLIMITED),
            pcre_max_size=limits.pcre_max_file_size if regexes else _NO_LAYER,
            steps=limits.match_steps,
            icons=min(limits.max_icons_pe, _UNLIMITED),
        )


class Image:
    """A compiled database, mapped read-only; safe to share between threads."""

    __slots__ = ("_native", "ignores_members")

    def __init__(self, native: _native.Image) -> None:
        self._native = native
        self.ignores_members = native.ignores_members()
        """True when no signature is about members of containers: they need not be offered."""

    @classmethod
    def open(cls, path: Path) -> Image:
        """Map the image at `path`.

        Raises:
            DatabaseError: it is missing, truncated, of another version, or not to be trusted.
        """
        try:
            return cls(_native.Image.open(str(path)))
        except (OSError, ValueError) as error:
            raise DatabaseError(f"{path}: {error}") from error

    def metadata(self) -> bytes:
        """What the compiler of the image kept about it."""
        return self._native.metadata()

    def scan(
        self, data: Fmap, view: View, selection: Selection, whole: Fmap | None = None
    ) -> Answer:
        """Every selected signature that matches `data`.

        `whole` is what YARA rules read integers from where that is not `data`: for the normalised
        copy of a text the text itself.
        """
        facts = view.facts
        answer = self._native.scan(
            data,
            selection.native,
            view.target,
            view.file_size,
            [NUMBER[file_type] for file_type in view.ancestors],
            _native_facts(facts) if facts else None,
            view.picture,
            view.hashes,
            view.types,
            view.retyped,
            whole,
            view.program,
        )
        return _answer(answer)

    def section_matches(
        self, program: Fmap, sections: Iterable[tuple[int, int]], selection: Selection
    ) -> Answer:
        """Section hashes that match parts (offset and size in bytes) of a program, part after part.

        Parts that overlap are hashed up to four times the program's size (32 MiB for small ones);
        a problem of the answer says when that left some out.
        """
        return _answer(self._native.section_matches(program, list(sections), selection.native))

    def import_matches(self, text: bytes, selection: Selection) -> tuple[Match, ...]:
        """Import hashes that match the text of a program's imports."""
        names = self._native.import_matches(text, selection.native)
        return tuple(Match(name, Kind.HASH) for name in names)

    def type_hits(self, head: Fmap, selection: Selection) -> tuple[TypeHit, ...]:
        """The type patterns found in `head`, the start of a layer."""
        return tuple(_type_hit(*hit) for hit in self._native.type_hits(head, selection.native))

    def trusted(self, data: Fmap) -> bool:
        """True when an allow-list names one of the digests of `data`."""
        return self._native.trusted(data)

    def member_names(
        self, member: Member, container: FileType, container_size: int, selection: Selection
    ) -> list[str]:
        """Names of the signatures that `member` matches, newest first; its content is not asked."""
        return self._native.member_names(
            selection.native,
            NUMBER[container],
            container_size,
            member.name,
            min(member.stored_size, _LARGEST),
            min(member.size, _LARGEST),
            member.encrypted,
            member.position,
            member.crc,
        )

    def certificate_rules(self) -> tuple[CertificateRule, ...]:
        """What `.crb` files say about certificates, in load order."""
        return tuple(map(from_native, self._native.certificates()))

    def has_certificate_rules(self) -> bool:
        """Whether there are any; costs nothing."""
        return self._native.has_certificates()

    def catalog_sizes(self, *, programs: bool) -> tuple[int, ...]:
        """Sizes in bytes of the digests that catalogs name, of programs or of files."""
        return tuple(self._native.catalog_sizes(programs))

    def catalogued(self, digest: bytes, *, programs: bool) -> bool:
        """True when a catalog names `digest`, as that of a program or of a file."""
        return self._native.catalogued(programs, digest)

    def kept(self, suffix: str) -> tuple[KeptLine, ...]:
        """The lines of all files of the type with `suffix`, in load order.

        Raises:
            ValueError: the lines of that type are not kept.
        """
        return tuple(KeptLine(*line) for line in self._native.kept(suffix))

    def magics(self) -> tuple[Magic, ...]:
        """Fixed magics, newest first."""
        return tuple(
            Magic(offset, value, BY_NUMBER[detected], partition)
            for offset, value, detected, partition in self._native.magics()
        )


def _answer(native: _NativeAnswer | None) -> Answer:
    if native is None:
        return _NOTHING
    matches, types, problems = native
    return Answer(
        tuple(
            Match(name, _KINDS[kind], offset, BY_NUMBER[handler] if handler >= 0 else None)
            for name, kind, offset, handler in matches
        ),
        tuple(_type_hit(*hit) for hit in types),
        tuple(problems),
    )


def _type_hit(required: int, detected: int, offset: int) -> TypeHit:
    return TypeHit(BY_NUMBER[required], BY_NUMBER[detected], offset)


def _native_facts(facts: Facts) -> tuple[int | None, list[tuple[int, int]], list[int]]:
    return (facts.entry_point, list(facts.sections), list(facts.version_info))

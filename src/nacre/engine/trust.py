"""What the engine asks about trust: allow-lists, signatures of programs, catalogs.

Nothing is imported or computed for a database without rules about certificates, nor before the
first program that has a signature.
"""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Final

from nacre.executables import Program
from nacre.model.filetype import FileType
from nacre.model.switches import Switch

if TYPE_CHECKING:
    from nacre.matching import Image
    from nacre.model.fmap import Fmap
    from nacre.model.options import ScanOptions
    from nacre.model.switches import Switches
    from nacre.trust.authenticode import Judgement
    from nacre.trust.rules import Rules

_KINDS: Final = {20: "sha1", 32: "sha256"}
"""Digest sizes of catalogs."""


class Trust:
    """One scanner's reasons to believe. Safe to share between threads."""

    def __init__(self, image: Image, options: ScanOptions, switches: Switches) -> None:
        self._image = image
        self._official_only = options.official_only
        self._dumps = options.dump_certificates
        checks = not options.disable_cert_check
        self.judges: Final = checks and (image.has_certificate_rules() or self._dumps)
        """Whether signatures of programs are worth looking at."""
        # They are signed themselves.
        catalogs = checks and switches.has(Switch.CATALOGS) and switches.has(Switch.CERTIFICATES)
        self._program_kinds = self._kinds(programs=True) if catalogs else ()
        self._file_kinds = self._kinds(programs=False) if catalogs else ()

    def judge(self, data: Fmap, program: Program) -> Judgement | None:
        """What the signature inside `data`, whose headers are `program`, says; None without one."""
        signed = program.signed
        if signed is None or not signed.table_size:
            return None
        from nacre.trust.authenticode import judge  # noqa: PLC0415 - only for signed programs

        judgement = judge(data, signed, self._rules, int(time.time()))
        if self._dumps:
            self._dump(judgement)
        return judgement

    def believes(self, data: Fmap) -> bool:
        """Whether an allow-list or a catalog names `data`."""
        return self._image.trusted(data) or self._is_catalogued(data)

    def _is_catalogued(self, data: Fmap) -> bool:
        image = self._image
        if any(image.catalogued(data.digest(kind), programs=False) for kind in self._file_kinds):
            return True
        if not self._program_kinds:
            return False
        signed = Program(data, FileType.MSEXE).signed
        return signed is not None and any(
            image.catalogued(data.digest_parts(kind, list(signed.parts)), programs=True)
            for kind in self._program_kinds
        )

    def _kinds(self, *, programs: bool) -> tuple[str, ...]:
        return tuple(_KINDS[size] for size in self._image.catalog_sizes(programs=programs))

    @cached_property
    def _rules(self) -> Rules:
        from nacre.trust.rules import Rules  # noqa: PLC0415 - only for signed programs

        rules = self._image.certificate_rules()
        return Rules(rule for rule in rules if rule.official or not self._official_only)

    def _dump(self, judgement: Judgement) -> None:
        import logging  # noqa: PLC0415 - slow to import, and hardly ever needed

        from nacre.trust.dump import lines  # noqa: PLC0415 - rarely asked for

        for certificate in judgement.certificates:
            for line in lines(certificate):
                logging.getLogger(__name__).debug("%s", line)

"""What all scans of one scanner share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.engine.rules import RuleMatcher
    from nacre.engine.trust import Trust
    from nacre.filetype import Detector
    from nacre.heuristics.links import LinkJudge
    from nacre.matching import Image, Selection, TypeHit
    from nacre.model.budget import Passwords
    from nacre.model.filetype import FileType
    from nacre.model.fmap import Fmap
    from nacre.model.limits import Limits
    from nacre.model.options import ScanOptions
    from nacre.model.switches import Switches


@dataclass(frozen=True, slots=True)
class Setup:
    """What all scans of one scanner share."""

    image: Image
    selection: Selection
    detector: Detector
    search: Callable[[Fmap], tuple[TypeHit, ...]]
    """Finds the type patterns in a piece of data."""
    opened: frozenset[FileType]
    """File types that have a handler which the options and the database allow."""
    switches: Switches
    options: ScanOptions
    limits: Limits
    directory: str
    """Where large normalised copies go."""
    imports: bool
    """Whether there are signatures of imports."""
    trust: Trust
    passwords: Passwords
    """What encrypted archives are tried with."""
    match_first: bool
    """Match a layer before it is opened, as ClamAV does once any `.sdb` is loaded."""
    rules: RuleMatcher | None = None
    """Rules outside of the database."""
    judge: Callable[[], LinkJudge] | None = None
    """Makes the judge of links in mails, unless they are not looked at."""

"""What one row of the option table says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, Flag, auto

Value = bool | int | str


class Kind(Enum):
    """How a value is written."""

    BOOL = "yes/no"
    NUMBER = "number"
    SIZE = "size"
    STRING = "string"


class Program(Flag):
    """Who takes an option; a row may name several."""

    CLAMSCAN = auto()
    CLAMD = auto()
    CLAMDSCAN = auto()
    FRESHCLAM = auto()
    CLAMCONF = auto()
    CLAMDTOP = auto()
    SIGTOOL = auto()
    CLAMONACC = auto()
    NACRE = auto()
    """nacre's own settings: `nacre.conf`, read by every command."""


class Status(Enum):
    """Whether an option still does something."""

    ACTIVE = "active"
    HIDDEN = "hidden"
    """Works, but is not shown: for developers."""
    ALIAS = "alias"
    """An older spelling: sets the same key as the option that replaced it."""
    IGNORED = "ignored"
    """Accepted with a warning, does nothing."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option under all its spellings."""

    key: str
    """Name in `Settings`; the field of this name of Limits or ScanOptions, if there is one."""
    kind: Kind
    programs: Program
    name: str = ""
    """Spelling in configuration files, empty where there is none."""
    long: str = ""
    short: str = ""
    default: Value | None = None
    multiple: bool = False
    optional: bool = False
    """A string whose value may be left out; `default` is taken then."""
    choices: tuple[str, ...] = ()
    """Accepted values of a string, compared without regard to case."""
    since: str = "1.4"
    status: Status = Status.ACTIVE
    metavar: str = ""
    help: str = ""

    @property
    def shown(self) -> bool:
        """True when help, manual and completion mention it."""
        return self.status is Status.ACTIVE

    @property
    def spelling(self) -> str:
        """How messages about the command line name it: ``--log (-l)``."""
        return f"--{self.long}" + (f" (-{self.short})" if self.short else "")

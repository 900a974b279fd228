"""Everything nacre raises.

NacreError
├── FormatError            a parser cannot go on with this layer
│   ├── Truncated          the data ends too early
│   ├── Corrupt            the structure contradicts itself
│   ├── Encrypted          a password would be needed
│   └── Unsupported        well-formed, but a variant nobody here can decode
├── LimitExceeded          a limit of `Limits` was reached; carries the option's name
├── SignatureError         one line of a signature file: file, line, reason
├── DatabaseError          a database as a whole cannot be used
├── ConfigError            a configuration file or option: file, line, reason
├── ProtocolError          the other side of a connection does not speak the protocol
└── ScanError              the target itself cannot be read
"""

from __future__ import annotations


class NacreError(Exception):
    """Base of all errors that nacre raises on purpose."""


class FormatError(NacreError):
    """The layer cannot be parsed further; what was yielded before stays."""


class Truncated(FormatError):
    """The data ends before the structure does."""


class Corrupt(FormatError):
    """The structure contradicts itself or its specification."""


class Encrypted(FormatError):
    """The content is encrypted and no password opens it."""


class Unsupported(FormatError):
    """A valid variant that is not decoded here."""


class LimitExceeded(NacreError):
    """A scan limit was reached; `option` is ClamAV's name of it, such as ``MaxFileSize``."""

    def __init__(self, option: str, detail: str = "") -> None:
        self.option = option
        self.detail = detail
        super().__init__(f"{option} exceeded" + (f": {detail}" if detail else ""))


class SignatureError(NacreError):
    """One signature line cannot be used."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        self.file = file
        self.line = line
        self.reason = reason
        super().__init__(f"{file}:{line}: {reason}")


class DatabaseError(NacreError):
    """A database cannot be opened, verified or compiled."""


class ConfigError(NacreError):
    """A configuration file or a command line is wrong."""

    def __init__(self, reason: str, file: str | None = None, line: int | None = None) -> None:
        self.reason = reason
        self.file = file
        self.line = line
        place = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(place + reason)


class ProtocolError(NacreError):
    """The other side of a connection does not speak the protocol."""


class ScanError(NacreError):
    """The target cannot be opened or read; `reason` is for the user."""

    def __init__(self, target: str, reason: str) -> None:
        self.target = target
        self.reason = reason
        super().__init__(f"{target}: {reason}")

"""The host under examination: its configuration, and where things are."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.config import file as config_file
from nacre.config import path as config_path
from nacre.config.daemon import account
from nacre.config.option import Program
from nacre.model.errors import ConfigError
from nacre.transport.clamd import Address

if TYPE_CHECKING:
    import pwd
    from collections.abc import Iterator

    from nacre.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Host:
    """What checks look at."""

    config: Path
    """clamd.conf."""
    database: Path
    settings: Settings | None = None
    """Of clamd.conf; None when it is missing or wrong."""
    proc: Path = field(default=Path("/proc"))

    @classmethod
    def here(cls, config: Path | None = None, database: Path | None = None) -> Host:
        """This host, by its clamd.conf."""
        path = config or config_path.config_file("clamd.conf")
        try:
            settings = config_file.load(Program.CLAMD, path).settings
        except ConfigError:
            settings = None
        configured = None if settings is None else settings.text("database_directory")
        folder = database or Path(configured or config_path.database_directory())
        return cls(path, folder, settings)

    @property
    def temporary(self) -> Path:
        """Where temporary files go."""
        configured = None if self.settings is None else self.settings.text("temporary_directory")
        return Path(configured or "/tmp")  # noqa: S108 - ClamAV's default

    def address(self) -> Address | None:
        """Where clamd listens, if anywhere."""
        if self.settings is None:
            return None
        path = self.settings.text("local_socket")
        if path is not None:
            return Address(path)
        port = self.settings.number("tcp_socket")
        hosts = self.settings.texts("tcp_address") or ("localhost",)
        return Address(None, hosts[0], port) if port else None

    def user(self) -> pwd.struct_passwd | None:
        """Who clamd runs as, when root starts it."""
        try:
            return None if self.settings is None else account(self.settings)
        except ConfigError:
            return None

    def processes(self) -> Iterator[tuple[int, str, str]]:
        """Number, name and program of every process that may be looked at."""
        for entry in self.proc.iterdir():
            if entry.name.isdigit():
                try:
                    name = (entry / "comm").read_text().strip()
                    line = (entry / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                yield int(entry.name), name, " ".join(map(os.fsdecode, line[:4]))


def may(user: pwd.struct_passwd, path: Path, bits: int) -> bool:
    """Whether `user` has the permission `bits` (4 read, 2 write, 1 execute) for `path` itself."""
    try:
        status = path.stat()
    except OSError:
        return False
    if user.pw_uid == 0:
        return True
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    if status.st_uid == user.pw_uid:
        granted = status.st_mode >> 6
    elif status.st_gid in groups:
        granted = status.st_mode >> 3
    else:
        granted = status.st_mode
    return granted & bits == bits

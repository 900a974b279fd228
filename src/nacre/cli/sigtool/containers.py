"""sigtool: what containers say of themselves, and what is in them."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.sigtool.files import complain
from nacre.config.path import database_directory
from nacre.config.trusted import trusted_keys
from nacre.cvd import Container
from nacre.cvd.signature import OFFICIAL
from nacre.cvd.verify import verify
from nacre.cvd.write import unpack as write_members
from nacre.model.errors import DatabaseError
from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nacre.config.settings import Settings
    from nacre.cvd.signature import Keys

OK = 0
FAILED = 1
_UNSIGNED = ".cud"


def information(key: str, settings: Settings, _: Sequence[str], keys: Keys = OFFICIAL) -> int:
    """Print the header of a container, and whether all of it is true."""
    name = settings.text(key) or ""
    path = Path(name)
    try:
        header = Container.open(path).header
    except DatabaseError as error:
        complain(str(error))
        complain(f"ERROR: cvdinfo: Can't read/parse CVD header of {printable(name)}")
        return FAILED
    _print("File", name)
    _print("Build time", _clock(header.build_time))
    _print("Version", str(header.version))
    _print("Signatures", str(header.signatures))
    _print("Functionality level", str(header.level))
    _print("Builder", header.builder)
    suffix = path.suffix.lower()
    if suffix == _UNSIGNED:
        sys.stdout.write("Verification: Unsigned container\n")
        return OK
    if suffix != ".cld":
        _print("MD5", header.md5)
        _print("Digital signature", header.signature)
    try:
        verify(path, trusted_keys(settings, keys))
    except DatabaseError as error:
        sys.stdout.flush()
        complain(f"ERROR: cvdinfo: Verification: {error}")
        return FAILED
    sys.stdout.write("Verification OK.\n")
    return OK


def unpack(key: str, settings: Settings, _: Sequence[str]) -> int:
    """Write the members of a container into the current folder."""
    return _unpacked(Path(settings.text(key) or ""), settings)


def unpack_current(key: str, settings: Settings, _: Sequence[str]) -> int:
    """The same with the newest container of a name in the database folder."""
    name = settings.text(key) or ""
    folder = Path(settings.text("data_directory") or database_directory())
    found = [path for path in (folder / f"{name}.cld", folder / f"{name}.cvd") if path.is_file()]
    if not found:
        where = printable(str(folder))
        complain(f"ERROR: unpack: Couldn't find {printable(name)} CLD/CVD database in {where}")
        return FAILED
    return _unpacked(max(found, key=lambda path: Container.open(path).header.version), settings)


def _unpacked(path: Path, settings: Settings) -> int:
    try:
        verify(path, trusted_keys(settings))
        _replace_members(path)
    except DatabaseError as error:
        complain(str(error), f"ERROR: unpack: {printable(str(path))} is not a valid CVD")
        return FAILED
    return OK


def _replace_members(path: Path) -> None:
    """Write all members aside, then each in one step in the place of what is there."""
    here = Path()
    with tempfile.TemporaryDirectory(prefix=".sigtool-", dir=here) as aside:
        write_members(path, Path(aside))
        for member in sorted(Path(aside).iterdir()):
            member.replace(here / member.name)


def _clock(build_time: str) -> str:
    """A build time with a colon between hours and minutes, which separates fields in a header."""
    return build_time.replace("-", ":", 1)


def _print(label: str, value: str) -> None:
    sys.stdout.write(f"{label}: {printable(value)}\n")

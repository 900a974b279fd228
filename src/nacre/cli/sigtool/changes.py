"""sigtool: from one version of a database to the next, by scripts and cdiffs."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.sigtool.files import complain
from nacre.config.trusted import trusted_keys
from nacre.cvd import Container
from nacre.cvd.cdiff import Cdiff
from nacre.cvd.difference import compare_files, compare_folders
from nacre.cvd.script import run_script
from nacre.cvd.verify import verify_folder
from nacre.cvd.write import unpack
from nacre.model.errors import DatabaseError
from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nacre.config.settings import Settings
    from nacre.cvd.signature import Keys

OK = 0
FAILED = 1
_PIECE = 1 << 18
_SUFFIXES = {".cdiff", ".script"}


def compare(key: str, settings: Settings, operands: Sequence[str]) -> int:
    """Print the commands that make one file into another."""
    if not operands:
        complain("ERROR: makediff: --compare requires two arguments")
        return FAILED
    new = operands[0]
    for line in compare_files(Path(settings.text(key) or ""), Path(new), new):
        sys.stdout.buffer.write(line + b"\n")
    return OK


def diff(key: str, settings: Settings, operands: Sequence[str]) -> int:
    """Write the script between two containers, beside the newer one, and try it."""
    if not operands:
        complain("ERROR: makediff: --diff requires two arguments")
        return FAILED
    old, new = Path(settings.text(key) or ""), Path(operands[0])
    headers = []
    for path in (old, new):
        try:
            headers.append(Container.open(path).header)
        except DatabaseError as error:
            shown = printable(str(path))
            complain(str(error), f"ERROR: makediff: Can't read CVD header from {shown}")
            return FAILED
    version = headers[1].version
    if headers[0].version != version - 1:
        complain(f"ERROR: makediff: The old CVD must be {version - 1}")
        return FAILED
    with unpacked(old, settings) as before, unpacked(new, settings) as after:
        script = new.with_name(f"{new.stem}-{version}.script")
        return written(script, before, after, printable(str(old)))


def written(script: Path, before: Path, after: Path, old: str) -> int:
    """Write the script between two unpacked containers, try it on the older, and say so.

    `before` is changed on the way; `old` is what the older one is called.
    """
    aside = script.with_name(script.name + ".broken")
    with aside.open("wb") as file:
        file.writelines(line + b"\n" for line in compare_folders(before, after))
    shown = printable(str(script))
    sys.stdout.write(f"Generated diff file {shown}\n")
    try:
        run_script(_pieces(aside), before, str(aside))
        verify_folder(before, database_of(script))
    except DatabaseError as error:
        sys.stdout.flush()
        complain(f"ERROR: verifydiff: {error}")
        complain(f"ERROR: Generated file is incorrect, renamed to {printable(str(aside))}")
        return FAILED
    aside.replace(script)
    sys.stdout.write(f"Verification: {shown} correctly applies to {old}\n")
    return OK


def run_cdiff(key: str, settings: Settings, _: Sequence[str]) -> int:
    """Change the unpacked container in the current folder by a script or cdiff."""
    path = Path(settings.text(key) or "")
    if path.suffix not in _SUFFIXES:
        complain("ERROR: rundiff: Incorrect file name (no .cdiff/.script extension)")
        return FAILED
    if not path.is_file():
        complain(f"ERROR: rundiff: Can't open file {printable(str(path))}")
        return FAILED
    _run(path, Path(), trusted_keys(settings))
    verify_folder(Path(), database_of(path))
    return OK


def verify_cdiff(key: str, settings: Settings, operands: Sequence[str]) -> int:
    """Say whether a script or cdiff fits a container, packed or not."""
    if not operands:
        complain("ERROR: --verify-cdiff requires two arguments")
        return FAILED
    path, old = Path(settings.text(key) or ""), Path(operands[0])
    if not old.exists():
        sys.stdout.write(f"--verify-cdiff: Can't get status of {printable(str(old))}\n")
        return FAILED
    if path.suffix not in _SUFFIXES:
        complain("ERROR: verifydiff: Incorrect file name (no .cdiff/.script extension)")
        return FAILED
    if not path.is_file():
        complain(f"ERROR: verifydiff: Can't open diff file {printable(str(path))}")
        return FAILED
    with unpacked(old, settings) as folder:
        try:
            _run(path, folder, trusted_keys(settings))
            verify_folder(folder, database_of(path))
        except DatabaseError as error:
            complain(f"{error}", f"ERROR: verifydiff: Can't apply {printable(str(path))}")
            return FAILED
    fits = f"{printable(str(path))} correctly applies to {printable(str(old))}"
    sys.stdout.write(f"Verification: {fits}\n")
    return OK


def database_of(path: Path) -> str:
    """The database that a script or cdiff is about: its name up to the version.

    Raises:
        DatabaseError: it has no version in its name.
    """
    name, _, version = path.stem.rpartition("-")
    if not name or not (version.isascii() and version.isdigit()):
        raise DatabaseError("Invalid diff name")
    return name


def _run(path: Path, folder: Path, keys: Keys) -> None:
    if path.suffix == ".cdiff":
        Cdiff.open(path, keys).apply(folder)
    else:
        run_script(_pieces(path), folder, str(path))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


@contextmanager
def unpacked(path: Path, settings: Settings) -> Iterator[Path]:
    """A copy of the members of a container, or of a folder of them, that may be changed."""
    with tempfile.TemporaryDirectory(dir=settings.text("temporary_directory")) as text:
        folder = Path(text)
        if path.is_dir():
            for member in path.iterdir():
                if member.is_file():
                    shutil.copyfile(member, folder / member.name)
        else:
            unpack(path, folder)
        yield folder

"""sigtool: what signatures see of PE programs."""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.sigtool.files import cannot_access, complain, fmap
from nacre.executables import Program
from nacre.model.filetype import FileType
from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nacre.config.settings import Settings
    from nacre.model.fmap import Fmap

OK = 0
FAILED = 1


def sections(_: str, __: Settings, operands: Sequence[str]) -> int:
    """Print a signature of every section of every file, as in `.mdb` files."""
    return _signatures(operands, _sections)


def imports(_: str, __: Settings, operands: Sequence[str]) -> int:
    """Print a signature of the imports of every file, as in `.imp` files."""
    return _signatures(operands, _imports)


def certificates(_: str, settings: Settings, __: Sequence[str]) -> int:
    """Print the certificates in the signature of a file."""
    from nacre.trust.authenticode import judge  # noqa: PLC0415 - only here
    from nacre.trust.dump import lines  # noqa: PLC0415
    from nacre.trust.rules import Rules  # noqa: PLC0415

    name = settings.text("print_certs") or ""
    try:
        with fmap(Path(name)) as data:
            program = Program(data, FileType.MSEXE)
            signed = program.signed if program.fault is None else None
            if signed is None:
                complain("ERROR: dumpcerts: An error occurred when parsing the file")
                return FAILED
            judgement = judge(data, signed, Rules(()), int(time.time()))
    except OSError as error:
        return cannot_access(name, error)
    for certificate in judgement.certificates:
        sys.stdout.writelines(f"{line}\n" for line in lines(certificate))
    return OK


def _signatures(operands: Sequence[str], of: Callable[[Fmap, Program, str], Iterator[str]]) -> int:
    if not operands:
        complain("ERROR: hashsig: Can't generate requested hash for input stream")
        return FAILED
    code = OK
    for name in operands:
        try:
            with fmap(Path(name)) as data:
                program = Program(data, FileType.MSEXE)
                if program.parts:
                    sys.stdout.writelines(
                        f"{line}\n" for line in of(data, program, printable(Path(name).name))
                    )
                    continue
        except OSError as error:
            return cannot_access(name, error)
        sys.stdout.flush()
        complain(f"ERROR: hashpe: Not a valid PE file: {printable(name)}")
        code = FAILED
    return code


def _sections(data: Fmap, program: Program, name: str) -> Iterator[str]:
    for offset, size in program.places:
        digest = data.digest_parts("md5", [(offset, size)])
        yield f"{size}:{digest.hex()}:{name}"


def _imports(_: Fmap, program: Program, name: str) -> Iterator[str]:
    text = program.import_text()
    if text:
        digest = hashlib.md5(text, usedforsecurity=False).hexdigest()
        yield f"{digest}:{len(text)}:{name}"

"""Real signatures beside ClamAV: on the files of this machine, and on files planted to alert."""

from __future__ import annotations

import gzip
import shutil
import sysconfig
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from compat.corpus.plant import UnplantableError, planted_body, planted_logical
from compat.program import Program, write_database

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURES = Path(__file__).parents[4] / "shared" / "signatures"
ELSEWHERE = Path("/work/shared/signatures")
PLANTED = 900
LEAST_ALERTS = 0.7
MEGABYTE = 1 << 20


@pytest.fixture(scope="session")
def real() -> Path:
    for folder in (SIGNATURES, ELSEWHERE):
        if (folder / "main.ldb.gz").exists():
            return folder
    pytest.skip(f"no real signatures in {SIGNATURES}")


@pytest.fixture(scope="session")
def database(real: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real signatures, unpacked."""
    folder = tmp_path_factory.mktemp("real")
    for packed in real.glob("*.gz"):
        (folder / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    return folder


def lines_of(path: Path) -> list[str]:
    text = gzip.decompress(path.read_bytes()).decode("latin-1")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def some_of(paths: Iterator[Path], size: int) -> list[Path]:
    """Some of `paths`, the same ones each time, `size` bytes together at most."""
    files = sorted(path for path in paths if path.is_file() and not path.is_symlink())
    Random(1).shuffle(files)  # noqa: S311 - a test
    taken: list[Path] = []
    for path in files:
        length = path.stat().st_size
        if length <= size:
            size -= length
            taken.append(path)
    return taken


CORPORA = {
    "programs": lambda: some_of(Path("/usr/bin").iterdir(), 10 * MEGABYTE),
    "python": lambda: some_of(Path(sysconfig.get_path("stdlib")).rglob("*.py"), 2 * MEGABYTE),
    "documents": lambda: some_of(Path("/usr/share/doc").rglob("*"), 4 * MEGABYTE),
    "archives": lambda: some_of(_archives(), 3 * MEGABYTE),
}


def _archives() -> Iterator[Path]:
    for root in (sysconfig.get_path("stdlib"), "/usr/share", "/usr/lib"):
        for path in Path(root).rglob("*"):
            if path.suffix in (".jar", ".whl", ".zip", ".gz", ".xz", ".bz2", ".tar"):
                yield path


@pytest.mark.timeout(600)
@pytest.mark.parametrize("corpus", CORPORA)
def test_files_of_this_machine(corpus: str, database: Path, peer: Program, ours: Program) -> None:
    paths = CORPORA[corpus]()
    if not paths:
        pytest.skip(f"this machine has no {corpus}")
    theirs, mine = (program.scan(database, paths, "--allmatch") for program in (peer, ours))
    differing = {
        str(p): (theirs.found(p), mine.found(p)) for p in paths if theirs.found(p) != mine.found(p)
    }
    assert not differing
    assert theirs.code == mine.code


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(4))
def test_planted(seed: int, real: Path, tmp_path: Path, peer: Program, ours: Program) -> None:
    rng = Random(f"planted/{seed}")  # noqa: S311 - a test
    lines, files = plant(real, rng, tmp_path / "files")
    database = write_database(tmp_path / "database", lines)
    for options in ((), ("--allmatch",)):
        theirs, mine = (
            program.scan(database, [tmp_path / "files"], *options) for program in (peer, ours)
        )
        differing = {
            f"{path.name} {line}": (theirs.found(path), mine.found(path))
            for path, line in files.items()
            if theirs.found(path) != mine.found(path)
        }
        assert not differing, list(differing.items())[:10]
        assert sum(bool(theirs.found(path)) for path in files) >= LEAST_ALERTS * len(files)
    shutil.rmtree(tmp_path / "files")


def plant(real: Path, rng: Random, folder: Path) -> tuple[list[tuple[str, str]], dict[Path, str]]:
    """Signatures and, for each, a file it should alert on."""
    folder.mkdir()
    logical, body = lines_of(real / "main.ldb.gz"), lines_of(real / "daily.ndb.gz")
    chosen = [("planted.ldb", line) for line in rng.sample(logical, len(logical))]
    chosen = [("planted.ndb", line) for line in rng.sample(body, 60)] + chosen
    lines: list[tuple[str, str]] = []
    files: dict[Path, str] = {}
    for database, line in chosen:
        try:
            text, data = (
                planted_body(line) if database.endswith("ndb") else planted_logical(line, rng)
            )
        except UnplantableError:
            continue
        path = folder / f"{len(files)}"
        path.write_bytes(data)
        lines.append((database, text))
        files[path] = text
        if len(files) == PLANTED:
            break
    return lines, files

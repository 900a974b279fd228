from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nacre
from nacre.cli import main
from nacre.cli.commands import clamscan


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nacre.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def test_version() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"nacre {nacre.__version__}\n")


def test_help_lists_the_commands() -> None:
    done = run("--help")
    assert done.returncode == 0
    for command in ("scan", "db"):
        assert f"\n    {command} " in done.stdout


def test_wrong_commands_are_one_line() -> None:
    for arguments in (["bogus"], [], ["--bogus"]):
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1


def test_the_version_needs_no_engine() -> None:
    code = """
import sys
from nacre.cli import main
main.nacre(["--version"])
print([name for name in sys.modules if name.startswith(("nacre.engine", "nacre._native"))])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1] == "[]"


def test_the_public_interface_is_complete() -> None:
    for name in nacre.__all__:
        assert getattr(nacre, name) is not None
    assert callable(main.clamscan)


class Panic(BaseException):
    """As a panic of the native half arrives: no Exception."""


@pytest.mark.parametrize(
    "error", [RuntimeError("a\nb"), Panic("a b"), MemoryError(), OSError(5, "x")]
)
def test_whatever_goes_wrong_is_one_line_and_never_an_alert(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: list[str]) -> int:
        raise error

    monkeypatch.setattr(clamscan, "run", fail)
    monkeypatch.setattr(main, "_abandon_output", lambda: None)  # the output here is pytest's
    assert main.clamscan(["x"]) == main.ERROR
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("clamscan: ")
    assert said.err.count("\n") == 1


def test_output_that_does_not_fit_is_one_line() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with full.open("w") as out:
        command = [sys.executable, "-m", "nacre.cli.main", "clamscan", "--help"]
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "nacre: No space left on device\n")


def test_closed_streams_are_replaced(tmp_path: Path) -> None:
    code = "import os, sys; from nacre.cli import main; main.clamscan(['-V'])\n"
    code += f"open({str(tmp_path / 'fd')!r}, 'w').write(str(os.open('/dev/null', os.O_RDONLY)))"
    words = [sys.executable, "-c", code]
    closed = f"import os; os.closerange(0, 3); os.execv({sys.executable!r}, {words!r})"
    subprocess.run([sys.executable, "-c", closed], check=True, env=os.environ)
    assert int((tmp_path / "fd").read_text()) > 2


def test_the_version_imports_no_parser() -> None:
    code = """
import sys
from nacre.cli import main
main.clamscan(["-V"])
print([name for name in ("argparse", "pkgutil", "nacre._native", "logging") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"

from __future__ import annotations

import subprocess
import sys

import nacre
from nacre.cli import main


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

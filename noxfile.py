"""Everything that CI checks, one session each; sessions use the environment nox runs in.

python3 -m venv .venv && .venv/bin/pip install -e '.[test,dev]' && .venv/bin/nox
"""

from __future__ import annotations

import sys

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["tests", "lint", "types", "imports", "rust"]
CLIPPY = ["cargo", "clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]


@nox.session
def tests(session: nox.Session) -> None:
    """The default run: fast, needs neither the peer nor a network."""
    session.run(sys.executable, "-m", "pytest", *session.posargs, external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff's rules and format."""
    session.run(sys.executable, "-m", "ruff", "check", ".", external=True)
    session.run(sys.executable, "-m", "ruff", "format", "--check", ".", external=True)


@nox.session
def types(session: nox.Session) -> None:
    """Types, and the stub of the extension against the extension."""
    session.run(sys.executable, "-m", "mypy", external=True)
    session.run(
        sys.executable,
        "-m",
        "mypy.stubtest",
        "nacre._native",
        "--ignore-disjoint-bases",
        external=True,
    )


@nox.session
def imports(session: nox.Session) -> None:
    """Who may import whom."""
    session.run("lint-imports", external=True)


@nox.session
def rust(session: nox.Session) -> None:
    """Format, lints and tests of the crates."""
    session.run("cargo", "fmt", "--all", "--check", external=True)
    session.run(*CLIPPY, external=True)
    session.run(
        "cargo", "test", "--workspace", "--exclude", "nacre-python", "--locked", external=True
    )


@nox.session
def compat(session: nox.Session) -> None:
    """Debian's ClamAV beside nacre; skipped where it is not installed."""
    session.run(
        sys.executable,
        "-m",
        "pytest",
        "-m",
        "compat",
        "tests/compat",
        *session.posargs,
        external=True,
    )


@nox.session
def slow(session: nox.Session) -> None:
    """What takes minutes: the largest files and databases."""
    session.run(
        sys.executable, "-m", "pytest", "-n0", "-m", "slow", *session.posargs, external=True
    )


@nox.session
def bench(session: nox.Session) -> None:
    """Ratios to the peer; see docs/performance.md."""
    session.run(sys.executable, "benchmarks/compare.py", *session.posargs, external=True)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Every fuzz target for 60 s (or ``-- --seconds N TARGET ...``); needs cargo-fuzz."""
    session.run(sys.executable, "crates/fuzz/run.py", *session.posargs, external=True)

"""All checks, one after the other."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from nacre.monitor import checks
from nacre.monitor.finding import Finding, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.monitor.host import Host


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found. Its `title` is the first line of the module's docstring."""

    name: str
    title: str
    findings: tuple[Finding, ...]


def examine(host: Host) -> Iterator[Result]:
    """Run every check of `monitor/checks`, in the order of their names' numbers."""
    for module in pkgutil.iter_modules(checks.__path__):
        check = import_module(f"{checks.__name__}.{module.name}")
        title = (check.__doc__ or "").partition("\n")[0].rstrip(".")
        try:
            findings = tuple(check.run(host))
        except OSError as error:
            what = f"could not be looked at: {error.strerror or error}"
            findings = (problem(what, "run it as root, or as the user that clamd runs as"),)
        yield Result(module.name, title, findings)

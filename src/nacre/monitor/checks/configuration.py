"""Configuration.

clamd.conf is there, makes sense, and says where to listen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.config import file as config_file
from nacre.config.daemon import problems
from nacre.config.option import Program
from nacre.config.path import present
from nacre.model.errors import ConfigError
from nacre.monitor.finding import Finding, fine, note, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.monitor.host import Host


def run(host: Host) -> Iterator[Finding]:
    """Everything that clamd would refuse."""
    if not present(host.config):
        yield note(f"{host.config} is not there", "clamconf -g clamd.conf makes one to begin with")
        return
    try:
        text = config_file.read(host.config)
    except ConfigError as error:
        yield problem(str(error), f"let the user of clamd read {host.config}")
        return
    found, errors = config_file.examine(Program.CLAMD, text, str(host.config))
    wrong = [*errors, *(() if errors else problems(found.settings))]
    for each in wrong:
        yield problem(str(each), "mend the line; nacre config check shows all of them")
    if not wrong:
        yield fine(f"{host.config} makes sense")

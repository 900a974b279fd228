"""Say whether this host is protected, for a monitoring system.

Exit codes are those of Monitoring Plugins: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nacre.model.errors import ConfigError
from nacre.monitor.host import Host
from nacre.monitor.measurement import State, worst
from nacre.monitor.probe import probe
from nacre.monitor.target import Target
from nacre.output import check as words
from nacre.transport.clamd import Address

PORT = 3310
USAGE = State.UNKNOWN
"""For a wrong command line; its own number would mean that the host is not protected."""
WARNING_DAYS, CRITICAL_DAYS = 3.0, 7.0
SECONDS = 10.0
VERSIONS = (3.0, 14.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("-H", "--host", help="clamd of another host, over TCP")
    parser.add_argument("-p", "--port", type=int, default=PORT, help="its port (3310)")
    parser.add_argument("--socket", help="the local socket, if not what clamd.conf says")
    parser.add_argument("--config-file", type=Path, metavar="FILE", help="the clamd.conf")
    parser.add_argument("-d", "--database", type=Path, metavar="PATH", help="databases")
    parser.add_argument(
        "-w", "--warning", type=float, default=WARNING_DAYS, metavar="DAYS",
        help="age of databases, and of the last word of a mirror, that is a warning (3)",
    )  # fmt: skip
    parser.add_argument(
        "-c", "--critical", type=float, default=CRITICAL_DAYS, metavar="DAYS",
        help="age that is critical (7)",
    )  # fmt: skip
    parser.add_argument(
        "-t", "--timeout", type=float, default=SECONDS, metavar="SECONDS",
        help="that each answer may take (10)",
    )  # fmt: skip
    parser.add_argument("--record", metavar="NAME", help="versions in the DNS to compare with")
    parser.add_argument("--mirror", metavar="ADDRESS", help="a nacre mirror to look at")
    parser.add_argument(
        "--versions", type=_pair, default=VERSIONS, metavar="W,C",
        help="versions behind that are a warning, and critical (3,14)",
    )  # fmt: skip
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="where nacre scan --format jsonl writes to"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each measurement")
    parser.add_argument("--format", choices=("nagios", "json", "prometheus"), default="nagios")


def run(arguments: argparse.Namespace) -> int:
    """Measure; returns the exit code."""
    try:
        measurements = tuple(probe(_target(arguments)))
    except ConfigError as error:
        sys.stdout.write(f"NACRE UNKNOWN - {error}\n")
        return State.UNKNOWN
    state = worst(measurements)
    if arguments.format == "json":
        lines = [words.to_json(measurements, state)]
    elif arguments.format == "prometheus":
        lines = list(words.prometheus(measurements, state))
    else:
        lines = list(words.nagios(measurements, state, verbose=arguments.verbose))
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return state


def _pair(text: str) -> tuple[float, float]:
    try:
        warning, critical = (float(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: not two numbers, such as 3,14") from None
    return warning, critical


def _target(arguments: argparse.Namespace) -> Target:
    if arguments.timeout <= 0 or not 0 < arguments.port < 1 << 16:
        raise ConfigError("--timeout must be above 0, --port below 65536")
    address: Address | None
    database: Path | None = arguments.database
    if arguments.host is not None:
        address = Address(None, arguments.host, arguments.port)
    else:
        host = Host.here(arguments.config_file, arguments.database)
        address = Address(arguments.socket) if arguments.socket else host.address()
        database = host.database
    return Target(
        address,
        database,
        arguments.warning,
        arguments.critical,
        arguments.timeout,
        arguments.record,
        arguments.mirror,
        arguments.versions,
        arguments.report,
    )

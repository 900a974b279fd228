"""Fetch databases once for many hosts, and pass them on.

`sync` has the exit codes of `nacre update`. `status` ends with 0 when all is as it should be, 1
when the listing is stale, 3 when a file is damaged.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from nacre.cli.updating import Chatter, become_owner, guarded, report, settings_of
from nacre.cvd.signature import OFFICIAL, Keys
from nacre.mirror.gate import Gate
from nacre.mirror.ledger import Ledger, log_to
from nacre.mirror.signing import private_key
from nacre.mirror.status import status
from nacre.mirror.sync import Policy, sync
from nacre.mirror.tree import Tree
from nacre.model.errors import ConfigError
from nacre.output import mirror as words
from nacre.transport.store import BusyError
from nacre.updater.options import options_of

FRESH, STALE, DAMAGED = 0, 1, 3
_DEFAULT_PORT = 8080
_MAX_PORT = 65535
_LEAST_SECONDS = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, action, add in (
        ("sync", _sync, _sync_arguments),
        ("serve", _serve, _serve_arguments),
        ("status", _status, _status_arguments),
    ):
        about = (action.__doc__ or "").partition("\n")[0]
        subparser = actions.add_parser(name, help=about, description=about)
        subparser.add_argument("root", type=Path, metavar="DIR", help="the folder that is served")
        add(subparser)
        subparser.set_defaults(action=action)


def _sync_arguments(parser: argparse.ArgumentParser) -> None:
    default = Policy()
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="a freshclam.conf that says what comes from where",
    )
    parser.add_argument("--own", type=Path, metavar="DIR", help="databases of one's own, too")
    parser.add_argument("--key", type=Path, metavar="FILE", help="sign listings; made if missing")
    parser.add_argument(
        "--every",
        type=int,
        default=default.every,
        metavar="SECONDS",
        help="how soon clients may expect news (default: %(default)s)",
    )
    parser.add_argument("--stay", action="store_true", help="go on, and look again that often")
    parser.add_argument(
        "--versions",
        type=int,
        default=default.versions,
        metavar="N",
        help="earlier versions to keep (default: %(default)s)",
    )
    parser.add_argument(
        "--steps",
        type=int,
        default=default.steps,
        metavar="N",
        help="cdiffs to keep of each database (default: %(default)s)",
    )
    parser.add_argument(
        "--whole-after",
        type=int,
        default=default.whole_after,
        metavar="N",
        help="fetch the whole signed database when it is N versions behind (default: %(default)s)",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def _serve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at")
    parser.add_argument("--port", type=_port, default=_DEFAULT_PORT, help="(default: %(default)s)")
    parser.add_argument(
        "--rate", type=int, default=0, metavar="N", help="requests a minute of one address; 0: any"
    )
    parser.add_argument(
        "--trust-proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="believe this proxy's X-Forwarded-For",
    )
    parser.add_argument("--access-log", type=Path, metavar="FILE", help="a line for each request")
    parser.add_argument("--zone", metavar="NAME", help="answer the DNS, current.NAME and the rest")
    parser.add_argument(
        "--dns-port", type=_port, default=53, metavar="PORT", help="(default: %(default)s)"
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MAX_PORT):
        raise argparse.ArgumentTypeError(f"{text}: not a port, 1 to {_MAX_PORT}")
    return int(text)


def _status_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(arguments: argparse.Namespace, keys: Keys = OFFICIAL) -> int:
    """Do what was asked for, trusting `keys`; returns the exit code."""
    return guarded("nacre mirror", lambda: arguments.action(arguments, keys))


def _sync(arguments: argparse.Namespace, keys: Keys) -> int:
    """Fetch what is new, and publish it."""
    policy = _policy(arguments)
    settings = settings_of(arguments.config)
    options = options_of(settings, keys)
    become_owner(settings, arguments.root)
    if arguments.key is not None:
        policy = replace(policy, private=private_key(arguments.key))
    tree = Tree(arguments.root.absolute())
    if not arguments.stay:
        return report(sync(tree, options, policy, Chatter()), arguments.format)
    stopping = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stopping)
    while True:
        began = time.monotonic()
        try:
            report(sync(tree, options, policy, Chatter()), arguments.format)
        except (BusyError, OSError) as error:
            Chatter().error(str(error))
        sys.stdout.flush()
        # A little early, so that the promise is kept.
        left = began + policy.every * 0.9 - time.monotonic()
        if signal.sigtimedwait(stopping, max(left, 1.0)) is not None:
            return FRESH


def _policy(arguments: argparse.Namespace) -> Policy:
    if arguments.every < _LEAST_SECONDS:
        raise ConfigError(f"--every: at least {_LEAST_SECONDS} seconds")
    for name in ("versions", "steps", "whole_after"):
        if getattr(arguments, name) < 0:
            raise ConfigError(f"--{name.replace('_', '-')}: not a number of versions")
    if arguments.own is not None and not arguments.own.is_dir():
        raise ConfigError(f"--own {arguments.own}: not a folder")
    return Policy(
        every=arguments.every,
        versions=arguments.versions,
        steps=arguments.steps,
        whole_after=arguments.whole_after,
        own=arguments.own,
    )


def _serve(arguments: argparse.Namespace, _keys: Keys) -> int:
    """Serve it over HTTP, and what is current over the DNS."""
    try:
        from nacre.mirror.serve import Address, Serving, Zone, serve  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError(f"{error.name} is missing: pip install 'nacre[server]'") from None
    if not arguments.root.is_dir():
        raise ConfigError(f"{arguments.root}: not a folder; nacre mirror sync fills one")
    ledger = Ledger(None if arguments.access_log is None else log_to(arguments.access_log))
    zone = None
    if arguments.zone is not None:
        zone = Zone(arguments.zone, Address(arguments.host, arguments.dns_port))
    gate = None if arguments.rate <= 0 else Gate(arguments.rate, max(arguments.rate, 1))
    tree = Tree(arguments.root.absolute())
    address = Address(arguments.host, arguments.port)
    serve(Serving(tree, address, ledger, gate, frozenset(arguments.trust_proxy), zone))
    logging.shutdown()
    # Threads of granian's that are still there may abort the process while Python takes it apart.
    os._exit(FRESH)


def _status(arguments: argparse.Namespace, _keys: Keys) -> int:
    """Say what it has, and whether all of it is whole."""
    found = status(Tree(arguments.root))
    if arguments.format == "json":
        sys.stdout.write(words.to_json(found) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in words.lines(found))
    if found.damaged:
        return DAMAGED
    return STALE if found.stale else FRESH

"""Rows of the option tables, by the kind of their value."""

from __future__ import annotations

from nacre.config.option import Kind, Option, Program, Value

_BOTH = Program.CLAMSCAN | Program.CLAMD


def switch(  # noqa: PLR0913 - a row is wide
    key: str,
    name: str,
    long: str,
    help_: str,
    *,
    on: bool = False,
    to: Program = _BOTH,
    since: str = "1.4",
    short: str = "",
) -> Option:
    """A row of yes or no."""
    return Option(
        key, Kind.BOOL, to, name=name, long=long, short=short, default=on, since=since, help=help_
    )


def number(  # noqa: PLR0913 - a row is wide
    key: str,
    name: str,
    long: str,
    default: int | None,
    help_: str,
    *,
    kind: Kind = Kind.NUMBER,
    to: Program = _BOTH,
    metavar: str = "N",
    short: str = "",
) -> Option:
    """A row of a number."""
    return Option(
        key,
        kind,
        to,
        name=name,
        long=long,
        short=short,
        default=default,
        metavar=metavar,
        help=help_,
    )


def size(  # noqa: PLR0913 - a row is wide
    key: str, name: str, long: str, default: int, help_: str, *, to: Program = _BOTH
) -> Option:
    """A row of a size in bytes."""
    return number(key, name, long, default, help_, kind=Kind.SIZE, to=to, metavar="SIZE")


def text(  # noqa: PLR0913 - a row is wide
    key: str,
    name: str,
    long: str,
    help_: str,
    *,
    default: Value | None = None,
    short: str = "",
    metavar: str = "TEXT",
    to: Program = _BOTH,
    multiple: bool = False,
    choices: tuple[str, ...] = (),
    since: str = "1.4",
    optional: bool = False,
) -> Option:
    """A row of a text."""
    return Option(
        key,
        Kind.STRING,
        to,
        name=name,
        long=long,
        short=short,
        default=default,
        metavar=metavar,
        multiple=multiple,
        optional=optional,
        choices=choices,
        since=since,
        help=help_,
    )

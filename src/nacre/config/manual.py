"""`--help` and the manual page of a program, from the option table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.config.effect import WITHOUT_EFFECT
from nacre.config.option import Kind, Option, Program
from nacre.config.table import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.config.about import About

_COLUMN = 37
_WITH_OWN = Program.CLAMSCAN | Program.CLAMD | Program.CLAMDSCAN
"""Programs whose manual tells of nacre.conf."""


def help_text(program: Program, about: About, version: str) -> str:
    """What `--help` prints."""
    lines = [f"{about.name} {version}: {about.summary}", "", f"    {about.usage}"]
    for section, options in _sections(program):
        lines += ["", f"{section}:"]
        for option in options:
            short = f"-{option.short}, " if option.short else "    "
            spelling = f"  {short}{_spelling(option)}"
            if len(spelling) >= _COLUMN:
                lines += [spelling, " " * _COLUMN + _about(option)]
            else:
                lines.append(spelling.ljust(_COLUMN) + _about(option))
    lines += ["", about.hint]
    return "\n".join(lines) + "\n"


def manual_page(program: Program, about: About, version: str) -> str:
    """The manual page, in troff with the man macros."""
    out = [
        f'.TH {about.name} {about.section} "" "nacre" "{_roff(version)}"',
        ".SH NAME",
        f"{about.name} \\- {_roff(about.summary)}",
        ".SH SYNOPSIS",
        f".B {_roff(about.usage)}",
        ".SH DESCRIPTION",
    ]
    for paragraph in about.description:
        out += [".PP", _roff(paragraph)]
    for section, options in _sections(program):
        out.append(f".SH {_roff(section.upper())}")
        for option in options:
            short = f"\\-{option.short}, " if option.short else ""
            out += [".TP", f"\\fB{short}{_roff(_spelling(option))}\\fR", _roff(_about(option))]
    if program in _WITH_OWN:
        out.append(".SH SETTINGS OF NACRE.CONF")
    for option in _settings_only() if program in _WITH_OWN else ():
        value = "yes/no" if option.kind is Kind.BOOL else option.metavar or "NUMBER"
        spelling = f"{option.name} {value}"
        out += [".TP", f"\\fB{_roff(spelling)}\\fR", _roff(_about(option))]
    out.append(".SH EXIT STATUS")
    for code, meaning in about.exit_codes:
        out += [".TP", f".B {code}", _roff(meaning)]
    for title, entries in (("FILES", about.files), ("EXAMPLES", about.examples)):
        out.append(f".SH {title}")
        for what, meaning in entries:
            out += [".TP", f".B {_roff(what)}", _roff(meaning)]
    return "\n".join(out) + "\n"


def _sections(program: Program) -> Iterator[tuple[str, list[Option]]]:
    for section, options in SECTIONS:
        shown = [
            option
            for option in options
            if program in option.programs and option.shown and option.long
        ]
        if shown:
            yield section, shown


def _settings_only() -> Iterator[Option]:
    """What nacre.conf sets and no command line."""
    for _section, options in SECTIONS:
        yield from (
            option
            for option in options
            if Program.NACRE in option.programs and option.shown and not option.long
        )


def _spelling(option: Option) -> str:
    if option.kind is not Kind.BOOL:
        return f"--{option.long}={option.metavar}"
    if option.key in {"help", "version"}:
        return f"--{option.long}"
    return f"--{option.long}" + ("[=yes(*)/no]" if option.default else "[=yes/no(*)]")


def _about(option: Option) -> str:
    notes = ["accepted; no effect yet"] if option.key in WITHOUT_EFFECT else []
    if option.multiple:
        notes.append("may repeat")
    elif option.kind is not Kind.BOOL and option.default is not None:
        notes.append(f"default {_shown(option)}")
    if option.since != "1.4":
        notes.append(f"since {option.since}")
    return option.help + (f" ({', '.join(notes)})" if notes else "")


def _shown(option: Option) -> str:
    default = option.default
    if option.kind is Kind.SIZE and isinstance(default, int) and default % (1 << 20) == 0:
        return f"{default >> 20}M"
    return str(default)


def _roff(text: str) -> str:
    """Plain text as troff takes it: no escape, no hyphen turned dash, no control line."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return "\\&" + text if text.startswith(".") else text

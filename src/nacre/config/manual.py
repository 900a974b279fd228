"""`--help` and the manual page of a program, from the option table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.config.effect import WITHOUT_EFFECT
from nacre.config.option import Kind, Option, Program
from nacre.config.table import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMN = 37


@dataclass(frozen=True, slots=True)
class About:
    """What a manual says besides the options."""

    name: str
    usage: str
    summary: str
    description: tuple[str, ...]
    exit_codes: tuple[tuple[int, str], ...]
    files: tuple[tuple[str, str], ...]
    examples: tuple[tuple[str, str], ...]
    section: int = 1
    """Of the manual."""


CLAMSCAN = About(
    name="clamscan",
    usage="clamscan [options] [file/directory/-]",
    summary="scan files and directories for malware",
    description=(
        (
            "clamscan scans the files it is given, and the files in the directories it is given, "
            "with the signatures of a ClamAV database. Without an argument it scans the current "
            "directory; - is standard input."
        ),
        (
            "Options, output and exit codes are ClamAV's. A switch marked [=yes/no] is switched on "
            "by itself and takes a value after =; the star marks the default. Long names may be "
            "cut short while they stay unique. When an option is given more than once, the first "
            "counts, unless it may repeat."
        ),
        (
            "A file that was not fully scanned is told by a warning with the reason, and counted "
            "in the summary; it changes the exit code only with --alert-exceeds-max."
        ),
    ),
    exit_codes=(
        (0, "Nothing was found."),
        (1, "At least one file alerted."),
        (2, "Something failed, and no file alerted."),
        (54, "The list of --file-list cannot be opened."),
    ),
    files=(
        ("/var/lib/clamav", "The signature databases."),
        ("/etc/clamav/nacre.conf", "Settings that ClamAV does not have."),
    ),
    examples=(
        ("clamscan -r -i /home", "Scan a tree and print what alerts."),
        ("clamscan -d extra.ndb file", "Scan a file with one's own signatures."),
        ("cat message | clamscan -", "Scan standard input."),
        ("clamscan -r --exclude-dir='^/(proc|sys)' /", "Leave out directories."),
    ),
)


CLAMDSCAN = About(
    name="clamdscan",
    usage="clamdscan [options] [file/directory/-]",
    summary="have clamd scan files and directories",
    description=(
        (
            "clamdscan asks the clamd that clamd.conf tells of, nacre's or ClamAV's, and prints "
            "what it answers. The daemon opens the files, unless --fdpass or --stream is given."
        ),
        (
            "With --fdpass, --stream and --allmatch the walk is done here, and leaves out what "
            "ExcludePath, CrossFilesystems and the options about links in clamd.conf leave out."
        ),
        (
            "A file that alerts is moved, copied or removed only if it is still the one that was "
            "scanned."
        ),
    ),
    exit_codes=(
        (0, "Nothing was found."),
        (1, "At least one file alerted."),
        (2, "Something failed, and no file alerted."),
        (21, "No answer to --ping or --wait."),
    ),
    files=(("/etc/clamav/clamd.conf", "Where the daemon listens, and what it leaves out."),),
    examples=(
        ("clamdscan --fdpass --multiscan /home", "Scan a tree that the daemon may not read."),
        ("clamdscan --ping 5:2 --wait", "Wait until the daemon is there."),
        ("cat message | clamdscan -", "Scan standard input."),
    ),
)


CLAMD = About(
    name="clamd",
    usage="clamd [options]",
    summary="scan for mail servers, file servers and others, over a socket",
    description=(
        (
            "clamd answers the protocol of ClamAV's daemon, on a Unix socket, on TCP ports, or on "
            "sockets that systemd hands over. One process talks to clients; files are opened and "
            "scanned by others, which are confined, stopped at their deadline and replaced."
        ),
        (
            "Its settings come from clamd.conf; what the command line says counts more. SIGTERM "
            "ends it when what was begun is done, SIGHUP opens the log again, SIGUSR2 loads the "
            "database again."
        ),
        (
            "A file that was not fully scanned is answered OK, as ClamAV does, unless "
            "AlertExceedsMax is set; the log has a warning with the reason, and STATS counts it."
        ),
    ),
    exit_codes=(
        (0, "It was told to stop."),
        (1, "It could not start."),
    ),
    files=(
        ("/etc/clamav/clamd.conf", "Its settings."),
        ("/var/lib/clamav", "The signature databases."),
    ),
    examples=(
        ("clamd --foreground --config-file=clamd.conf", "Serve until Ctrl-C."),
        ("clamd --version", "The version of ClamAV and of the daily database."),
    ),
    section=8,
)


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
    lines += ["", "Pass - as the file name for standard input. A star marks the default."]
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
    out.append(".SH SETTINGS OF NACRE.CONF")
    for option in _settings_only():
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

"""A run of clamscan: from the command line to the exit code.

`--version`, `--help` and a wrong option answer without importing the engine.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from nacre.config import path as config_path
from nacre.config.command_line import CommandLine, UsageError, parse
from nacre.config.option import Program
from nacre.config.own import own_settings
from nacre.model.errors import ConfigError, DatabaseError
from nacre.output.version import ENGINE, age_in_days, version_line

if TYPE_CHECKING:
    from nacre.cli.actions import Action
    from nacre.cli.session import Extras, Session
    from nacre.config.settings import Settings
    from nacre.output.clamscan import Printer, Tally
    from nacre.walk import Plan
    from nacre.workers.yara import YaraRules

NAME = "clamscan"
ERROR = 2
NO_FILE_LIST = 54
"""ClamAV's exit code when the file of --file-list cannot be opened."""

_STALE_DAYS = 7
_SSN_FORMATS = 2


def main(argv: list[str]) -> int:
    """Run clamscan with these arguments; returns its exit code."""
    err = sys.stderr.buffer
    try:
        line = parse(Program.CLAMSCAN, NAME, argv)
    except UsageError as error:
        _write(err, [f"WARNING: {text}" for text in error.warnings])
        _write(err, error.lines)
        return ERROR
    _write(err, [f"WARNING: {text}" for text in line.warnings])
    settings = line.settings
    if settings.flag("version"):
        _write(sys.stdout.buffer, [version_line(_version_paths(settings))])
        return 0
    if settings.flag("help"):
        from nacre.config.about import CLAMSCAN  # noqa: PLC0415 - rarely needed
        from nacre.config.manual import help_text  # noqa: PLC0415

        _write(sys.stdout.buffer, [help_text(Program.CLAMSCAN, CLAMSCAN, ENGINE).rstrip("\n")])
        return 0
    with ExitStack() as stack:
        _die_of_interrupt(stack)
        return _Run(line, stack).run()


def _die_of_interrupt(stack: ExitStack) -> None:
    """Ctrl-C just ends the program, as ClamAV's, also in the middle of one large file."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        stack.callback(signal.signal, signal.SIGINT, before)


class _FatalError(Exception):
    """Ends the run before or instead of scanning. `summary` is False where ClamAV prints none."""

    def __init__(self, text: str, *, code: int = ERROR, summary: bool = True) -> None:
        super().__init__(text)
        self.code = code
        self.summary = summary


class _Run:
    """Sets one run up from its settings, in ClamAV's order, and goes through the arguments."""

    def __init__(self, line: CommandLine, stack: ExitStack) -> None:
        self._line = line
        self._settings = line.settings
        self._stack = stack

    def run(self) -> int:
        from nacre.output.clamscan import (  # noqa: PLC0415 - not for --version
            Printer,
            Style,
            Tally,
            open_log,
            print_summary,
        )

        log_path = self._settings.text("log_file")
        try:
            log = self._stack.enter_context(open_log(log_path)) if log_path else None
        except ConfigError as error:
            _write(sys.stdout.buffer, [f"ERROR: {error}"])
            _write(sys.stderr.buffer, ["ERROR: Problem with internal logger."])
            return ERROR
        names = (field for field in Style.__dataclass_fields__)
        style = Style(**{name: self._settings.flag(name) for name in names})
        printer = Printer(style, sys.stdout.buffer, sys.stderr.buffer, log)
        tally = Tally()
        code, summary = 0, True
        try:
            self._scan(printer, tally)
        except _FatalError as error:
            printer.message(f"ERROR: {error}".encode("utf-8", "surrogateescape"))
            code, summary = error.code, error.summary
        if summary and not self._settings.flag("no_summary"):
            print_summary(printer, tally, ENGINE)
        return code or tally.exit_code

    def _scan(self, printer: Printer, tally: Tally) -> None:
        settings = self._settings
        from nacre.config.scan import limits_of  # noqa: PLC0415 - not for --version

        if settings.flag("debug"):
            import logging  # noqa: PLC0415 - slow, and rarely needed

            logging.basicConfig(level=logging.DEBUG, format="LibClamAV debug: %(message)s")
        plan = self._plan(printer)
        action = self._action(tally)
        self._check_values()
        own = self._own_settings()
        session = self._session(own, plan, printer, tally, action)
        detects = settings.flag("structured_data_detection")
        if detects and settings.number("structured_ssn_format") > _SSN_FORMATS:
            raise _FatalError("Invalid argument for --structured-ssn-format")
        listed = settings.text("file_list")
        if listed is not None:
            self._scan_list(session, printer, listed)
        elif not self._line.operands:
            session.argument(os.fsencode(Path.cwd()))
        for operand in () if listed is not None else self._line.operands:
            if operand == "-":
                limit = limits_of(settings).max_file_size
                directory = own.text("temporary_directory")
                session.standard_input(sys.stdin.buffer, directory, limit)
            else:
                session.argument(os.fsencode(operand))

    def _scan_list(self, session: Session, printer: Printer, listed: str) -> None:
        if self._line.operands:
            text = "Only scanning files from --file-list (files passed at cmdline are ignored)"
            printer.message(f"WARNING: {text}".encode())
        try:
            with Path(listed).open("rb") as lines:
                session.file_list(lines)
        except OSError as error:
            text = f"--file-list: Can't open file {listed}"
            raise _FatalError(text, code=NO_FILE_LIST) from error

    def _plan(self, printer: Printer) -> Plan:
        from nacre.walk import Follow, Plan  # noqa: PLC0415 - not for --version
        from nacre.walk.pattern import make_filter  # noqa: PLC0415

        settings = self._settings
        for key in ("follow_dir_symlinks", "follow_file_symlinks"):
            if settings.number(key) > max(Follow):
                raise _FatalError(f"--{key.replace('_', '-')}: Invalid argument")
        files, bad_files = make_filter(settings.texts("exclude"), settings.texts("include"))
        directories, bad_directories = make_filter(
            settings.texts("exclude_dir"), settings.texts("include_dir")
        )
        for error in (*bad_files, *bad_directories):
            printer.message(f"WARNING: {error} (ignored)".encode("utf-8", "surrogateescape"))
        return Plan(
            recursive=settings.flag("recursive"),
            max_depth=settings.number("max_directory_recursion"),
            follow_directories=Follow(settings.number("follow_dir_symlinks")),
            follow_files=Follow(settings.number("follow_file_symlinks")),
            cross_filesystems=settings.flag("cross_filesystems"),
            files=files,
            directories=directories,
        )

    def _action(self, tally: Tally) -> Action | None:
        """The action asked for; of several, move wins over copy over remove, as in ClamAV."""
        # Not for --version.
        from nacre.cli.session import NOT_DONE, DirectoryError, action_of  # noqa: PLC0415

        try:
            action = action_of(self._settings, self._stack)
        except (ConfigError, DirectoryError) as error:
            raise _FatalError(str(error), summary=False) from error
        if action is not None:
            tally.failed_label = NOT_DONE[action.kind]
        return action

    def _check_values(self) -> None:
        settings = self._settings
        if settings.flag("detect_pua") and (
            settings.texts("exclude_pua") and settings.texts("include_pua")
        ):
            raise _FatalError("--exclude-pua and --include-pua cannot be used at the same time")
        directory = settings.text("temporary_directory")
        if directory is not None and not os.access(directory, os.W_OK | os.X_OK):
            raise _FatalError(f"--tempdir: Can't make files in {directory}")

    def _own_settings(self) -> Settings:
        """The command line over nacre.conf, which need not exist."""
        try:
            own = own_settings()
        except ConfigError as error:
            raise _FatalError(f"Parse error at {error}") from error
        return self._settings if own is None else self._settings.over(own)

    def _session(
        self, own: Settings, plan: Plan, printer: Printer, tally: Tally, action: Action | None
    ) -> Session:
        from nacre.cli.scanning import explain, open_scanner  # noqa: PLC0415 - not for --version
        from nacre.cli.session import Session  # noqa: PLC0415
        from nacre.config.scan import limits_of, options_of  # noqa: PLC0415

        if not own.number("max_recursion"):
            text = "MaxRecursion: the value of 0 is not allowed, using default: 17"
            _library(printer, "Warning", text)
        paths = _database_paths(own)
        self._check_age(paths, printer)
        options = options_of(own)
        try:
            opened = open_scanner(paths, options, limits_of(own), self._yara(own, printer))
        except DatabaseError as error:
            detail, outcome = explain(error)
            _library(printer, "Error", detail)
            raise _FatalError(outcome) from error
        for text in opened.warnings:
            _library(printer, "Warning", text)
        tally.signatures = opened.signatures
        plan = replace(plan, skip_folders=opened.folders)
        return Session(opened.scanner, plan, printer, tally, action=action, extras=self._extras())

    def _yara(self, own: Settings, printer: Printer) -> YaraRules | None:
        """The rules that nacre.conf names, which are nobody's official ones."""
        if "yara_rules" not in own.values or own.flag("official_only"):
            return None
        from nacre.config.scan import yara_rules  # noqa: PLC0415

        try:
            paths = yara_rules(own)
            if not paths:
                return None
            from nacre.workers.yara import YaraRules  # noqa: PLC0415 - few runs need it

            rules = self._stack.enter_context(YaraRules.open(paths))
        except ConfigError as error:
            raise _FatalError(str(error)) from error
        for trouble in rules.troubles:
            _library(printer, "Warning", str(trouble))
        return rules

    def _check_age(self, paths: tuple[str, ...], printer: Printer) -> None:
        days = self._settings.number("fail_if_cvd_older_than")
        age = age_in_days(paths)
        if days and (age is None or age > days):
            raise _FatalError(f"Virus database is older than {days} days!")
        daily = age_in_days(paths, daily=True)
        if daily is not None and daily > _STALE_DAYS:
            for text in (
                "*" * 50,
                "***  The virus database is older than 7 days!  ***",
                "***   Please update it as soon as possible.    ***",
                "*" * 50,
            ):
                _library(printer, "Warning", text)

    def _extras(self) -> Extras:
        from nacre.cli.session import Extras  # noqa: PLC0415 - not for --version

        settings = self._settings
        algorithm = settings.text("hash_alg") or "sha256"
        directory = settings.text("temporary_directory") or "/tmp"  # noqa: S108 - a new folder is made there
        leave = settings.flag("leave_temporary_files")
        return Extras(
            digest=algorithm.replace("sha2-", "sha") if settings.flag("log_hash") else None,
            file_type=settings.flag("log_file_type"),
            json=settings.flag("gen_json") and (leave or settings.flag("debug")),
            debug=settings.flag("debug"),
            leave_directory=directory if leave else None,
        )


def _database_paths(settings: Settings) -> tuple[str, ...]:
    given = settings.texts("database")
    if given:
        return given
    own = settings.values.get("database_directory")
    return (own if isinstance(own, str) else str(config_path.database_directory()),)


def _version_paths(settings: Settings) -> tuple[str, ...]:
    """As `_database_paths`, but a broken nacre.conf is somebody else's news."""
    try:
        own = own_settings()
    except ConfigError:
        own = None
    return _database_paths(settings.over(own) if own is not None else settings)


def _library(printer: Printer, kind: str, text: str) -> None:
    """A line as ClamAV's library writes it: to standard error, whatever --stdout says."""
    printer.library(f"LibClamAV {kind}: {text}")


def _write(stream: BinaryIO, lines: list[str] | tuple[str, ...]) -> None:
    stream.writelines(line.encode("utf-8", "surrogateescape") + b"\n" for line in lines)
    stream.flush()

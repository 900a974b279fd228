"""What clamd.conf may say, and what it may not: with file and line."""

from __future__ import annotations

import pytest

from nacre.config.daemon import problems
from nacre.config.file import examine, parse
from nacre.config.option import Kind, Option, Program, Status
from nacre.config.table import options_of
from nacre.model.errors import ConfigError

VALUES = {
    Kind.BOOL: ("yes", "perhaps"),
    Kind.NUMBER: ("7", "seven"),
    Kind.SIZE: ("7M", "7T"),
}
"""One value that is right, one that is wrong."""
SOUND = {
    "LocalSocketMode": "660",
    "LocalSocketGroup": "root",
    "User": "root",
    "DatabaseDirectory": "/usr",
    "TemporaryDirectory": "/usr",
    "VirusEvent": "/bin/true",
}
NAMED = [
    pytest.param(program, option, id=f"{program.name}-{option.name}")
    for program in (Program.CLAMD, Program.FRESHCLAM, Program.NACRE)
    for option in options_of(program)
    if option.name
]


@pytest.mark.parametrize(("program", "option"), NAMED)
def test_every_option_takes_what_is_right_and_refuses_what_is_wrong(
    program: Program, option: Option
) -> None:
    right, wrong = VALUES.get(option.kind, (option.choices or ("something",))[:1] * 2)
    right = SOUND.get(option.name, right)
    settings = parse(program, f"\n{option.name} {right}\n", "x.conf").settings
    if option.status is Status.IGNORED:
        return
    assert settings.places[option.key][0].line == 2
    if program is Program.CLAMD:
        mended = parse(program, f"LocalSocket /x\n{option.name} {right}\n", "x.conf").settings
        assert list(problems(mended)) == []
    if option.kind is not Kind.STRING or option.choices:
        with pytest.raises(ConfigError, match=f"^x.conf:2: .*{option.name}$"):
            parse(program, f"\n{option.name} {wrong if option.kind in VALUES else '?'}\n", "x.conf")
    with pytest.raises(ConfigError, match=f"^x.conf:1: Missing argument .*{option.name}$"):
        parse(program, f"{option.name}\n", "x.conf")


@pytest.mark.parametrize(
    "line",
    [
        "LocalSocketMode 999",
        "LocalSocketMode rw",
        "LocalSocketGroup nobodys-group",
        "User nobody-of-that-name",
        "VirusEvent /bin/echo %v",
        "VirusEvent echo",
        "VirusEvent /bin/true > /tmp/x",
        "TCPSocket 70000",
        "ExcludePath (",
        "LocalSocketMode 6_0",
        "LocalSocketMode 0o660",
        "LocalSocketMode 1777",
        "TemporaryDirectory /nowhere/at/all",
        "DatabaseDirectory /nowhere/at/all",
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(line: str) -> None:
    settings = parse(Program.CLAMD, f"LocalSocket /x\n\n{line}\n", "x.conf").settings
    (error,) = problems(settings)
    assert (error.file, error.line) == ("x.conf", 3)


def test_the_second_of_two_patterns_is_named() -> None:
    text = "LocalSocket /x\nExcludePath ^/a\nExcludePath (\n"
    (error,) = problems(parse(Program.CLAMD, text, "x.conf").settings)
    assert error.line == 3


def test_a_facility_counts_when_it_is_used() -> None:
    text = "LocalSocket /x\nLogFacility LOG_NOWHERE\n"
    assert list(problems(parse(Program.CLAMD, text, "x").settings)) == []
    (error,) = problems(parse(Program.CLAMD, text + "LogSyslog yes\n", "x").settings)
    assert error.line == 2


def test_all_that_is_wrong_is_found_at_once() -> None:
    found, errors = examine(Program.CLAMD, "Nonsense 1\nLogTime yes\nMaxThreads x\n", "x.conf")
    assert [error.line for error in errors] == [1, 3]
    assert found.settings.flag("log_time")

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.config.file import MAX_BYTES, load, parse
from nacre.config.option import Program
from nacre.model.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.config.settings import Settings


def read(text: str) -> Settings:
    return parse(Program.CLAMD, text, "clamd.conf").settings


def test_lines_comments_and_blanks() -> None:
    settings = read(
        "# a comment\n\n   \n\tMaxThreads \t 3 # three\nScanPE no\t\nMaxFileSize 5K#x\r\n"
        "LogFile /var/a b # no comment\r\nLogTime true"
    )
    assert settings.number("max_threads") == 3
    assert not settings.flag("scan_pe")
    assert settings.number("max_file_size") == 5120
    assert settings.text("log_file") == "/var/a b # no comment"
    assert settings.flag("log_time")
    assert settings.given == {"max_threads", "scan_pe", "max_file_size", "log_file", "log_time"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('LogFile "a" b', "a"),
        ('LogFile "a b" # c', "a b"),
        (r'LogFile "x\"y"', 'x"y'),
        (r'LogFile "x\\"', r"x\\"),
        ("LogFile 'a b'", "'a b'"),
        ("LogFile a#b", "a#b"),
    ],
)
def test_quoting(text: str, value: str) -> None:
    assert read(text).text("log_file") == value


def test_the_first_value_counts_unless_an_option_repeats() -> None:
    settings = read("MaxThreads 3\nMaxThreads 7\nExcludePath a\nExcludePath b # c\n")
    assert settings.number("max_threads") == 3
    assert settings.texts("exclude_path") == ("a", "b # c")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Foo bar", "Unknown option Foo"),
        ("scanpe no", "Unknown option scanpe"),
        ("Recursive yes", "Unknown option Recursive"),
        ("MatchSteps 5", "Unknown option MatchSteps"),
        ("Example", "Please edit the example config file"),
        ("MaxThreads", "Missing argument for option MaxThreads"),
        ("MaxThreads abc", "Incorrect argument format for option MaxThreads"),
        ("MaxThreads -5", "Incorrect argument format for option MaxThreads"),
        ("MaxThreads # 5", "Incorrect argument format for option MaxThreads"),
        ("MaxThreads=5", "Unknown option MaxThreads=5"),
        ("ScanPE maybe", "Incorrect argument format for option ScanPE"),
        ("ScanPE yes x", "Incorrect argument format for option ScanPE"),
        ("MaxFileSize 5X", "Incorrect argument format for option MaxFileSize"),
        ("BytecodeSecurity None", "Incorrect argument format for option BytecodeSecurity"),
        ('LogFile ""', "Empty argument for option LogFile"),
        ('LogFile "a', "Missing closing quote in option LogFile"),
    ],
)
def test_errors_name_file_and_line(line: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(f"# one\nLogTime yes\n{line}\nLogTime no\n")
    assert str(caught.value) == f"clamd.conf:3: {reason}"


def test_deprecated_options_warn() -> None:
    loaded = parse(Program.CLAMD, "\nMailFollowURLs yes\nOLE2BlockMacros yes\n", "c")
    assert loaded.warnings == ("Ignoring deprecated option MailFollowURLs at c:2",)
    assert loaded.settings.flag("alert_ole2_macros")


def test_debians_own_configuration(tmp_path: Path) -> None:
    file = tmp_path / "clamd.conf"
    file.write_text("LocalSocket /var/run/clamav/clamd.ctl\nMaxScanTime 120000\nUser clamav\n")
    assert load(Program.CLAMD, file).settings.number("max_scan_time") == 120_000


@pytest.mark.parametrize("make", ["missing", "directory", "huge"])
def test_what_cannot_be_read(tmp_path: Path, make: str) -> None:
    file = tmp_path / "clamd.conf"
    if make == "directory":
        file.mkdir()
    elif make == "huge":
        file.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match=r"clamd\.conf: "):
        load(Program.CLAMD, file)


def test_the_command_line_wins_over_the_file() -> None:
    strong = read("MaxThreads 5\n")
    weak = read("MaxThreads 6\nMaxQueue 7\n")
    merged = strong.over(weak)
    assert (merged.number("max_threads"), merged.number("max_queue")) == (5, 7)
    assert merged.given == {"max_threads", "max_queue"}


@given(st.text() | st.lists(st.sampled_from(["LogFile", '"', "\\", " ", "\n", "5"])).map("".join))
def test_any_text_is_settings_or_one_error(text: str) -> None:
    with suppress(ConfigError):
        read(text)

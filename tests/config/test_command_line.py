from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.config.command_line import CommandLine, UsageError, parse
from nacre.config.option import Program
from nacre.config.table import long_names
from nacre.config.value import LARGEST

END = "ERROR: Can't parse command line options"


def read(*words: str) -> CommandLine:
    return parse(Program.CLAMSCAN, "clamscan", words)


def refused(*words: str) -> tuple[str, ...]:
    with pytest.raises(UsageError) as caught:
        read(*words)
    return caught.value.lines


@pytest.mark.parametrize(
    "words",
    [
        ("--recursive", "od"),
        ("od", "--recursive"),
        ("--recursive=yes", "od"),
        ("--recursive=YES", "od"),
        ("--recursive=1", "od"),
        ("--recurs", "od"),
        ("--rec=true", "od"),
        ("-r", "od"),
        ("-ri", "od"),
        ("-ir", "od"),
    ],
)
def test_recursive_in_every_spelling(words: tuple[str, ...]) -> None:
    line = read(*words)
    assert line.settings.flag("recursive")
    assert line.operands == ("od",)


def test_a_boolean_takes_its_value_only_after_an_equals_sign() -> None:
    line = read("--recursive", "no", "od")
    assert line.settings.flag("recursive")
    assert line.operands == ("no", "od")
    assert not read("--scan-pe=no").settings.flag("scan_pe")


def test_the_first_value_counts_unless_an_option_repeats() -> None:
    assert read("--max-files=5", "--max-files", "6").settings.number("max_files") == 5
    assert not read("--scan-archive=no", "--scan-archive").settings.flag("scan_archive")
    assert read("--exclude=a", "--exclude", "b").settings.texts("exclude") == ("a", "b")


def test_short_options_take_the_rest_or_the_next_word() -> None:
    for words in (("-dDB",), ("-d", "DB"), ("-rdDB",), ("--database=DB",), ("--database", "DB")):
        assert read(*words).settings.texts("database") == ("DB",)
    assert read("-l=x").settings.text("log_file") == "=x"


def test_two_dashes_end_the_options_and_one_is_an_operand() -> None:
    assert read("-r", "-", "--", "-x", "--help").operands == ("-", "-x", "--help")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1K", 1024), ("1k", 1024), ("3M", 3 << 20), ("2g", 2 << 30), ("007", 7), ("0", 0)],
)
def test_sizes(text: str, value: int) -> None:
    assert read(f"--max-filesize={text}").settings.number("max_file_size") == value


@pytest.mark.parametrize("text", ["9" * 19 + "0", "9" * 5000, f"{LARGEST}K", f"{LARGEST + 1}"])
def test_too_large_a_number_is_cut_with_a_warning(text: str) -> None:
    line = read(f"--max-scansize={text}")
    assert line.settings.number("max_scan_size") == LARGEST
    assert line.warnings == (
        f"Numerical value for option max-scansize too high, resetting to {LARGEST}",
    )


@pytest.mark.parametrize(
    ("option", "text"),
    [
        *(("--max-filesize", text) for text in ("abc", "-1", "1KB", "", "1.5M", "K", " 5", "٣")),
        *(("--max-files", text) for text in ("5x", "1K", "+5", "0x10", "1_0", "")),
        *(("--bell", text) for text in ("maybe", "", "2", "y", "on")),
        ("--bytecode-mode", "x"),
        ("--statistics", "foo"),
        ("--dev-performance", "3"),
    ],
)
def test_bad_values(option: str, text: str) -> None:
    assert refused(f"{option}={text}") == (
        f"ERROR: Incorrect argument format for option {option}",
        END,
    )


def test_messages_name_the_short_letter_too() -> None:
    assert refused("--recursive=maybe")[0].endswith("option --recursive (-r)")
    assert refused("--log=") == (
        "ERROR: Option --log (-l) requires a non-empty string argument",
        END,
    )


@pytest.mark.parametrize(
    ("words", "first", "second"),
    [
        (["--nonexist"], "unrecognized option `--nonexist'", "Unknown option passed"),
        (["--nonexist=3"], "unrecognized option `--nonexist=3'", "Unknown option passed"),
        (["--Recursive"], "unrecognized option `--Recursive'", "Unknown option passed"),
        (["--memory"], "unrecognized option `--memory'", "Unknown option passed"),
        (["--max"], "option `--max' is ambiguous", "Unknown option passed"),
        (["--un=x"], "option `--un=x' is ambiguous", "Unknown option passed"),
        (["-rQ"], "illegal option -- Q", "Unknown option passed"),
        (["-r=yes"], "illegal option -- =", "Unknown option passed"),
        (
            ["--max-files"],
            "option `--max-files' requires an argument",
            "Incomplete option passed (missing argument)",
        ),
        (
            ["-rd"],
            "option requires an argument -- d",
            "Incomplete option passed (missing argument)",
        ),
    ],
)
def test_unknown_ambiguous_and_incomplete_options(
    words: list[str], first: str, second: str
) -> None:
    assert refused(*words) == (f"clamscan: {first}", f"ERROR: {second}", END)


def test_deprecated_options_warn_and_do_nothing() -> None:
    line = read("-t", "--no-pe", "--unzip", "--unrar=x", "--max-ratio=3", "--disable-summary")
    assert line.warnings == tuple(
        f"Ignoring deprecated option --{name}"
        for name in ("bytecode-trust-all (-t)", "no-pe", "unzip", "unrar", "max-ratio",
                     "disable-summary")
    )  # fmt: skip
    assert not line.settings.given


def test_warnings_before_an_error_are_kept() -> None:
    with pytest.raises(UsageError) as caught:
        read("--no-pe", "--nonexist")
    assert caught.value.warnings == ("Ignoring deprecated option --no-pe",)


def test_older_spellings_set_the_new_option() -> None:
    settings = read("--block-max", "--algorithmic-detection=no").settings
    assert settings.flag("alert_exceeds_max")
    assert not settings.flag("heuristic_alerts")


@given(st.lists(st.text(max_size=12) | st.sampled_from(sorted(long_names(Program.CLAMSCAN)))))
def test_any_words_are_understood_or_refused(words: list[str]) -> None:
    for line in (words, [f"--{word}" for word in words], [f"-{word}" for word in words]):
        with suppress(UsageError):
            read(*line)

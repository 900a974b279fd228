from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from nacre.config.command_line import parse
from nacre.config.option import Kind, Program, Status
from nacre.config.scan import limits_of, options_of
from nacre.config.table import OPTIONS, file_names, long_names, short_names
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions

if TYPE_CHECKING:
    from nacre.config.settings import Settings


def read(*words: str) -> Settings:
    return parse(Program.CLAMSCAN, "clamscan", words).settings


@pytest.mark.parametrize("program", list(Program))
def test_no_spelling_stands_for_two_options(program: Program) -> None:
    mine = [option for option in OPTIONS if program in option.programs]
    for names in (
        [option.long for option in mine if option.long],
        [option.short for option in mine if option.short],
        [option.name for option in mine if option.name],
    ):
        assert len(names) == len(set(names))


def test_rows_make_sense() -> None:
    for option in OPTIONS:
        assert option.name or option.long
        if option.shown:
            assert option.help.endswith(".")
            assert option.kind is Kind.BOOL or option.metavar
        if option.status is Status.ALIAS:
            assert any(other.key == option.key for other in OPTIONS if other is not option)
        if option.choices:
            assert option.default is None or option.default in option.choices


def test_the_options_of_clamav_are_known() -> None:
    longs, names = long_names(Program.CLAMSCAN), file_names(Program.CLAMD)
    assert len(longs) > 140
    for long in (
        "archive-verbose",
        "json-store-html-uris",
        "hash-hint",
        "fips-limits",
        "dev-ac-only",
    ):
        assert long in longs
    for name in (
        "LocalSocket",
        "EnableStatsCommand",
        "OnAccessExcludeUID",
        "DevLiblog",
        "VirusEvent",
    ):
        assert name in names
    assert "".join(sorted(short_names(Program.CLAMSCAN))) == "Vadfhilortvz"
    shared = {"DatabaseDirectory", "TemporaryDirectory"}
    assert set(file_names(Program.NACRE)) & set(names) == shared


def test_defaults_are_the_engine_s() -> None:
    settings = read()
    assert limits_of(settings) == Limits()
    assert options_of(settings) == ScanOptions()


def test_every_limit_and_option_of_the_engine_can_be_set() -> None:
    keys = {option.key for option in OPTIONS}
    own = {"strict", "canaries"}  # for tests, and for trials of databases
    for target in (Limits, ScanOptions):
        assert {field.name for field in fields(target)} - keys <= own


def test_options_reach_the_engine() -> None:
    settings = read(
        "-z", "--normalize=no", "--max-recursion=3", "--pcre-max-filesize=1M", "--detect-pua",
        "--exclude-pua=Win", "--exclude-pua=Andr", "--alert-encrypted", "--disable-cache",
        "--max-scantime=0", "--tempdir=/x",
    )  # fmt: skip
    limits, options = limits_of(settings), options_of(settings)
    assert (limits.max_recursion, limits.pcre_max_file_size, limits.max_scan_time) == (
        3,
        1 << 20,
        0,
    )
    assert options.all_match
    assert not options.normalize
    assert options.exclude_pua == ("Win", "Andr")
    assert options.alert_encrypted_archive
    assert options.alert_encrypted_doc
    assert options.cache_size == 0
    assert options.temporary_directory == "/x"


def test_a_recursion_limit_of_zero_means_the_default() -> None:
    assert limits_of(read("--max-recursion=0")).max_recursion == 17

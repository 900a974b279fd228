"""Options that are accepted and change nothing, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.config.option import Option, Program

if TYPE_CHECKING:
    from collections.abc import Mapping

_BYTECODE = "bytecode signatures are not run"
_HINT = "every file is looked at anyway"
_PRELUDE = "there is no Prelude; ClamAV of Debian has none either"
_CERTIFICATES = Program.FRESHCLAM | Program.SIGTOOL | Program.NACRE
"""Programs that verify databases; a scan loads what was verified when it came."""
_CLAMAV = "ClamAV does not use it any more either"

WITHOUT_EFFECT: Mapping[str, str] = {
    "bytecode": _BYTECODE,
    "bytecode_mode": _BYTECODE,
    "bytecode_security": _BYTECODE,
    "bytecode_timeout": _BYTECODE,
    "bytecode_unsigned": _BYTECODE,
    "certificates_directory": "databases are verified when they come, by freshclam",
    "file_type_hint": _HINT,
    "fips_limits": "MD5 and SHA-1 are used where a signature is written with them",
    "force_to_disk": "what is extracted needs no file",
    "hash_hint": _HINT,
    "json_store_extra_hashes": "the metadata has SHA-256 only",
    "max_rec_hwp3": "MaxRecursion counts for them as well",
    "max_zip_type_rcg": "zips inside files are always typed again",
}
"""By key, for every program. Help and manual say so."""

_DAEMON: Mapping[str, str] = {
    "concurrent_database_reload": "scans go on beside a reload, which needs little memory",
    "debug": "ClamAV's debug messages are about its own inside; see LogVerbose",
    "dev_ac_depth": "it is about the inside of ClamAV",
    "dev_ac_only": "it is about the inside of ClamAV",
    "dev_liblog": "it is about the inside of ClamAV",
    "dev_performance": "it is about the inside of ClamAV",
    "on_access_disable_ddd": "new folders need not be followed: a file system has one mark",
    "exit_on_oom": "a process that has no memory left costs its own request only",
    "prelude_analyzer_name": _PRELUDE,
    "prelude_enable": _PRELUDE,
    "stream_max_port": _CLAMAV,
    "stream_min_port": _CLAMAV,
}
"""By key, for clamd."""


_UPDATER: Mapping[str, str] = {
    "debug": "ClamAV's debug messages are about its own inside; see LogVerbose",
    "test_databases": "databases are always tried before they are used",
}
"""By key, for freshclam."""


_SIGTOOL: Mapping[str, str] = {
    "debug": "ClamAV's debug messages are about its own inside",
    "gen_json": "only scans make metadata",
    "leave_temps": "temporary files have no name, or hold what can be unpacked anew",
    "verbose": "all is said anyway",
}
"""By key, for sigtool."""


_CLAMONACC: Mapping[str, str] = {
    "all_match": "one alert is enough to deny",
    "infected": "nothing is said of other files",
    "multiscan": "files are asked for at the same time anyway",
}
"""By key, for clamonacc."""


def without_effect(program: Program, option: Option) -> str:
    """Why `option` changes nothing for `program`; empty when it does."""
    if program is Program.FRESHCLAM and option.key == "bytecode":
        return ""  # whether it is fetched
    if program in _CERTIFICATES and option.key == "certificates_directory":
        return ""
    reason = WITHOUT_EFFECT.get(option.key, "")
    if not reason and program is Program.CLAMD:
        reason = _DAEMON.get(option.key, "")
    if not reason and program is Program.FRESHCLAM:
        reason = _UPDATER.get(option.key, "")
    if not reason and program is Program.CLAMONACC:
        reason = _CLAMONACC.get(option.key, "")
    if not reason and program is Program.SIGTOOL:
        reason = _SIGTOOL.get(option.key, "")
    return reason

"""The sentences that clamd logs: other programs look for them, so they are ClamAV's to the letter.

Two differ where ClamAV's would not be true here: threads are processes, and a limit of 0 is said to
be none.
"""

from __future__ import annotations

import os
import resource
import time
from typing import TYPE_CHECKING

from nacre.output.version import ENGINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.limits import Limits
    from nacre.model.options import ScanOptions

_SUPPORT = (
    ("scan_archive", "Archive support"),
    ("scan_image", "Image (graphics) scanning support"),
    ("scan_image_fuzzy_hash", "Detection using image fuzzy hash"),
    ("alert_exceeds_max", "AlertExceedsMax heuristic detection"),
    ("heuristic_alerts", "Heuristic alerts"),
    ("scan_pe", "Portable Executable support"),
    ("scan_elf", "ELF support"),
    ("scan_mail", "Mail files support"),
    ("scan_ole2", "OLE2 support"),
    ("scan_pdf", "PDF support"),
    ("scan_swf", "SWF support"),
    ("scan_html", "HTML support"),
    ("scan_xmldocs", "XMLDOCS support"),
    ("scan_hwp3", "HWP3 support"),
    ("scan_onenote", "OneNote support"),
)
_ONLY_WHEN_ON = (
    ("heuristic_scan_precedence", "Heuristic: precedence enabled"),
    ("structured_data_detection", "Structured: Data detection enabled"),
)


def started() -> str:
    """The first line."""
    return f"+++ Started at {time.ctime()}"


def stopped() -> str:
    """The last line."""
    return f"--- Stopped at {time.ctime()}"


def program() -> str:
    """Which program on what."""
    system = os.uname()
    machine = system.machine
    return f"clamd daemon {ENGINE} (OS: {system.sysname}, ARCH: {machine}, CPU: {machine})"


def log_size(limit: int) -> str:
    """How large the log may become."""
    if not limit:
        return "Log file size limit disabled."
    return f"Log file size limited to {limit} bytes."


def limits(limits: Limits) -> Iterator[str]:
    """One line for each limit."""
    yield f"Limits: Global time limit set to {limits.max_scan_time} milliseconds."
    yield f"Limits: Global size limit set to {limits.max_scan_size} bytes."
    yield f"Limits: File size limit set to {limits.max_file_size} bytes."
    yield f"Limits: Recursion level limit set to {limits.max_recursion}."
    yield f"Limits: Files limit set to {limits.max_files}."
    yield f"Limits: Core-dump limit is {max(0, resource.getrlimit(resource.RLIMIT_CORE)[0])}."
    yield f"Limits: MaxEmbeddedPE limit set to {limits.max_embedded_pe} bytes."
    yield f"Limits: MaxHTMLNormalize limit set to {limits.max_html_normalize} bytes."
    yield f"Limits: MaxHTMLNoTags limit set to {limits.max_html_no_tags} bytes."
    yield f"Limits: MaxScriptNormalize limit set to {limits.max_script_normalize} bytes."
    yield f"Limits: MaxZipTypeRcg limit set to {limits.max_zip_type_rcg} bytes."
    yield f"Limits: MaxPartitions limit set to {limits.max_partitions}."
    yield f"Limits: MaxIconsPE limit set to {limits.max_icons_pe}."
    yield f"Limits: MaxRecHWP3 limit set to {limits.max_rec_hwp3}."
    yield f"Limits: PCREMatchLimit limit set to {limits.pcre_match_limit}."
    yield f"Limits: PCRERecMatchLimit limit set to {limits.pcre_rec_match_limit}."
    yield f"Limits: PCREMaxFileSize limit set to {limits.pcre_max_file_size}."


def support(options: ScanOptions) -> Iterator[str]:
    """What is looked at, and what is not."""
    for name, text in _SUPPORT:
        yield f"{text} {'enabled' if getattr(options, name) else 'disabled'}."
    for name, text in _ONLY_WHEN_ON:
        if getattr(options, name):
            yield text


def checking(seconds: float) -> str:
    """How often the database is looked at."""
    return f"Self checking every {seconds:.0f} seconds." if seconds else "Self checking disabled."

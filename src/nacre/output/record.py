"""Results as JSON, for programs. Schema version 1; fields may be added, none changes its meaning.

A result: ``type`` "result", ``path``, ``status`` ("clean", "alert", "not fully scanned", "error"),
and unless there was an error ``verdict``, ``file_type``, ``size``, ``bytes_scanned``, ``layers``,
``alerts`` (each ``name``, ``strength``, ``member``, ``file_type``, ``depth``) and ``incidents``
(what was not scanned: ``reason``, ``member``, ``limit``); else ``reason``.

The summary: ``type`` "summary", the counts, ``seconds``, ``interrupted``, ``exit_code`` and what is
said once about the scan: ``schema``, ``version``, ``signatures``.

Names are text. Bytes that are not UTF-8 become U+FFFD there, and the exact name is in a second
field, ``path_base64`` (or ``member_base64``, a list), which is absent when the text is exact.

``jsonl`` is one object per line, the summary last; ``json`` is one object with ``schema``,
``results`` and ``summary``, written as results come.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import nacre
from nacre.output.result import ExitCode, Result, Summary

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = 1

Record = dict[str, object]


def result_record(result: Result) -> Record:
    """One result as a JSON object."""
    record: Record = {"type": "result", **_name("path", os.fsdecode(result.path))}
    record["status"] = result.status.value
    report = result.report
    if report is None:
        record["reason"] = result.reason
        return record
    record |= {
        "verdict": report.verdict.value,
        "file_type": report.file_type.clamav_name,
        "size": report.size,
        "bytes_scanned": report.bytes_scanned,
        "layers": report.layers,
        "alerts": [
            {
                "name": alert.name,
                "strength": alert.strength.value,
                **_names("member", alert.member),
                "file_type": alert.file_type.clamav_name,
                "depth": alert.depth,
            }
            for alert in report.alerts
        ],
        "incidents": [
            {
                "reason": _text(incident.reason),
                **_names("member", incident.member),
                "limit": incident.limit,
            }
            for incident in report.incidents
        ],
    }
    return record


def summary_record(summary: Summary) -> Record:
    """The end of a scan as a JSON object."""
    return {
        "type": "summary",
        "schema": SCHEMA,
        "version": nacre.__version__,
        "signatures": summary.signatures,
        **asdict(summary.tally),
        "seconds": round(summary.seconds, 3),
        "interrupted": summary.exit_code is ExitCode.INTERRUPTED,
        "exit_code": int(summary.exit_code),
    }


def dumps(record: Record) -> str:
    """A record on one line, in ASCII."""
    return json.dumps(record, separators=(",", ":"))


def _text(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _name(field: str, name: str) -> Record:
    text = _text(name)
    if text == name:
        return {field: text}
    return {field: text, f"{field}_base64": _base64(name)}


def _names(field: str, names: Sequence[str]) -> Record:
    texts = [_text(name) for name in names]
    if texts == list(names):
        return {field: texts}
    return {field: texts, f"{field}_base64": [_base64(name) for name in names]}


def _base64(name: str) -> str:
    return base64.b64encode(name.encode("utf-8", "surrogateescape")).decode("ascii")

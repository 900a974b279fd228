"""`--gen-json`: what is known about one scanned file, under ClamAV's keys (1.5).

Members are not listed one by one: indicators and parse errors carry the path inside the file, and
`ContainedObjects` has only members that say something of themselves.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from nacre.model.verdict import Fact, Report

MAGIC = "CLAMJSONv0"
_LIST = "[]"


def metadata(report: Report, path: bytes, sha256: str) -> str:
    """The JSON text for one file."""
    root: dict[str, object] = {
        "Magic": MAGIC,
        "RootFileType": report.file_type.clamav_name,
        "FileName": os.fsdecode(path.rsplit(b"/", 1)[-1]),
        "FileType": report.file_type.clamav_name,
        "FileSize": report.size,
        "FileSHA2-256": sha256,
    }
    root |= _facts(fact for fact in report.facts if not fact.member)
    root["RootFileType"] = root["FileType"]  # a document may know better what it is
    inner: dict[tuple[str, ...], list[Fact]] = {}
    for fact in report.facts:
        if fact.member:
            inner.setdefault(fact.member, []).append(fact)
    if inner:
        root["ContainedObjects"] = [
            {"FilePath": list(path), "FileType": facts[0].file_type.clamav_name} | _facts(facts)
            for path, facts in inner.items()
        ]
    if report.alerts:
        root["Indicators"] = [
            {
                "Name": alert.name,
                "Type": alert.strength.value,
                "Depth": alert.depth,
                "FilePath": list(alert.member),
            }
            for alert in report.alerts
        ]
    if report.incidents:
        root["ParseErrors"] = [
            {"Reason": incident.reason, "Limit": incident.limit, "FilePath": list(incident.member)}
            for incident in report.incidents
        ]
    return json.dumps(root, indent=2)


def _facts(facts: Iterable[Fact]) -> dict[str, object]:
    """Facts as JSON objects; what contradicts itself keeps its first form."""
    found: dict[str, object] = {}
    for fact in facts:
        *objects, last = fact.key.split(".")
        place = found
        for name in objects:
            inner = place.setdefault(name, {})
            if not isinstance(inner, dict):
                break
            place = inner
        else:
            if last.endswith(_LIST):
                values = place.setdefault(last.removesuffix(_LIST), [])
                if isinstance(values, list):
                    values.append(fact.value)
            else:
                place.setdefault(last, fact.value)
    return found


def write_metadata(directory: Path, path: bytes, text: str) -> Path:
    """Leave `text` as metadata.json in a new folder of its own; raises OSError."""
    name = os.fsdecode(path.rsplit(b"/", 1)[-1])[:100]
    folder = directory / f"{time.strftime('%Y%m%d_%H%M%S')}-{name}.{os.urandom(5).hex()}"
    folder.mkdir(mode=0o700)
    file = folder / "metadata.json"
    file.write_text(text, encoding="ascii")
    return file

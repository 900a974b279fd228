"""`--gen-json`: what is known about one scanned file, under ClamAV's keys (1.5).

`ContainedObjects` nest, with `EmbeddedObjects` for what stands in the bytes of another; there is no
`FilePath` of temporary files, because there are none, and names are whole where ClamAV tells the
last part of those in a zip. Indicators of the outermost object are those
of all, with the names on the way down.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.model.verdict import Report
    from nacre.output.members import Node

MAGIC = "CLAMJSONv0"
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
"""How a file is made that was not there: the only way that a confined process has."""


def metadata(report: Report, path: bytes, sha256: str, tree: Node | None = None) -> str:
    """The JSON text for one file; `tree` is what was seen inside."""
    root: dict[str, object] = {
        "Magic": MAGIC,
        "RootFileType": report.file_type.clamav_name,
        "FileName": os.fsdecode(path.rsplit(b"/", 1)[-1]),
        "FileType": report.file_type.clamav_name,
        "FileSize": report.size,
        "FileSHA2-256": sha256,
    }
    if tree is not None:
        root |= tree.inside()
        root["RootFileType"] = root["FileType"]  # a document may know better what it is
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


def write_metadata(folder: Path, text: str) -> Path:
    """Leave `text` as metadata.json in a folder; raises OSError."""
    file = folder / "metadata.json"
    with os.fdopen(os.open(file, NEW, 0o600), "wb") as target:
        target.write(text.encode("ascii"))
    return file

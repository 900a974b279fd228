"""Other scanners.

Two that scan on access scan each other; two updaters fetch everything twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.monitor.finding import Finding, fine, note, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.monitor.host import Host

_OTHERS = {
    "BitDefender": ("bdsecd", "bdsrvscan"),
    "CrowdStrike Falcon": ("falcon-sensor", "falcon-sensor-b"),
    "ESET": ("esets_daemon", "eset_efs", "oaeventd"),
    "F-Secure": ("fsma", "fsoasd"),
    "Kaspersky": ("kesl", "klnagent"),
    "Microsoft Defender": ("wdavdaemon", "mdatp"),
    "SentinelOne": ("s1-agent", "sentineld"),
    "Sophos": ("savd", "savscand", "sophos_threat_d", "sav-protect"),
    "Symantec": ("rtvscand", "sisamdagent", "sisidsdaemon"),
    "Trellix": ("mfetpd", "isectpd", "xagt"),
    "Trend Micro": ("ds_agent", "ds_am"),
    "VMware Carbon Black": ("cbagentd", "cbdaemon"),
}
_BY_NAME = {name[:15]: product for product, names in _OTHERS.items() for name in names}
"""The kernel keeps fifteen letters."""


def run(host: Host) -> Iterator[Finding]:
    """Scanners by the names of their processes."""
    products: dict[str, int] = {}
    clamav: dict[str, list[int]] = {}
    for pid, name, line in host.processes():
        if name in _BY_NAME:
            products.setdefault(_BY_NAME[name], pid)
        elif name in {"clamd", "freshclam", "clamonacc"} and "python" not in line.lower():
            clamav.setdefault(name, []).append(pid)
    for product, pid in sorted(products.items()):
        yield warning(
            f"{product} is running (process {pid})",
            "let each leave the other's folders and processes alone",
        )
    if "clamd" in clamav:
        yield note(
            f"ClamAV's clamd is running (process {clamav['clamd'][0]})",
            "systemctl disable --now clamav-daemon.service clamav-daemon.socket, if nacre's is to "
            "take its place",
        )
    if "clamonacc" in clamav:
        yield note(f"ClamAV's clamonacc is running (process {clamav['clamonacc'][0]})")
    if not products and "clamd" not in clamav:
        yield fine("no other scanner is running")

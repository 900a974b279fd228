"""What STATS tells: counters, and the text in the order in which exporters read its numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MIB = 1 << 20


@dataclass(slots=True)
class Statistics:
    """Counted since the start."""

    scans: int = 0
    alerts: int = 0
    incomplete: int = 0
    """Scans after which something had not been looked at."""
    failed: int = 0
    """Requests answered with ERROR because a worker died or could not read."""
    replaced: int = 0
    """Workers that died or were killed."""
    malformed: int = 0
    """Lines of the database that were skipped."""
    confinement: str = "none"


@dataclass(frozen=True, slots=True)
class Staff:
    """How busy the workers are."""

    live: int
    idle: int
    most: int
    idle_timeout: int


def stats(
    statistics: Statistics,
    staff: Staff,
    waits: Sequence[float],
    running: Iterable[tuple[str, float, str]],
    image_bytes: int,
) -> bytes:
    """The answer to STATS.

    Args:
        statistics: the counters.
        staff: the workers.
        waits: seconds that each item of the queue has waited.
        running: verb, seconds and file name of what is being done.
        image_bytes: size of the signature image, which all processes share.
    """
    queue = f"QUEUE: {len(waits)} items"
    if waits:
        average = sum(waits) / len(waits)
        queue += f" min_wait: {min(waits):.6f} max_wait: {max(waits):.6f} avg_wait: {average:.6f}"
    image = f"{image_bytes / _MIB:.3f}"
    unknown = "N/A mmap N/A used N/A free N/A"
    threads = f"THREADS: live {staff.live}  idle {staff.idle} max {staff.most}"
    threads += f" idle-timeout {staff.idle_timeout}"
    counted = " ".join(f"{name} {value}" for name, value in asdict(statistics).items())
    lines = [
        "POOLS: 1",
        "",
        "STATE: VALID PRIMARY",
        threads,
        queue,
        *(f"\t{verb} {seconds:.6f} {name}" for verb, seconds, name in running),
        "",
        f"MEMSTATS: heap {unknown} releasable N/A pools 1 pools_used {image}M pools_total {image}M",
        f"NACRE: {counted}",
        "END",
    ]
    return "\n".join(lines).encode("utf-8", "surrogateescape")

"""Thousands of hosts, a mirror, and a cache between them that may misbehave.

    python benchmarks/fleet.py [--clients 2000] [--days 30] [--checks 12] [--day-seconds 24]
                               [--cache behaved,ignoring,stale]

A real `nacre mirror serve` stands behind a real nginx that caches; time runs faster, and a day
takes `--day-seconds` (at least 12: nginx counts whole seconds). The source has a new version every
day; the mirror looks every hour. Every client asks as `nacre update` does (its code: listings,
plan, fetch, signatures, digests), CHECKS times a day at its own moments; some are away for days,
some are new. nginx is

behaved   as it comes: it keeps what may be kept, and asks again for the rest
ignoring  keeps everything for two hours, whatever the mirror says
stale     keeps everything for three days

Printed: requests and bytes that clients got and that reached the mirror, how long after its
publication the last client that was there had a version, and every file that was older or other
than it should be and yet taken (there must be none). Beside it, what ClamAV's freshclam would have
asked for.
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import io
import multiprocessing
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "tests"))

import feeds  # noqa: E402 - what the tests make databases with
import webserver  # noqa: E402
from mirroring import serving  # noqa: E402
from nacre.cvd.cdiff import Cdiff  # noqa: E402
from nacre.cvd.signer import Owner  # noqa: E402
from nacre.cvd.write import build  # noqa: E402
from nacre.feed import state as memory  # noqa: E402
from nacre.feed.mirror import Mirror, cdiff_name  # noqa: E402
from nacre.feed.plan import Cdiffs, Whole, plan  # noqa: E402
from nacre.mirror.sync import Policy, sync  # noqa: E402
from nacre.mirror.tree import Tree  # noqa: E402
from nacre.model.errors import NacreError  # noqa: E402
from nacre.transport import http  # noqa: E402
from nacre.updater import update as updating  # noqa: E402
from nacre.updater.listings import Listings  # noqa: E402
from updating import options  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.queues import Queue

    from nacre.feed.listing import Entry

DAY = 86_400
LINES = 20_000
CHANGED = 300
FIRST = 100
"""The version that everybody begins with."""
START = 1_795_000_000
CACHES = {"behaved": "", "ignoring": "2h", "stale": "72h"}
REAL_TIME = time.time
PROCESSES = 2


@dataclass(frozen=True)
class Clock:
    """Time that runs faster."""

    began: float
    speed: float

    def __call__(self) -> float:
        return START + (REAL_TIME() - self.began) * self.speed

    def wait(self, until: float) -> None:
        left = (until - self()) / self.speed
        if left > 0:
            time.sleep(left)


class Silent:
    """A teller that only counts warnings."""

    def __init__(self) -> None:
        self.warnings: Counter[str] = Counter()

    def line(self, _text: str) -> None:
        pass

    verbose = line

    def warning(self, text: str) -> None:
        kind = "stale" if "is stale" in text else "cache" if "a cache between" in text else "other"
        self.warnings[kind] += 1

    error = warning


@dataclass
class Source:
    """A source with a new version every day: some lines go, some come."""

    folder: Path
    lines: list[bytes] = field(default_factory=list)
    version: int = FIRST

    def __post_init__(self) -> None:
        self.random = random.Random(7)
        self.lines = [self._line() for _ in range(LINES)]
        self._publish()

    def _line(self) -> bytes:
        name = b"Win.Malware.Made-%d" % self.random.getrandbits(40)
        return b"%064x:%d:%s:73\n" % (self.random.getrandbits(256), 1000, name)

    def _members(self) -> dict[str, bytes]:
        return {"COPYING": b"free\n", "daily.hsb": b"".join(self.lines)}

    def _publish(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for member, data in self._members().items():
                (folder / member).write_bytes(data)
            path = self.folder / ".daily.new"
            path.unlink(missing_ok=True)
            seconds = START + (self.version - FIRST) * DAY
            header = feeds.header(self.version, len(self.lines), seconds)
            build(folder, "daily", path, header, Owner(feeds.PRIVATE))
            path.replace(self.folder / "daily.cvd")
            self.info = (folder / "daily.info").read_bytes()

    def advance(self) -> None:
        """Publish the next version, and the step to it."""
        self.version += 1
        chosen = sorted(self.random.sample(range(len(self.lines)), CHANGED))
        script = b"OPEN daily.hsb\n"
        for at in chosen:
            script += b"DEL %d %s\n" % (at + 1, self.lines[at].partition(b":")[0])
        for at in reversed(chosen):
            del self.lines[at]
        fresh = [self._line() for _ in range(CHANGED)]
        self.lines += fresh
        self._publish()
        script += b"".join(b"ADD " + line for line in fresh) + b"CLOSE\n"
        script += b"UNLINK daily.info\nOPEN daily.info\n"
        script += (
            b"".join(b"ADD " + line for line in self.info.splitlines(keepends=True)) + b"CLOSE\n"
        )
        feeds.cdiff(self.folder / cdiff_name("daily", self.version), self.version, script)


@dataclass
class Client:
    """A host: what it has, and when it asks."""

    version: int
    next: float
    state: memory.State
    interval: float
    away: tuple[float, float] = (0.0, 0.0)
    """Days between which it is switched off."""
    reached: dict[int, float] = field(default_factory=dict)

    def here(self, began: float, ended: float) -> bool:
        """Whether it was on all the time between."""
        return ended < self.away[0] or began > self.away[1]


@dataclass
class Tally:
    """What clients of one process did."""

    requests: int = 0
    size: int = 0
    wrong: int = 0
    failed: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    reached: dict[int, list[tuple[float, float, float]]] = field(default_factory=dict)
    """For each version: when it was reached, and between which times a client was away."""


class Fleet:
    """Some of the clients, in a process of their own."""

    def __init__(self, url: str, clock: Clock, truth: Path, tally: Tally) -> None:
        self.mirror = Mirror(url, private=True)
        self.clock = clock
        self.truth = truth
        self.tally = tally
        self.terms = http.Terms("fleet", connect_seconds=30, pause_seconds=30)
        self.known: dict[str, int] = {}
        """Versions that verified cdiffs lead to, by the digest of their bytes."""

    def check(self, client: Client) -> None:
        teller = Silent()
        listings = Listings(self.terms, client.state, teller)
        try:
            listing = listings.of(self.mirror)
            assert listing is not None  # noqa: S101 - the mirror has listings
            self._update(client, listing.files["daily"])
        except NacreError:
            self.tally.failed += 1
        self.tally.warnings += teller.warnings
        client.state = memory.State(
            client.state.uuid, listed=listings.listed, high_water={"daily": client.version}
        )

    def _update(self, client: Client, entry: Entry) -> None:
        step = plan(
            client.version or None,
            entry.version,
            client.version,
            scripted=0 < entry.first_step <= client.version + 1,
        )
        if isinstance(step, Cdiffs):
            for version in step.versions:
                self._cdiff(client, version)
        elif isinstance(step, Whole):
            raw = self.get(entry.file)
            if hashlib.sha256(raw).hexdigest() == entry.sha256:
                self._take(client, entry.version, entry.file, raw)

    def _cdiff(self, client: Client, version: int) -> None:
        raw = self.get(cdiff_name("daily", version))
        digest = hashlib.sha256(raw).hexdigest()
        if digest not in self.known:
            with tempfile.NamedTemporaryFile() as file:
                file.write(raw)
                file.flush()
                self.known[digest] = Cdiff.open(Path(file.name), feeds.KEYS).version
        if self.known[digest] == version:
            self._take(client, version, cdiff_name("daily", version), raw)

    def _take(self, client: Client, version: int, name: str, raw: bytes) -> None:
        path = self.truth / name
        if version <= client.version or (path.exists() and path.read_bytes() != raw):
            self.tally.wrong += 1
        client.version = version
        client.reached[version] = self.clock()

    def get(self, name: str) -> bytes:
        into = io.BytesIO()
        http.fetch(http.Request(self.mirror.url(name), 1 << 30), into, self.terms)
        return into.getvalue()


def counting(tally: Tally) -> None:
    """Have every request counted."""
    plain = http.fetch

    def counted(request: http.Request, into: object, terms: http.Terms) -> http.Response:
        response = plain(request, into, terms)  # type: ignore[arg-type]
        tally.requests += 1
        tally.size += response.size
        return response

    http.fetch = counted
    from nacre.updater import source  # noqa: PLC0415

    source.fetch = counted


def clients_of(process: int, count: int, days: int, checks: int) -> list[Client]:
    """Most are always on; one in ten is away for up to a week, one in fifty new."""
    rng = random.Random(process)
    made = []
    for _ in range(count):
        interval = DAY / checks
        client = Client(FIRST, START + rng.random() * interval, memory.new(), interval)
        if rng.random() < 0.1:
            leaves = START + rng.random() * days * DAY
            client.away = (leaves, leaves + rng.random() * 7 * DAY)
        elif rng.random() < 0.02:
            client.version = 0
            client.next = START + rng.random() * days * DAY
            client.away = (START, client.next)
        made.append(client)
    return made


def live(fleet: Fleet, clients: list[Client], days: int, results: Queue[Tally]) -> None:
    """The life of some clients."""
    clock, tally = fleet.clock, fleet.tally
    time.time = clock
    counting(tally)
    end = START + days * DAY
    queue = [(client.next, number) for number, client in enumerate(clients)]
    heapq.heapify(queue)
    while queue:
        due, number = heapq.heappop(queue)
        if due > end:
            break
        client = clients[number]
        if not client.away[0] <= due <= client.away[1]:
            clock.wait(due)
            fleet.check(client)
        elif due + client.interval > client.away[1]:
            due = client.away[1]  # switched on, it looks at once
            heapq.heappush(queue, (due + 1, number))
            continue
        heapq.heappush(queue, (due + client.interval, number))
    for client in clients:
        for version, when in client.reached.items():
            tally.reached.setdefault(version, []).append((when, *client.away))
    results.put(tally)


@contextmanager
def caching(folder: Path, upstream: str, keep: float | None) -> Iterator[str]:
    """A real nginx before the mirror; where it is."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ignoring = ""
    if keep is not None:
        ignoring = (
            "proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;"
            f"proxy_cache_valid any {max(1, round(keep))}s;"
        )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid;"
        f"error_log {folder}/error.log;"
        "events { worker_connections 1024; } http { access_log off;"
        f"proxy_cache_path {folder}/cache keys_zone=all:20m; proxy_temp_path {folder}/temp;"
        f"client_body_temp_path {folder}/body; fastcgi_temp_path {folder}/f;"
        f"uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;"
        f"server {{ listen 127.0.0.1:{port} backlog=4096; location / {{"
        f"proxy_pass {upstream}; proxy_http_version 1.1; proxy_set_header Connection '';"
        f"proxy_cache all; proxy_cache_lock on; {ignoring} }} }} }}"
    )
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with subprocess.Popen([program, "-c", str(config), "-p", str(folder)]) as process:
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except ConnectionRefusedError:
                    if process.poll() is not None:
                        sys.exit(f"nginx does not start: {folder}/error.log")
                    time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def run(cache: str, arguments: argparse.Namespace) -> None:
    speed = DAY / arguments.day_seconds
    keep = None if not CACHES[cache] else int(CACHES[cache][:-1]) * 3600 / speed
    with tempfile.TemporaryDirectory(prefix="nacre-fleet-") as name:
        work = Path(name)
        work.chmod(0o755)
        (work / "source").mkdir()
        (work / "nginx").mkdir()
        source = Source(work / "source")
        tree = Tree(work / "mirror")
        log = work / "access.log"
        with webserver.serving(work / "source") as upstream:
            tree.root.mkdir()
            with (
                serving(tree, "--access-log", str(log)) as mirror,
                caching(work / "nginx", mirror, keep) as url,
            ):
                clock = Clock(REAL_TIME(), speed)
                time.time = clock
                site = Site(source, upstream.url, tree, url)
                published, tallies = simulated(arguments, clock, site)
        print(f"cache {cache}: {arguments.clients} clients, {arguments.days} days, ", end="")
        print(f"{arguments.checks} checks a day")
        told(arguments, tallies, log)
        late(arguments, tallies, published)
        beside(arguments, (work / "source/daily.cvd").stat().st_size)


@dataclass(frozen=True)
class Site:
    """Source, mirror, and where clients find it."""

    source: Source
    upstream: str
    tree: Tree
    url: str

    def sync(self) -> None:
        made = options(self.tree.work, self.upstream, private=False)
        sync(self.tree, made, Policy(), Silent())


def simulated(
    arguments: argparse.Namespace, clock: Clock, site: Site
) -> tuple[dict[int, float], list[Tally]]:
    """Source and mirror here, clients in processes of their own."""
    updating.tried = lambda *_: 0  # type: ignore[assignment] # compiling is not what is measured
    updating.settle = lambda *_: None  # type: ignore[assignment]
    site.sync()
    results: Queue[Tally] = multiprocessing.Queue()
    share = arguments.clients // PROCESSES
    processes = [
        multiprocessing.Process(
            target=live,
            args=(
                Fleet(site.url, clock, site.tree.root, Tally()),
                clients_of(number, share, arguments.days, arguments.checks),
                arguments.days,
                results,
            ),
            daemon=True,
        )
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    published = {}
    end = START + arguments.days * DAY
    fresh, look = START + DAY / 3, clock() + 3600 * 0.9
    while (now := clock()) < end:
        if now >= fresh:
            site.source.advance()
            fresh += DAY
        if now >= look:
            site.sync()
            listing = site.tree.listing()
            if listing is not None:
                published.setdefault(listing.files["daily"].version, clock())
            look = max(look + 3600 * 0.9, clock())
        clock.wait(min(fresh, look))
    tallies = [results.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()
    return published, tallies


def told(arguments: argparse.Namespace, tallies: list[Tally], log: Path) -> None:
    """What was asked for and sent."""
    requests = sum(tally.requests for tally in tallies)
    size = sum(tally.size for tally in tallies)
    lines = log.read_text().splitlines()
    sent = sum(int(line.split('" ')[1].split()[1]) for line in lines)
    warnings: Counter[str] = sum((tally.warnings for tally in tallies), Counter())
    a_day = size / arguments.clients / arguments.days
    print(f"  clients asked {requests:,} times, and got {a_day:,.0f} bytes a day each")
    print(f"  the mirror was asked {len(lines):,} times, and sent {sent / 1e6:,.1f} MB")
    print(f"  told: {warnings['cache']:,} times that a cache keeps an old listing,", end="")
    print(f" {warnings['stale']:,} times that the mirror is stale")
    print(f"  checks that failed: {sum(tally.failed for tally in tallies):,}")
    print(f"  older or wrong files taken: {sum(tally.wrong for tally in tallies)}")


def late(arguments: argparse.Namespace, tallies: list[Tally], published: dict[int, float]) -> None:
    """How long after its publication the last client had a version, of those that were on."""
    end = START + (arguments.days - 2) * DAY
    hours = []
    for version, when in published.items():
        reached = [each for tally in tallies for each in tally.reached.get(version, [])]
        here = [at for at, left, back in reached if not left - DAY < when < back]
        if here and when < end:
            hours.append((max(here) - when) / 3600)
    hours.sort()
    apart = 24 / arguments.checks
    print(f"  the last client after {hours[len(hours) // 2]:.1f} h in the median, ", end="")
    print(f"{hours[-1]:.1f} h at most; checks are {apart:.1f} h apart")


def beside(arguments: argparse.Namespace, whole: int) -> None:
    """What ClamAV's freshclam asks a PrivateMirror for: headers, and each version as a whole."""
    a_day = whole + arguments.checks * 512
    requests = arguments.clients * arguments.days * (arguments.checks + 1)
    print(f"  ClamAV's freshclam would ask {requests:,} times, and get {a_day:,} bytes a day each")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--checks", type=int, default=12)
    parser.add_argument("--day-seconds", type=float, default=24)
    parser.add_argument("--cache", default=",".join(CACHES))
    arguments = parser.parse_args()
    for cache in arguments.cache.split(","):
        run(cache, arguments)


if __name__ == "__main__":
    main()

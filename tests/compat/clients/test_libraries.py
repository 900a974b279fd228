"""Client libraries against both daemons: the answers, and once more what they sent."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from serving import NAME, SECONDS, Daemon

if TYPE_CHECKING:
    from pathlib import Path

    from compat.clients.recording import Recorder

pytestmark = pytest.mark.enable_socket
CLAMD = """
import sys, clamd
c = clamd.ClamdUnixSocket(sys.argv[1])
evil, tree = sys.argv[2:]
print(c.ping(), c.scan(evil), *map(sorted, (c.contscan(tree), c.multiscan(tree))), c.reload())
print(c.instream(open(evil, "rb")), c.stats()[-4:], c.version()[:8])
"""
PYCLAMD = """
import sys, pyclamd
c = pyclamd.ClamdUnixSocket(sys.argv[1])
evil, tree = sys.argv[2:]
print(c.ping(), c.scan_file(evil), c.reload())
print(sorted(c.contscan_file(tree).items()), sorted(c.multiscan_file(tree).items()))
print(c.scan_stream(open(evil, "rb").read()), c.scan_stream(b"clean"), c.stats()[-3:])
print(c.version()[:8])
"""
PERL = """
use ClamAV::Client;
my $c = ClamAV::Client->new(socket_name => $ARGV[0]);
my ($path, $result) = $c->scan_path($ARGV[1]);
print $c->ping, " $path $result ", substr($c->version, 0, 8), "\\n";
"""
LIBRARIES = {
    "clamd": (sys.executable, "-W", "ignore", "-c", CLAMD),
    "pyclamd": (sys.executable, "-W", "ignore", "-c", PYCLAMD),
    "python3-pyclamd": ("/usr/bin/python3", "-I", "-W", "ignore", "-c", PYCLAMD),
    "libclamav-client-perl": ("/usr/bin/perl", "-e", PERL),
}
MISSING = ("No module named", "Can't locate ClamAV/Client.pm")


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library(
    daemons: tuple[Daemon, Daemon], recorder: Recorder, tree: Path, library: str
) -> None:
    command = LIBRARIES[library]
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]}")
    answers = []
    for path in (daemons[0].path, daemons[1].path, str(recorder.path)):
        done = subprocess.run(
            [*command, path, str(tree / "evil"), str(tree)],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        if any(words in done.stderr for words in MISSING):
            pytest.skip(f"{library} is not installed")
        assert done.returncode == 0, done.stderr
        answers.append(done.stdout)
    assert answers[0] == answers[1] == answers[2]
    assert NAME in answers[0]
    assert recorder.conversations

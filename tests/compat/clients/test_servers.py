"""Mail, file and proxy servers that ask a clamd, before nacre's: a virus is found, nothing else.

What each sends is recorded and sent to both daemons again: they must answer the same.
"""

from __future__ import annotations

import ftplib
import io
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from serving import EVIL, NAME, SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compat.clients.recording import Recorder

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.skipif(os.geteuid() != 0, reason="these servers want to be started by root"),
]
CLEAN = b"nothing to see here"
PASSWORD = "$1$salt$qJH7.N4xYta3aEG/dfqo/0"  # noqa: S105 - of the test's own server
"""crypt(3) of "password"."""


@contextmanager
def running(*command: str | Path, port: int) -> Iterator[None]:
    """A server, from when it listens until the end of the block."""
    program = shutil.which(str(command[0]), path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    with subprocess.Popen(
        [program, *command[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            _listening(process, port)
            yield
        finally:
            os.killpg(process.pid, 15)
            try:
                process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)


def _listening(process: subprocess.Popen[bytes], port: int) -> None:
    ending = time.monotonic() + 2 * SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < ending
            time.sleep(0.1)
        else:
            return


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_exim(recorder: Recorder) -> None:
    exim = shutil.which("exim4", path="/usr/sbin")
    if exim is None or b"clamd" not in _output(exim, "-bV"):
        pytest.skip("exim4-daemon-heavy is not installed")
    folder = recorder.path.parent
    for name in ("spool", "log"):
        (folder / name).mkdir()
        shutil.chown(folder / name, "Debian-exim")
    (folder / "exim.conf").write_text(f"""\
primary_hostname = test.local
domainlist local_domains = @
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
av_scanner = clamd:{recorder.path}
acl_smtp_rcpt = accept
acl_smtp_data = check
exim_user = Debian-exim
begin acl
check:
  deny malware = *
       message = found $malware_name
  accept
begin routers
drop:
  driver = redirect
  data = :blackhole:
""")
    lines = ["EHLO here"]
    for body in (EVIL, CLEAN):
        lines += ["MAIL FROM:<a@test.local>", "RCPT TO:<b@test.local>", "DATA"]
        lines += ["Subject: hello", "", body.decode(), "."]
    said = subprocess.run(
        [exim, "-C", str(folder / "exim.conf"), "-bs"],
        input="\r\n".join([*lines, "QUIT", ""]).encode(),
        capture_output=True,
        check=False,
        timeout=SECONDS,
    ).stdout
    assert b"550 found " + NAME.encode() in said
    assert said.count(b"250 OK id=") == 1


def _output(*command: str) -> bytes:
    return subprocess.run(command, capture_output=True, check=False).stdout


def test_proftpd(recorder: Recorder) -> None:
    if not Path("/usr/lib/proftpd/mod_clamav.so").exists():
        pytest.skip("proftpd-mod-clamav is not installed")
    folder, port = recorder.path.parent, free_port()
    (folder / "root").mkdir()
    (folder / "passwd").write_text(f"tester:{PASSWORD}:0:0::{folder}/root:/bin/sh\n")
    (folder / "passwd").chmod(0o600)
    (folder / "proftpd.conf").write_text(f"""\
ServerType standalone
DefaultServer on
Port {port}
DefaultAddress 127.0.0.1
UseIPv6 off
User root
Group root
PidFile {folder}/pid
ScoreboardFile {folder}/score
DelayEngine off
WtmpLog off
TransferLog none
AuthUserFile {folder}/passwd
AuthOrder mod_auth_file.c
RequireValidShell off
RootLogin on
LoadModule mod_clamav.c
ClamAV on
ClamServer 127.0.0.1
ClamPort {recorder.port}
""")
    with running("proftpd", "-n", "-c", folder / "proftpd.conf", port=port), ftplib.FTP() as client:  # noqa: S321
        client.connect("127.0.0.1", port, SECONDS)
        client.login("tester", "password")
        assert client.storbinary("STOR clean", io.BytesIO(CLEAN)).startswith("226")
        with pytest.raises(ftplib.error_perm, match=NAME):
            client.storbinary("STOR evil", io.BytesIO(EVIL))
    assert [path.name for path in (folder / "root").iterdir()] == ["clean"]


def test_c_icap(recorder: Recorder) -> None:
    modules = next(Path("/usr/lib").glob("*/c_icap/clamd_mod.so"), None)
    if modules is None or shutil.which("c-icap-client") is None:
        pytest.skip("c-icap and libc-icap-mod-virus-scan are not installed")
    folder, port = recorder.path.parent, free_port()
    (folder / "c-icap.conf").write_text(f"""\
PidFile {folder}/pid
CommandsSocket {folder}/control
Port 127.0.0.1:{port}
User root
Group root
ServerLog {folder}/server.log
AccessLog {folder}/access.log
TmpDir {folder}
ModulesDir {modules.parent}
ServicesDir {modules.parent}
TemplateDir /usr/share/c_icap/templates/
LoadMagicFile /etc/c-icap/c-icap.magic
Service antivirus_module virus_scan.so
virus_scan.ScanFileTypes TEXT DATA EXECUTABLE ARCHIVE GIF JPEG MSOFFICE
virus_scan.MaxObjectSize 5M
virus_scan.DefaultEngine clamd
Module common clamd_mod.so
clamd_mod.ClamdSocket {recorder.path}
""")
    with running("c-icap", "-N", "-f", folder / "c-icap.conf", port=port):
        answers = []
        for data in (EVIL, CLEAN):
            (folder / "asked").write_bytes(data)
            asked = ("-p", str(port), "-s", "virus_scan", "-f", str(folder / "asked"), "-v")
            client = ["c-icap-client", "-i", "127.0.0.1", *asked]
            done = subprocess.run(client, capture_output=True, check=False, timeout=SECONDS)
            answers.append(done.stdout + done.stderr)
    assert NAME.encode() in answers[0]
    assert NAME.encode() not in answers[1]
    assert recorder.conversations
    assert f"VIRUS DETECTED: {NAME}" in (folder / "server.log").read_text()


def test_rspamd(recorder: Recorder) -> None:
    folder, port = recorder.path.parent, free_port()
    plugin = Path("/usr/share/rspamd/plugins/antivirus.lua")
    if not plugin.exists():
        pytest.skip("rspamd is not installed")
    (folder / "rspamd.conf").write_text(f"""\
options {{
  filters = "";
  dns {{ timeout = 0.1s; retransmits = 1; nameserver = ["127.0.0.1:{free_port()}"]; }}
  cache_file = "{folder}/symbols.cache";
  hs_cache_dir = "{folder}";
  history_file = "{folder}/history";
  tempdir = "{folder}";
  control_socket = "{folder}/control mode=0600";
}}
logging {{ type = "file"; filename = "{folder}/log"; level = "info"; }}
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; task_timeout = 20s; }}
modules {{ path = "{plugin}"; }}
lua = "/usr/share/rspamd/rules/rspamd.lua";
antivirus {{
  clamav {{
    scan_mime_parts = false;
    scan_text_mime = true;
    symbol = "CLAM_VIRUS";
    type = "clamav";
    servers = "{recorder.path}";
    timeout = 15.0;
  }}
}}
""")
    head = b"From: a@test.local\r\nTo: b@test.local\r\nSubject: hello\r\nMessage-Id: <1@x>\r\n\r\n"
    with running("rspamd", "-f", "-i", "-c", folder / "rspamd.conf", port=port):
        answers = []
        for data in (EVIL, CLEAN):
            client = ["rspamc", "-h", f"127.0.0.1:{port}"]
            done = subprocess.run(
                client, input=head + data, capture_output=True, check=False, timeout=SECONDS
            )
            answers.append(done.stdout)
    assert b"CLAM_VIRUS" in answers[0]
    assert NAME.encode() in answers[0]
    assert b"CLAM_VIRUS" not in answers[1]
    assert b"Score:" in answers[1]


def test_samba(recorder: Recorder) -> None:
    if next(Path("/usr/lib").glob("*/samba/vfs/virusfilter.so"), None) is None:
        pytest.skip("samba-vfs-modules is not installed")
    if shutil.which("smbclient") is None:
        pytest.skip("smbclient is not installed")
    folder, port = recorder.path.parent, free_port()
    for name in ("share", "private", "quarantine", "state"):
        (folder / name).mkdir()
    (folder / "smb.conf").write_text(f"""\
[global]
server role = standalone server
interfaces = 127.0.0.1
bind interfaces only = yes
smb ports = {port}
private dir = {folder}/private
lock directory = {folder}/state
state directory = {folder}/state
cache directory = {folder}/state
pid directory = {folder}/state
ncalrpc dir = {folder}/state/ncalrpc
log file = {folder}/log.%m
map to guest = Bad User
guest account = root
load printers = no
disable spoolss = yes
[share]
path = {folder}/share
guest ok = yes
read only = no
force user = root
vfs objects = virusfilter
virusfilter:scanner = clamav
virusfilter:socket path = {recorder.path}
virusfilter:scan on open = yes
virusfilter:scan on close = yes
virusfilter:infected file action = quarantine
virusfilter:quarantine directory = {folder}/quarantine
virusfilter:connect timeout = 20000
""")
    (folder / "clean").write_bytes(CLEAN)
    (folder / "evil").write_bytes(EVIL)
    with running("smbd", "-F", "--no-process-group", "-s", folder / "smb.conf", port=port):
        orders = f"lcd {folder}; put clean; put evil; get clean back; ls"
        share = ["smbclient", "-p", str(port), "-N", "//127.0.0.1/share", "-c", orders]
        done = subprocess.run(share, capture_output=True, check=False, timeout=SECONDS)
    assert (folder / "back").read_bytes() == CLEAN, done.stdout
    assert [path.name for path in (folder / "share").iterdir()] == ["clean"]
    assert b"clean" in done.stdout

"""Files for packages are read by the tools that they are for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGING = Path(__file__).parents[2] / "packaging"
UNITS = PACKAGING / "systemd"
SERVICE = UNITS / "nacre-clamd.service"
MOST_EXPOSED = 2.0
MOST_EXPOSED_ROOT = 5.0


def run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{program} is not installed")
    return subprocess.run(
        [found, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    "unit",
    [
        "nacre-clamd.service",
        "nacre-freshclam.service",
        "nacre-mirror-sync.service",
        "nacre-mirror-serve.service",
    ],
)
def test_the_service_is_hardened(unit: str) -> None:
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager", UNITS / unit)
    score = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    if score is None:
        pytest.skip(f"systemd-analyze is too old: {done.stderr}")
    print(score[0])  # noqa: T201 - `pytest -rP` shows it
    assert float(score[1]) < MOST_EXPOSED, done.stdout


@pytest.mark.parametrize("unit", ["nacre-onaccess.service", "nacre-clamonacc.service"])
def test_what_watches_mounts_has_none_of_its_own(unit: str) -> None:
    """Marks on mounts that only the service has would not see what others open."""
    directives = re.findall(r"^(\w+)=(.*)$", (UNITS / unit).read_text(), re.MULTILINE)
    own = re.compile(
        r"Protect(?!Hostname|Clock)|Private(?!Mounts)|(ReadWrite|ReadOnly|Inaccessible|Exec)Paths|"
        r"Bind|Root(Directory|Image)|TemporaryFileSystem|MountAPIVFS|DynamicUser|ProcSubset"
    )
    assert [name for name, _ in directives if own.match(name)] == []
    assert ("PrivateMounts", "no") in directives
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager", UNITS / unit)
    score = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    if score is None:
        pytest.skip(f"systemd-analyze is too old: {done.stderr}")
    print(score[0])  # noqa: T201 - `pytest -rP` shows it
    assert float(score[1]) < MOST_EXPOSED_ROOT, done.stdout


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        # The program is not installed where tests run.
        text = re.sub(
            r"(Exec\w+)=/usr/bin/(clamd|clamonacc|freshclam|nacre) .*",
            r"\1=/bin/true",
            unit.read_text(),
        )
        (tmp_path / unit.name).write_text(text)
    done = run("systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir()))
    told = [line for line in done.stderr.splitlines() if tmp_path.name in line or "nacre" in line]
    assert not told, done.stderr


def test_a_mistake_in_a_unit_would_be_told(tmp_path: Path) -> None:
    unit = tmp_path / SERVICE.name
    text = SERVICE.read_text().replace("/usr/bin/clamd --foreground=yes", "/bin/true")
    unit.write_text(text.replace("ProtectClock=yes", "ProtectClok=yes"))
    (tmp_path / "nacre-clamd.socket").write_text((UNITS / "nacre-clamd.socket").read_text())
    assert "ProtectClok" in run("systemd-analyze", "verify", "--man=no", unit).stderr


def test_the_sandbox_may_be_entered_in_the_service() -> None:
    wanted = "landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp"
    lines = SERVICE.read_text().splitlines()
    filters = [line for line in lines if line.startswith("SystemCallFilter=")]
    assert filters[-1] == f"SystemCallFilter={wanted}", "after what takes calls away"
    assert "SystemCallErrorNumber=EPERM" in lines, "a call that is refused must not kill"


def test_the_account_and_its_directories_are_made(tmp_path: Path) -> None:
    if os.getuid():
        pytest.skip("needs root to give directories away")
    (tmp_path / "etc").mkdir()
    made = run("systemd-sysusers", f"--root={tmp_path}", PACKAGING / "sysusers.d" / "nacre.conf")
    assert made.returncode == 0, made.stderr
    assert re.search(r"^clamav:x:\d+", (tmp_path / "etc" / "passwd").read_text(), re.MULTILINE)
    group = tmp_path / "etc" / "group"
    group.write_text(f"{group.read_text()}adm:x:4:\n")
    made = run(
        "systemd-tmpfiles", "--create", f"--root={tmp_path}",
        PACKAGING / "tmpfiles.d" / "nacre.conf",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    modes = {
        place: (tmp_path / place).stat().st_mode & 0o777
        for place in ("run/clamav", "var/lib/clamav", "var/cache/nacre", "var/log/clamav")
    }
    assert list(modes.values()) == [0o755, 0o755, 0o700, 0o750]
    assert (tmp_path / "run/clamav").stat().st_uid != 0


def test_logrotate_understands_its_file(tmp_path: Path) -> None:
    text = (PACKAGING / "logrotate.d" / "nacre").read_text()
    # The account need not exist where tests run.
    rules = tmp_path / "rules"
    rules.write_text(re.sub(r"(su|create 0640) clamav adm", r"\1 root root", text))
    rules.chmod(0o644)
    done = run("logrotate", "--debug", "--state", tmp_path / "state", rules)
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr


def test_apparmor_understands_the_profile() -> None:
    done = run("apparmor_parser", "-Q", "-K", PACKAGING / "apparmor" / "nacre-clamd")
    assert done.returncode == 0, done.stderr

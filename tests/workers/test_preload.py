"""What scanning processes load."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
for name in {names}:
    sys.modules[name] = None
from nacre.workers.preload import preload
preload()
"""


def test_no_extra_is_needed_to_scan() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {
        requirement.partition(">")[0].replace("-", "_")
        for extra in ("sign", "server", "yara")
        for requirement in extras["optional-dependencies"][extra]
    }
    assert {"cryptography", "granian", "yara_x"} <= names
    program = PROGRAM.format(names=sorted(names))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from nacre.cli.version import ENGINE
from nacre.config.completion import bash_completion, zsh_completion
from nacre.config.manual import CLAMSCAN, help_text, manual_page
from nacre.config.option import Program
from nacre.config.table import options_of

DOCS = Path(__file__).parents[2] / "docs"
GENERATED = {
    DOCS / "man/clamscan.1": manual_page(Program.CLAMSCAN, CLAMSCAN, ENGINE),
    DOCS / "completion/clamscan.bash": bash_completion(Program.CLAMSCAN, "clamscan"),
    DOCS / "completion/_clamscan": zsh_completion(Program.CLAMSCAN, "clamscan"),
}


@pytest.mark.parametrize("file", GENERATED, ids=lambda file: file.name)
def test_generated_files_are_current(file: Path) -> None:
    assert file.read_text() == GENERATED[file]


def test_help_and_manual_mention_every_option_shown() -> None:
    text = help_text(Program.CLAMSCAN, CLAMSCAN, ENGINE)
    page = manual_page(Program.CLAMSCAN, CLAMSCAN, ENGINE).replace("\\-", "-")
    for option in options_of(Program.CLAMSCAN):
        if option.long:
            assert (f"--{option.long}" in text) >= option.shown
            assert (f"--{option.long}" in page) >= option.shown
    assert "no-phishing-sigs" not in text


def complete(*words: str) -> list[str]:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"""
    source {DOCS / "completion/clamscan.bash"}
    COMP_WORDS=(clamscan {quoted}) COMP_CWORD={len(words)}
    _clamscan 2>/dev/null
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    run = subprocess.run([bash, "-c", script], capture_output=True, text=True, check=False)
    return run.stdout.split()


def test_bash_completion() -> None:
    assert complete("--scan-p") == ["--scan-pe", "--scan-pdf"]
    assert complete("--bytecode-mode", "=", "Force") == ["ForceJIT", "ForceInterpreter"]
    assert complete("--move", "=", "/us") == ["/usr"]
    assert "/etc/passwd" in complete("/etc/pass")

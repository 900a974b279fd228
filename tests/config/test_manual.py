"""Help, manual page and completion come from the option table.

`python tests/config/test_manual.py` writes the generated files anew.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from nacre import config
from nacre.config.about import (
    CLAMCONF,
    CLAMD,
    CLAMDSCAN,
    CLAMDTOP,
    CLAMONACC,
    CLAMSCAN,
    FRESHCLAM,
    SIGTOOL,
)
from nacre.config.completion import bash_completion, zsh_completion
from nacre.config.effect import WITHOUT_EFFECT
from nacre.config.manual import help_text, manual_page
from nacre.config.option import Program
from nacre.config.table import options_of
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions
from nacre.output.version import ENGINE

DOCS = Path(__file__).parents[2] / "docs"
GENERATED = {
    DOCS / f"{folder}/{name}": text
    for program, about in (
        (Program.CLAMSCAN, CLAMSCAN),
        (Program.CLAMDSCAN, CLAMDSCAN),
        (Program.CLAMD, CLAMD),
        (Program.CLAMCONF, CLAMCONF),
        (Program.CLAMDTOP, CLAMDTOP),
        (Program.FRESHCLAM, FRESHCLAM),
        (Program.SIGTOOL, SIGTOOL),
        (Program.CLAMONACC, CLAMONACC),
    )
    for folder, name, text in (
        ("man", f"{about.name}.{about.section}", manual_page(program, about, ENGINE)),
        ("completion", f"{about.name}.bash", bash_completion(program, about.name)),
        ("completion", f"_{about.name}", zsh_completion(program, about.name)),
    )
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


def test_the_list_of_options_without_effect_is_true() -> None:
    """A setting of the engine has an effect when the engine or a room below it reads it."""
    source = Path(config.__file__).parents[1]
    rooms = ("cli", "config", "output", "walk", "workers")
    declared = ("model/limits.py", "model/options.py")
    text = "".join(
        file.read_text()
        for file in source.rglob("*.py")
        if (name := str(file.relative_to(source))).split("/")[0] not in rooms
        and name not in declared
    )
    known = {option.key for option in options_of(Program.CLAMSCAN)}
    keys = {field.name for kind in (ScanOptions, Limits) for field in fields(kind)} & known
    read = {key for key in keys if re.search(rf"\b{key}\b", text)}
    assert keys - read == keys & WITHOUT_EFFECT.keys()


def test_help_says_what_has_no_effect() -> None:
    text = help_text(Program.CLAMSCAN, CLAMSCAN, ENGINE)
    told = set(re.findall(r"--([\w-]+)[^ ]*\s+[^\n]*no effect yet", text))
    shown = (option for option in options_of(Program.CLAMSCAN) if option.shown and option.long)
    assert told == {option.long for option in shown if option.key in WITHOUT_EFFECT}


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


if __name__ == "__main__":
    for path, text in GENERATED.items():
        path.write_text(text)

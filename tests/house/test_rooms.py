"""The house itself: who imports whom, what modules are called, what they say of themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "nacre"
MODULES = sorted(SOURCE.rglob("*.py"))

FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "core", "manager"}
EXTENSION_POINTS = {"formats", "signatures", "codecs"}
"""Rooms whose `base` module says what an extension is."""
MOST_LINES = 500
FACADES = {
    "model/fmap.py", "matching", "codecs", "executables", "workers", "onaccess", "bytecode",
}  # fmt: skip
"""Rooms, and one module, that may touch the native extension."""
TABLES = {"config/table.py", "model/filetype.py"}
"""Pure tables may be longer."""


def _name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def test_imports_go_one_way() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed")
    run = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_says_what_it_is(path: Path) -> None:
    text = path.read_text("utf-8")
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring, "needs a docstring"
    assert docstring.splitlines()[0].endswith("."), "its first line is a sentence"
    if _name(path) not in TABLES:
        assert len(text.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_names_say_something(path: Path) -> None:
    names = set(path.relative_to(SOURCE).with_suffix("").parts)
    assert not names & FORBIDDEN
    if "base" in names:
        assert names & EXTENSION_POINTS
    folder = path.parent.name
    if path.name != "__init__.py" and folder != "nacre":
        assert not path.stem.endswith(f"_{folder}"), "the folder says it already"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_only_facades_touch_the_native_extension(path: Path) -> None:
    # import-linter sees Python files only, so it cannot know the extension.
    name = _name(path)
    if name in FACADES or name.split("/")[0] in FACADES:
        return
    assert "_native" not in "".join(_imports(ast.parse(path.read_text("utf-8"))))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{node.module} {' '.join(alias.name for alias in node.names)}"


def _prints(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in {"print", "eval", "exec", "input"}:
            yield called.lineno


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_nothing_prints_or_evaluates(path: Path) -> None:
    assert not list(_prints(ast.parse(path.read_text("utf-8"))))


def test_only_two_places_catch_everything() -> None:
    found = [
        _name(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") == "Exception")
    ]
    assert set(found) <= {"engine/scan.py", "daemon/server.py"}
    assert len(found) <= len(set(found))

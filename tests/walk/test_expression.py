from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.model.errors import ConfigError
from nacre.walk.expression import compile_expression


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("bin", ["/sbin/x"], ["/BIN"]),
        ("^/bin$", ["/bin"], ["/bin\n", "/bin2", "x/bin"]),
        ("a.c", ["abc", "a\nc", "a\xffc"], ["ac"]),
        ("b{2,3}$", ["bb", "abbb"], ["ab"]),
        ("^b{2}$", ["bb"], ["bbb"]),
        ("^b{2,}$", ["bbbb"], ["b"]),
        ("x{", ["x{"], ["x"]),
        (r"b\{3\}", ["b{3}"], ["bbb"]),
        ("[]x]b", ["]b", "xb"], ["b"]),
        ("[^]a]b", ["cb"], ["]b", "ab"]),
        (r"[\.]", ["\\", "."], ["a"]),
        ("[a-]", ["-"], ["b"]),
        ("^[[:digit:][:upper:]_]+$", ["A_1"], ["a"]),
        ("[[.b.]][[=i=]]n", ["bin"], ["bn"]),
        (r"\<bin", ["/bin2"], ["sbin"]),
        (r"bin\>", ["sbin"], ["bin2"]),
        ("()", [""], []),
        ("((a)|(b))c", ["ac", "bc"], ["c"]),
        (")", [")"], ["("]),
        (r"\.txt$", ["a.txt"], ["atxt"]),
        (r"\bx", ["bx"], ["x"]),
        ("(^a|b)$", ["a", "ab"], ["ba"]),
    ],
)
def test_matches(pattern: str, yes: list[str], no: list[str]) -> None:
    expression = compile_expression(pattern.encode("latin-1"))
    assert [text for text in yes if not expression.matches(text.encode("latin-1"))] == []
    assert [text for text in no if expression.matches(text.encode("latin-1"))] == []


@pytest.mark.parametrize(
    "pattern",
    ["", "[", "(", "[a", "*a", "+", "a|", "|a", "(a|)b", "a**", "a+?", "a{3}{2}", "a{3,2}", "b{2",
     "a{1,256}", "a{99999999}", "^*", "[b-a]", "[[:foo:]]", "[[.ab.]]", "[x-[:alpha:]]", "\\",
     "a\\"],
)  # fmt: skip
def test_refused_as_by_clamav(pattern: str) -> None:
    with pytest.raises(ConfigError):
        compile_expression(pattern.encode())


@given(st.binary() | st.text(alphabet="ab()[]{}|*+?^$.\\-:=,123<>", max_size=20).map(str.encode))
def test_any_pattern_compiles_or_is_refused(pattern: bytes) -> None:
    try:
        expression = compile_expression(pattern)
    except ConfigError:
        return
    expression.matches(b"/usr/lib/a.b")


@given(
    st.text(alphabet="ab[]^-.()|*+?{}12,\\$", min_size=1, max_size=8),
    st.lists(st.text(alphabet="ab-]1^", max_size=6), min_size=1, max_size=8),
)
def test_agrees_with_grep(pattern: str, texts: list[str]) -> None:
    if shutil.which("grep") is None:
        pytest.skip("grep is not installed")
    try:
        expression = compile_expression(pattern.encode())
    except ConfigError:
        return
    # What GNU reads otherwise: a closing parenthesis alone, escapes, braces that are no bound.
    if any(part in pattern for part in ("\\", "{", ")", "^*")):
        return
    run = subprocess.run(
        ["grep", "-Ec", "-e", pattern], input="\n".join(texts) + "\n",
        capture_output=True, text=True, check=False, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    if run.returncode > 1:
        return
    assert int(run.stdout) == sum(expression.matches(text.encode()) for text in texts)

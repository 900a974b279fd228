"""Texts that a file is written into, as droppers and pages write it.

`python tests/literals.py FOLDER` writes some.
"""

from __future__ import annotations

import base64
import sys
import textwrap
from pathlib import Path

CONTENT = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0\xb8\0\0\0" + bytes(range(256)) * 2 + b"the end"


def _strings(text: str, join: str, width: int = 60) -> str:
    return join.join(f'"{piece}"' for piece in textwrap.wrap(text, width))


def _numbers(form: str, join: str) -> str:
    return join.join(form.format(byte) for byte in CONTENT)


_BASE64 = base64.b64encode(CONTENT).decode()
TEXTS: dict[str, str] = {
    "one-string": f"var file = '{_BASE64}';\nsave(atob(file));\n",
    "joined-strings": f"a = {_strings(_BASE64, ' + ')}; write(a)\n",
    "joined-lines": "s = " + _strings(_BASE64, " & _\n    ") + "\nRun s\n",
    "array-of-strings": f"[{_strings(_BASE64, ',')}].join('')\n",
    "lines": f"-----BEGIN-----\n{textwrap.fill(_BASE64, 76)}\n-----END-----\nand more words\n",
    "here-string": f"$x = @'\n{textwrap.fill(_BASE64, 64)}\n'@\n[IO.File]::WriteAllBytes($p, $x)\n",
    "indented": "blob: |\n"
    + textwrap.indent(textwrap.fill(_BASE64, 76), "  ")
    + "\nother: value\n",
    "escaped-lines": 'f("' + "\\n".join(textwrap.wrap(_BASE64, 76)) + '")\n',
    "json": '{"file": "' + _BASE64.replace("/", "\\/") + '"}\n',
    "element": f"<html><body><b>{_BASE64}</b> some words</body></html>\n",
    "data-url": f"fetch('data:application/octet-stream;base64,{_BASE64}')\n",
    "no-padding": f"<a>{_BASE64.rstrip('=')}</a>\n",
    "hexadecimal": f'hex = "{CONTENT.hex()}"\nputs hex\n',
    "hexadecimal-lines": _strings(CONTENT.hex().upper(), " & _\n"),
    "numbers": f"Array({_numbers('{}', ',')})\n",
    "numbers-lines": "[Byte[]] (" + textwrap.fill(_numbers("{}", ", "), 70) + ")\n",
    "numbers-hexadecimal": "char x[] = {\n" + textwrap.fill(_numbers("0x{:02x}", ", "), 70) + "};",
    "numbers-basic": f"Array({_numbers('&H{:02X}', ',')})\n",
    "escapes": f'buf = "{_numbers(chr(92) + "x{:02x}", "")}"\n',
    "escapes-lines": "buf = " + _strings(_numbers(chr(92) + "x{:02x}", ""), "\n      ", 64) + "\n",
}
"""All of them have `CONTENT`."""


if __name__ == "__main__":
    for case in ("joined-lines", "hexadecimal", "numbers-hexadecimal"):
        (Path(sys.argv[1]) / f"{case}.in").write_text(TEXTS[case])
    cut = TEXTS["one-string"].replace(_BASE64[400:420], "*" * 20)
    (Path(sys.argv[1]) / "damaged.in").write_text(cut)
    (Path(sys.argv[1]) / "many.in").write_text("TVqQAA! " * 1001)

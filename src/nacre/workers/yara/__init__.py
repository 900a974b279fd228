"""The whole YARA language through yara-x, in processes of its own (``pip install 'nacre[yara]'``).

yara-x compiles conditions to machine code, so it needs memory that is first written, then executed:
no scanner process imports it. `rules` is the scanner's end; `keeper` is the program at the other,
which compiles the rules once and forks a `matcher` for whoever asks; `source` finds rule files.
"""

from __future__ import annotations

from nacre.workers.yara.rules import YaraRules

__all__ = ["YaraRules"]

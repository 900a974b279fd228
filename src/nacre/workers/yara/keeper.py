"""The program that keeps the compiled rules: ``python -P -m nacre.workers.yara.keeper FD``.

Every message on the socket FD carries a connection. The first brings the paths of rules and hears
how that went; for each other one a `matcher` is forked. A matcher ends with its connection, and all
of them with the keeper when nobody holds the other end of FD any more.

The keeper never sees what is scanned. It is a program, not a fork of the scanner: so its memory
holds nothing but the rules, and a scanner with threads can have one.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, NoReturn

import yara_x

from nacre.workers.wire import Value, encode, messages
from nacre.workers.yara.matcher import serve
from nacre.workers.yara.source import Piece, Trouble, read_units

if TYPE_CHECKING:
    from collections.abc import Iterable


def compile_rules(paths: Iterable[str]) -> tuple[yara_x.Rules, list[Trouble]]:
    """Every rule of `paths` that can be used, and one trouble for each that cannot."""
    compiler = yara_x.Compiler()
    compiler.enable_includes(False)  # noqa: FBT003 - theirs; `source` follows them
    troubles: list[Trouble] = []
    for unit in read_units(paths):
        compiler.new_namespace(unit.namespace)
        for part in unit.parts:
            if isinstance(part, Piece):
                _add(compiler, part)
            else:
                troubles.append(part)
    troubles += [_trouble(error) for error in compiler.errors()]  # `build` forgets them
    return compiler.build(), troubles


def _add(compiler: yara_x.Compiler, piece: Piece) -> None:
    with contextlib.suppress(yara_x.CompileError):  # the first of those that `errors` lists
        compiler.add_source(piece.text, origin=piece.path)


def _trouble(error: dict[str, Value]) -> Trouble:
    label = error["labels"][0] if error["labels"] else {}
    detail = f": {label['text']}" if label.get("text") else ""
    path = str(label.get("code_origin") or "")
    return Trouble(path, int(error.get("line") or 0), f"{error['title']}{detail}")


def main(control: socket.socket) -> None:
    """Compile, say so, and fork matchers until the scanners are gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(
        signal.SIGTERM, signal.SIG_IGN
    )  # who sends it to all of a service means its owner
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for matchers
    rules = None
    while connection := _accept(control):
        with connection:
            if rules is None:
                rules = _begin(connection)
            elif _forked():
                _match(connection, control, rules)
    # A matcher in the middle of a layer does not see that nobody waits for it.
    os.killpg(os.getpid(), signal.SIGKILL)


def _forked() -> bool:
    """Whether this is now a matcher. Without one, whoever asked hears that the connection ends."""
    try:
        return not os.fork()
    except OSError:
        return False


def _accept(control: socket.socket) -> socket.socket | None:
    _message, descriptors, _flags, _address = socket.recv_fds(control, 1, 1)
    return socket.socket(fileno=descriptors[0]) if descriptors else None


def _begin(connection: socket.socket) -> yara_x.Rules:
    """The first connection names the rules, and hears how it went."""
    paths = next(messages(connection))
    try:
        rules, troubles = compile_rules(paths)
    except BaseException as error:  # a panic is no Exception, and has to be told
        connection.sendall(encode({"error": " ".join(str(error).split())}))
        raise
    connection.sendall(encode({"rules": sum(1 for _ in rules), "troubles": troubles}))
    return rules


def _match(connection: socket.socket, control: socket.socket, rules: yara_x.Rules) -> NoReturn:
    try:
        control.close()
        serve(connection, rules)
    except OSError:
        pass  # the scanner went away
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))

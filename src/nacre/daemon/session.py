"""A client's conversation: one command, or an IDSESSION of many whose answers come as they may."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import deque
from typing import TYPE_CHECKING

from nacre.daemon.buffer import Buffer
from nacre.daemon.connection import MAX_DESCRIPTORS, TimedOutError
from nacre.daemon.exchange import Exchange, Input
from nacre.daemon.registry import COMMANDS, WITH_ARGUMENT
from nacre.model.errors import ProtocolError
from nacre.protocol import answer
from nacre.protocol.chunk import ChunkReader, StreamTooLongError
from nacre.protocol.command import Command as Sent
from nacre.protocol.command import CommandReader, Form

if TYPE_CHECKING:
    from nacre.daemon.connection import Connection
    from nacre.daemon.exchange import Command
    from nacre.daemon.server import Server

SLOWEST = 1024
"""Bytes per second that a stream must have on the whole, after ReadTimeout."""
_LINGER_SECONDS = 2.0
"""How long what a client still sends is read after an error, so that it can read the answer."""
_LINGER_BYTES = 8 << 20


class Session:
    """Serves one connection to its end."""

    def __init__(self, server: Server, connection: Connection) -> None:
        self._server = server
        self._serving = server.serving
        self._connection = connection
        self._reader = CommandReader()
        self._descriptors: deque[int] = deque()
        self._pending: set[asyncio.Task[None]] = set()
        self._number: int | None = None
        """Of the last command in an IDSESSION."""

    async def run(self) -> None:
        """Read and answer until the client, or the protocol, ends it."""
        connection = self._connection
        connection.deadline = time.monotonic() + self._serving.command_read_timeout
        try:
            await self._converse()
            if self._pending:
                await asyncio.wait(self._pending)
        except TimedOutError:
            with contextlib.suppress(OSError, TimedOutError):
                await connection.send(answer.TIMED_OUT, self._serving.send_timeout)
        except (OSError, ProtocolError):
            pass  # the client is gone, or is none
        finally:
            for task in self._pending:
                task.cancel()
            for descriptor in self._descriptors:
                os.close(descriptor)
            connection.close()

    async def _converse(self) -> None:
        while True:
            sent = self._reader.next()
            if sent is None:
                self._connection.resting = self._reader.empty
                if not await self._receive():
                    return
                self._connection.resting = False
                continue
            if self._number is None:
                if await self._first(sent):
                    return
            elif await self._next(sent):
                return
            self._connection.deadline = time.monotonic() + self._serving.read_timeout

    async def _receive(self) -> bool:
        packet, descriptors = await self._connection.receive()
        self._descriptors += descriptors
        while len(self._descriptors) > MAX_DESCRIPTORS:
            os.close(self._descriptors.popleft())
        self._reader.feed(packet)
        return bool(packet)

    async def _first(self, sent: Sent) -> bool:
        """The command that opens the conversation; true when it is also the last."""
        verb, argument = sent.split(WITH_ARGUMENT)
        exchange = Exchange(self._server, self._connection, sent.form, verb, argument)
        if verb == b"IDSESSION" and sent.form is not Form.BARE:
            self._number = 0
            return False
        command = COMMANDS.get(verb)
        if command is None or (sent.form is Form.BARE and not command.RULES.bare):
            await exchange.answer(answer.UNKNOWN)
        elif await self._input(command, exchange):
            await command.run(exchange)
        return True

    async def _next(self, sent: Sent) -> bool:
        """A command inside an IDSESSION; true when it ends it."""
        self._number = (self._number or 0) + 1
        verb, argument = sent.split(WITH_ARGUMENT)
        exchange = Exchange(
            self._server, self._connection, sent.form, verb, argument, number=self._number
        )
        if sent.form is Form.BARE:
            await exchange.answer(answer.BARE_IN_SESSION)
            await exchange.answer(answer.NOT_PROCESSED)
            return True
        if verb == b"END":
            return True
        command = COMMANDS.get(verb)
        if command is None or not command.RULES.in_session:
            await exchange.answer(answer.INVALID_IN_SESSION)
            return True
        if not await self._input(command, exchange):
            return True
        task = asyncio.create_task(self._run(command, exchange))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
        if len(self._pending) >= self._serving.max_queue:
            await asyncio.wait(self._pending, return_when=asyncio.FIRST_COMPLETED)
        return False

    async def _run(self, command: Command, exchange: Exchange) -> None:
        try:
            await command.run(exchange)
        except (OSError, TimedOutError):
            self._connection.close()

    # What follows a command.

    async def _input(self, command: Command, exchange: Exchange) -> bool:
        """Read it; false when it was not what it should be, which is answered then."""
        if command.RULES.input is Input.STREAM:
            return await self._stream(exchange)
        if command.RULES.input is Input.DESCRIPTOR:
            return await self._descriptor(exchange)
        return True

    async def _descriptor(self, exchange: Exchange) -> bool:
        if self._reader.empty and not await self._receive():
            return False
        self._reader.feed(self._reader.take()[1:])
        if len(self._descriptors) != 1:
            await exchange.answer(answer.NO_DESCRIPTOR)
            return False
        exchange.descriptor = self._descriptors.popleft()
        return True

    async def _stream(self, exchange: Exchange) -> bool:
        buffer = Buffer(self._server.memory, self._serving.temporary_directory)
        try:
            await self._fill(buffer)
        except StreamTooLongError as error:
            buffer.close()
            self._server.journal.warning(
                f"INSTREAM: Size limit reached, (requested: {error.requested}, max: {error.limit})"
            )
            await exchange.answer(answer.TOO_LONG)
            await self._linger()
            return False
        except _NoPlaceError as error:
            buffer.close()
            self._server.journal.error(f"INSTREAM: Can't write to temporary file: {error}")
            await exchange.answer(answer.NOT_WRITTEN)
            await self._linger()
            return False
        except BaseException:
            buffer.close()
            raise
        exchange.buffer = buffer
        return True

    async def _fill(self, buffer: Buffer) -> None:
        chunks = ChunkReader(self._serving.stream_max_length)
        packet = memoryview(self._reader.take())
        space = self._server.space
        started = time.monotonic()
        while True:
            for piece in chunks.feed(packet):
                try:
                    buffer.write(piece)
                except OSError as error:
                    raise _NoPlaceError(error.strerror) from error
            if chunks.complete:
                self._reader.feed(chunks.rest)
                return
            now = time.monotonic()
            patience = self._serving.read_timeout
            whole = started + patience + buffer.size / SLOWEST
            self._connection.deadline = min(now + patience, whole)
            # One space for all clients: nobody else reads before this is written.
            size = await self._connection.receive_into(space)
            if not size:
                raise ConnectionResetError
            packet = space[:size]

    async def _linger(self) -> None:
        """Let the client send what it is sending: a socket closed in between loses the answer."""
        connection = self._connection
        connection.finish()
        connection.deadline = time.monotonic() + _LINGER_SECONDS
        received = 0
        with contextlib.suppress(OSError, TimedOutError):
            while received < _LINGER_BYTES:
                size = await connection.receive_into(self._server.space)
                if not size:
                    return
                received += size


class _NoPlaceError(Exception):
    """A stream could not be kept."""

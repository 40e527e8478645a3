# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of D-Bus as it takes to ask a desktop not to sleep: calls with texts, answered by a number or a handle.

A whole library, or Qt, in the recorder's process for two calls would be the larger risk. The wire format is that of
the D-Bus specification, "Message Protocol".
"""

from __future__ import annotations

import os
import socket
import struct

__all__ = ["Bus"]

_CALL, _ANSWER, _ERROR = 1, 2, 3
_PATH, _INTERFACE, _MEMBER, _ANSWERS, _TO, _SIGNATURE = 1, 2, 3, 5, 6, 8
_HEAD = struct.Struct("<BBBBIII")  # byte order, type, flags, version, body's length, serial, fields' length
_MOST = 1 << 20
_WAIT_S = 2.0


class Bus:
    """A connection to a message bus. What it was given to hold ends with it. Every call may raise OSError."""

    def __init__(self, address: str) -> None:
        """`address` as D-Bus writes it ("unix:path=/run/dbus/system_bus_socket")."""
        self._serial = 0
        self._handles: list[int] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(_WAIT_S)
        try:
            self._socket.connect(_path_of(address))
            self._say_hello()
        except OSError:
            self._socket.close()
            raise

    def _say_hello(self) -> None:
        self._line(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode(), b"OK")
        self._line(b"NEGOTIATE_UNIX_FD", b"AGREE_UNIX_FD")
        self._socket.sendall(b"BEGIN\r\n")
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")

    def _line(self, said: bytes, wanted: bytes) -> None:
        self._socket.sendall(said + b"\r\n")
        answer = b""
        while not answer.endswith(b"\r\n") and (more := self._socket.recv(1)):
            answer += more
        if not answer.startswith(wanted):
            raise ConnectionError("the message bus does not let us in")

    def call(self, to: str, path: str, interface: str, member: str, *texts: str) -> bytes:
        """Call a method with text arguments; the body of its answer. Handles in it are held until `close`.

        Raises OSError when there is no answer or it is an error.
        """
        self._serial += 1
        body = b""
        for text in texts:
            body += bytes(-len(body) % 4) + _text(text)
        fields = b""
        for code, form, value in (
            (_PATH, b"o", _text(path)),
            (_INTERFACE, b"s", _text(interface)),
            (_MEMBER, b"s", _text(member)),
            (_TO, b"s", _text(to)),
            (_SIGNATURE, b"g", bytes([len(texts)]) + b"s" * len(texts) + b"\0"),
        ):
            fields += bytes(-len(fields) % 8) + bytes([code, 1]) + form + b"\0" + value
        head = _HEAD.pack(ord("l"), _CALL, 0, 1, len(body), self._serial, len(fields))
        self._socket.sendall(head + fields + bytes(-len(fields) % 8) + body)
        while True:
            kind, answers, content = self._message()
            if answers == self._serial:
                if kind != _ANSWER:
                    raise ConnectionError(f"{member} was refused")
                return content

    def _message(self) -> tuple[int, int, bytes]:
        """(type, serial of the call it answers or 0, body) of the next message."""
        head = self._read(_HEAD.size)
        order = {ord("l"): "<", ord("B"): ">"}.get(head[0])
        if order is None:
            raise ConnectionError("the message bus speaks nonsense")
        _, kind, _, _, body, _, fields = struct.unpack(order + "BBBBIII", head)
        if body + fields > _MOST:
            raise ConnectionError("the message bus says too much")
        content = self._read(fields + -fields % 8 + body)
        return kind, _answers(content[:fields], order), content[len(content) - body :] if body else b""

    def _read(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            more, handles, _, _ = socket.recv_fds(self._socket, count - len(found), 4)
            self._handles += handles
            if not more:
                raise ConnectionError("the message bus has gone")
            found += more
        return found

    def close(self) -> None:
        """Let go of the connection and of everything it holds."""
        self._socket.close()
        while self._handles:
            os.close(self._handles.pop())


def _path_of(address: str) -> str:
    """The socket of the first Unix address in a list of them; an abstract one begins with a zero byte."""
    for one in address.split(";"):
        kind, _, rest = one.partition(":")
        values = dict(v.partition("=")[::2] for v in rest.split(","))
        if kind == "unix" and "path" in values:
            return values["path"]
        if kind == "unix" and "abstract" in values:
            return "\0" + values["abstract"]
    raise ConnectionError("there is no message bus to be reached")


def _text(text: str) -> bytes:
    content = text.encode()
    return struct.pack("<I", len(content)) + content + b"\0"


def _answers(fields: bytes, order: str) -> int:
    """The serial a message answers, from its header's fields; 0 when it answers none."""
    at = 0
    try:
        while at < len(fields):
            at += -at % 8
            code, kind = fields[at], chr(fields[at + 2])
            at += 4
            if kind == "u":
                (number,) = struct.unpack_from(order + "I", fields, at)
                if code == _ANSWERS:
                    return int(number)
                at += 4
            elif kind == "g":
                at += 2 + fields[at]
            else:
                at += 5 + int(struct.unpack_from(order + "I", fields, at)[0])
    except (IndexError, struct.error):
        raise ConnectionError("the message bus speaks nonsense") from None
    return 0

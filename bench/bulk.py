"""Large bodies: the upstream that has or takes them, and the client that asks for them.

    python -m bench.bulk serve PORT
    python -m bench.bulk download PORT SECONDS
    python -m bench.bulk upload PORT SECONDS

The client moves whole bodies until the time is over and prints how many MiB that were.
"""

from __future__ import annotations

import socket
import sys
import threading
import time

MIB = 1 << 20
BODY_BYTES = 1 << 30
_HEAD_END = b"\r\n\r\n"


def serve(port: int) -> None:
    """Answers every request on every connection: GET with a body, POST when its body has come."""
    with socket.create_server(("127.0.0.1", port), backlog=64) as listening:
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    with connection:
        while request := _head(connection):
            head, rest = request
            if head.startswith(b"GET /bulk"):
                connection.sendall(
                    f"HTTP/1.1 200 OK\r\ncontent-length: {BODY_BYTES}\r\n\r\n".encode()
                )
                _send(connection)
                continue
            if head.startswith(b"POST"):
                _take(connection, BODY_BYTES - len(rest))
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1024\r\n\r\n" + bytes(1024))


def _head(connection: socket.socket) -> tuple[bytes, bytes] | None:
    data = b""
    while _HEAD_END not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, rest = data.partition(_HEAD_END)
    return head, rest


def _send(connection: socket.socket) -> None:
    piece = memoryview(bytes(MIB))
    for _ in range(BODY_BYTES // MIB):
        connection.sendall(piece)


def _take(connection: socket.socket, size: int) -> None:
    space = memoryview(bytearray(MIB))
    while size:
        count = connection.recv_into(space[: min(MIB, size)])
        if not count:
            raise ConnectionError("the body ended early")
        size -= count


def download(connection: socket.socket) -> None:
    connection.sendall(b"GET /bulk HTTP/1.1\r\nhost: bulk\r\n\r\n")
    _take(connection, BODY_BYTES - len(_good(connection)))


def upload(connection: socket.socket) -> None:
    head = f"POST /sink HTTP/1.1\r\nhost: bulk\r\ncontent-length: {BODY_BYTES}\r\n\r\n"
    connection.sendall(head.encode())
    _send(connection)
    _take(connection, 1024 - len(_good(connection)))


def _good(connection: socket.socket) -> bytes:
    answer = _head(connection)
    if answer is None or not answer[0].startswith(b"HTTP/1.1 200 "):
        raise ConnectionError(f"no good answer: {answer and answer[0][:200]!r}")
    return answer[1]


def main(verb: str, port: int, seconds: float) -> None:
    if verb == "serve":
        return serve(port)
    move = upload if verb == "upload" else download
    began, bodies = time.monotonic(), 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while bodies == 0 or time.monotonic() - began < seconds:
            move(connection)
            bodies += 1
    print(bodies * BODY_BYTES // MIB, time.monotonic() - began)
    return None


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 0.0)

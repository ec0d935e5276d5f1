"""A slow line to a server: a proxy that lets so many bytes a second through, and a way there.

Presigned URLs name their host, and it is signed. So a command can't be given the proxy's address:
`Line.command` is a program that runs the command with its connections led there instead.
"""

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

BLOCK: Final = 16 * 1024
# Arguments: the server's port, the proxy's, then those of the command.
REROUTED: Final = (
    sys.executable,
    "-c",
    """
import socket, sys
there, here = int(sys.argv[1]), int(sys.argv[2])
connect = socket.create_connection
def reroute(address, *rest, **options):
    host, port = address[:2]
    return connect((host, here if port == there else port), *rest, **options)
socket.create_connection = reroute
sys.argv[1:] = sys.argv[3:]
import runpy
runpy.run_module("burnbag", run_name="__main__", alter_sys=True)
""",
)


class Line:
    """All connections together send `rate` bytes a second at most; answers come at once."""

    def __init__(self, port: int, rate: float) -> None:
        self.there = port
        self.rate = rate
        self.sent = 0
        self.next = time.monotonic()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        # What waits in the kernel has not been sent.
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * BLOCK)
        self.port: int = self.listener.getsockname()[1]

    def command(self, *arguments: str) -> list[str]:
        """`burnbag` with these arguments, by this line."""
        return [*REROUTED, str(self.there), str(self.port), *arguments]

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.there))
                for pair in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self.carry, args=pair, daemon=True).start()

    def carry(self, source: socket.socket, target: socket.socket, slowly: bool) -> None:
        with suppress(OSError):
            while data := source.recv(BLOCK):
                if slowly:
                    self.wait(len(data))
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def wait(self, size: int) -> None:
        with self.lock:
            self.sent += size
            self.next = max(self.next, time.monotonic()) + size / self.rate
            until = self.next
        time.sleep(max(0.0, until - time.monotonic()))


@contextmanager
def slow_line(port: int, rate: float) -> Iterator[Line]:
    """A line to that port of this machine, of `rate` bytes a second."""
    line = Line(port, rate)
    threading.Thread(target=line.serve, daemon=True).start()
    try:
        yield line
    finally:
        line.listener.close()

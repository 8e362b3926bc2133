"""The plainest way to take in a file over HTTP: one thread, one socket, one file.

``python -m tests.bench.plain_receiver PORT FOLDER``
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path


def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    held = memoryview(bytearray(1 << 20))
    with socket.create_server(("127.0.0.1", port)) as listening:
        while True:
            line, _ = listening.accept()
            with line:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += line.recv(65536)
                head, _, rest = head.partition(b"\r\n\r\n")
                length = next(
                    (
                        int(one.partition(b":")[2])
                        for one in head.split(b"\r\n")
                        if one.lower().startswith(b"content-length:")
                    ),
                    0,
                )
                target = os.open(folder / "plain", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
                os.write(target, rest)
                left = length - len(rest)
                while left > 0:
                    got = line.recv_into(held, min(len(held), left))
                    if not got:
                        break
                    os.write(target, held[:got])
                    left -= got
                os.fsync(target)
                os.close(target)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: BSD-2-Clause
"""HTTP by hand: requests on many connections at once, answers whenever they come."""


def get(path, **headers):
    lines = [f"GET {path} HTTP/1.1", "Host: localhost",
             *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode()


def read_answer(connection):
    """(status, body) of the next answer on a kept connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError("closed")
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return int(head.split()[1]), body


def read_status(connection):
    return read_answer(connection)[0]

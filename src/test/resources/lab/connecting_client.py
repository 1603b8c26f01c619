"""Connects again and again, one connection after the other, and reads what it is told.

Usage: connecting_client.py ADDRESS PORT COUNT MODE MILLIS: over MPTCP in the mode mptcp, with a pause
before each. Prints the connections a second, and then for each its local port and what was read.
"""

import socket
import sys
import time

IPPROTO_MPTCP = 262

# Each connection has a port of its own, below the ephemeral ones: the kernel hands out some of those twice, and the
# ports tell the connections apart.
FIRST_PORT = 20_000


def read_all(connection):
    data = b""
    try:
        while chunk := connection.recv(100):
            data += chunk
    except ConnectionResetError:
        pass
    return data.decode()


def main(address, port, count, mode, millis):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    protocol = IPPROTO_MPTCP if mode == "mptcp" else 0
    pause = int(millis) / 1000
    told = []
    start = time.monotonic()
    for i in range(int(count)):
        if pause:
            time.sleep(pause)
        with socket.socket(family, socket.SOCK_STREAM, protocol) as connection:
            local = FIRST_PORT + i
            connection.bind(("", local))
            connection.connect((address, int(port)))
            told.append((local, read_all(connection)))
    print(int(len(told) / (time.monotonic() - start)))
    for local, pid in told:
        print(local, pid)


main(*sys.argv[1:])

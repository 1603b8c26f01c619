"""Connects again and again, one connection after the other, and reads what it is told.

Usage: connecting_client.py ADDRESS PORT COUNT. Prints the connections a second, and then for each
its local port and what was read.
"""

import socket
import sys
import time


def read_all(connection):
    data = b""
    try:
        while chunk := connection.recv(100):
            data += chunk
    except ConnectionResetError:
        pass
    return data.decode()


def main(address, port, count):
    told = []
    start = time.monotonic()
    for _ in range(int(count)):
        with socket.create_connection((address, int(port))) as connection:
            local = connection.getsockname()[1]
            told.append((local, read_all(connection)))
    print(int(len(told) / (time.monotonic() - start)))
    for local, pid in told:
        print(local, pid)


main(*sys.argv[1:])

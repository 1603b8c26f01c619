"""Connects from a given local port, sends bytes, and resets; or sends one datagram from it.

Usage: reusing_client.py PROTOCOL LOCAL_PORT REMOTE_ADDRESS REMOTE_PORT BYTES.
"""

import socket
import struct
import sys


def main(protocol, local_port, address, port, count):
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    end = socket.socket(socket.AF_INET, kind)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    end.bind(("0.0.0.0", int(local_port)))
    end.connect((address, int(port)))
    end.sendall(b"x" * int(count))
    if protocol == "tcp":
        # Without TIME_WAIT, so that the next process can have the five-tuple at once.
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


main(*sys.argv[1:])

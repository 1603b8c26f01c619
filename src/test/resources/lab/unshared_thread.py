"""Moves bytes over a connection that only a thread with a descriptor table of its own has.

Usage: unshared_thread.py ADDRESS PORT BYTES. Prints the local port, and sends once it reads a line.
"""

import ctypes
import os
import socket
import sys
import threading

CLONE_FILES = 0x400

address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
made = socket.create_connection((address, port))
local = made.getsockname()[1]
fd = made.detach()
unshared = threading.Event()
go = threading.Event()


def send():
    if ctypes.CDLL(None).unshare(CLONE_FILES) != 0:
        os._exit(1)
    unshared.set()
    go.wait()
    left = count
    while left > 0:
        left -= os.write(fd, bytes(min(left, 65536)))
    threading.Event().wait()


threading.Thread(target=send).start()
unshared.wait()
os.close(fd)
print(local, flush=True)
sys.stdin.readline()
go.set()

"""Moves bytes over a connection that the main thread of its process does not have.

Usage: unshared_thread.py ADDRESS PORT BYTES [ended]. Prints the local port, and sends once it reads a line. Only a thread
with a descriptor table of its own has the connection; with "ended" the main thread ends before the line is read.
"""

import ctypes
import os
import socket
import sys
import threading

CLONE_FILES = 0x400

address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
ended = sys.argv[4:] == ["ended"]
made = socket.create_connection((address, port))
local = made.getsockname()[1]
fd = made.detach()
unshared = threading.Event()
go = threading.Event()


def send():
    if ended:
        sys.stdin.readline()
    else:
        if ctypes.CDLL(None).unshare(CLONE_FILES) != 0:
            os._exit(1)
        unshared.set()
        go.wait()
    left = count
    while left > 0:
        left -= os.write(fd, bytes(min(left, 65536)))
    threading.Event().wait()


if ended:
    os.write(fd, b"x" * 1000)
    print(local, flush=True)
    threading.Thread(target=send).start()
    ctypes.CDLL(None).pthread_exit(None)
threading.Thread(target=send).start()
unshared.wait()
os.close(fd)
print(local, flush=True)
sys.stdin.readline()
go.set()

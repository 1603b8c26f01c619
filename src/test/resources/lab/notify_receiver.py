"""Listens as systemd does for sd_notify(3), and prints each datagram as it comes.

Usage: notify_receiver.py ADDRESS, a path or @name. Prints "listening", then a line a datagram: when it came on
CLOCK_MONOTONIC in microseconds, and its own lines, all with tabs between them.
"""

import os
import socket
import sys
import time

address = sys.argv[1]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind("\0" + address[1:] if address.startswith("@") else address)
if not address.startswith("@"):
    os.chmod(address, 0o777)
print("listening", flush=True)
while True:
    lines = receiver.recv(4096).decode().split("\n")
    print(time.monotonic_ns() // 1000, *lines, sep="\t", flush=True)

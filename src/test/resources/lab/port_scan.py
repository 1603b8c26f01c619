"""Sends empty datagrams to ports 20000 to 59999 of an address, 4000 a second, until its input ends."""
import select
import socket
import sys
import time

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as scanner:
    start = time.monotonic()
    sent = 0
    while not select.select([sys.stdin], [], [], 0.01)[0]:
        while sent < 4000 * (time.monotonic() - start):
            scanner.sendto(b"", (sys.argv[1], 20000 + sent % 40000))
            sent += 1
            if sent == 1000:
                print("scanning", flush=True)

"""Sends bursts of five datagrams to a port, one every 25 ms."""
import socket
import sys
import time

to, port, bursts, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    start = time.monotonic()
    for number in range(bursts):
        time.sleep(max(0, start + number * 0.025 - time.monotonic()))
        for _ in range(5):
            sender.sendto(b"b" * size, (to, port))

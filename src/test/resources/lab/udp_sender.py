"""Sends datagrams from one address and port of a device, to a host or to a broadcast address."""
import socket
import sys

device, source, source_port, to, port, count, size = sys.argv[1:]
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    sender.bind((source, int(source_port)))
    for _ in range(int(count)):
        sender.sendto(b"d" * int(size), (to, int(port)))

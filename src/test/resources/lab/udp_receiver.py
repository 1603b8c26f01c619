"""Receives datagrams on one socket until its input ends. For each line of input it writes the payload bytes so far."""
import argparse
import select
import socket
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--family", type=int, choices=(4, 6), default=4)
parser.add_argument("--address", default="")
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--connect", nargs=2)
parser.add_argument("--group", action="store_true")
parser.add_argument("--device")
options = parser.parse_args()

family = socket.AF_INET if options.family == 4 else socket.AF_INET6
receiver = socket.socket(family, socket.SOCK_DGRAM)
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT if options.group else socket.SO_REUSEADDR, 1)
if options.device:
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, options.device.encode())
receiver.bind(socket.getaddrinfo(options.address or None, options.port, family, socket.SOCK_DGRAM,
                                 flags=socket.AI_PASSIVE)[0][4])
if options.connect:
    receiver.connect((options.connect[0], int(options.connect[1])))
print("ready", flush=True)

received = 0
while True:
    for each in select.select([receiver, sys.stdin], [], [])[0]:
        if each is receiver:
            received += len(receiver.recv(65536))
        elif sys.stdin.readline():
            # What arrived before the question counts.
            while select.select([receiver], [], [], 0)[0]:
                received += len(receiver.recv(65536))
            print(received, flush=True)
        else:
            sys.exit()

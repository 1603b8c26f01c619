"""Moves bytes over a connection that another process gets from its creator.

Usage: passed_socket.py sink ADDRESS BYTES | client ADDRESS PORT BYTES | victim PATH | sender MODE ADDRESS PORT BYTES PATH

sink prints its port, reads each connection after a second, and says "received"; so does
client with one that it initiates. victim accepts connections at a Unix socket. It obeys
lines: "close" closes them unread, "keep" receives the descriptor and keeps it. sender prints the port and the pid of the
process that is to have the bytes. Modes: send (to the victim, then close), hold (and keep a copy), collect (no process
gets the socket: the kernel collects it), inherit (a child gets it that is born later), accept (another user
sends one that is accepted at a port that is printed instead).
"""

import array
import ctypes
import os
import signal
import socket
import sys
import time

SO_SNDBUFFORCE = 32
USER = 4711
PR_SET_PDEATHSIG = 1


def fork():
    """A child that ends with its parent: it holds the streams of whoever started this program."""
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return pid


def receive(connection, count):
    time.sleep(1)
    left = count
    while left > 0:
        received = len(connection.recv(1 << 20))
        if received == 0:
            return
        left -= received
    print("received", flush=True)
    time.sleep(60)


def sink(address, count):
    listener = socket.create_server((address, 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection = listener.accept()[0]
        if fork() == 0:
            receive(connection, count)
            os._exit(0)
        connection.close()


def victim(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o777)
    listener.listen()
    print("listening", flush=True)
    connections = []
    kept = []
    for line in sys.stdin:
        connection = listener.accept()[0]
        if line == "keep\n":
            kept += socket.recv_fds(connection, 1, 1)[1]
        connections.append(connection)
        if line == "close\n":
            connection.close()
        print(line.strip(), flush=True)


def connect(address, port):
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 16 << 20)
    made.connect((address, port))
    print(made.getsockname()[1], flush=True)
    return made


def accept(address):
    listener = socket.create_server((address, 0))
    listener.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 16 << 20)
    print(listener.getsockname()[1], flush=True)
    os.setuid(USER)
    made = listener.accept()[0]
    listener.detach()
    return made


def fill(made, count):
    made.sendall(bytes(count))


def sender(mode, address, port, count, path):
    made = accept(address) if mode == "accept" else connect(address, port)
    if mode == "inherit":
        if fork() == 0:
            print(os.getpid(), flush=True)
            fill(made, count)
            time.sleep(60)
            os._exit(0)
        made.close()
    else:
        print(os.getpid(), flush=True)
        fill(made, count)
    if mode == "collect":
        here, there = socket.socketpair()
        rights = array.array("i", [made.fileno(), here.fileno(), there.fileno()])
        here.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        here.close()
        there.close()
        made.close()
        # Closing any Unix socket starts the collector.
        for _ in range(100):
            socket.socketpair()[0].close()
            time.sleep(0.02)
    elif mode in ("send", "hold", "accept"):
        unix = socket.socket(socket.AF_UNIX)
        while unix.connect_ex(path) != 0:
            time.sleep(0.01)
        socket.send_fds(unix, [b"x"], [made.fileno()])
        if mode != "hold":
            made.close()
    time.sleep(60)


mode, *arguments = sys.argv[1:]
if mode == "sink":
    sink(arguments[0], int(arguments[1]))
elif mode == "client":
    receive(socket.create_connection((arguments[0], int(arguments[1]))), int(arguments[2]))
elif mode == "victim":
    victim(*arguments)
else:
    how, address, port, count, path = arguments
    sender(how, address, int(port), int(count), path)

"""Accepts connections in one of several ways and answers each with the pid of the process that closes it.

Usage: accepting_server.py ADDRESS MODE. Prints the port it listens on once it does.
"""

import ctypes
import os
import signal
import socket
import struct
import sys
import time

WORKERS = 3
PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
IPPROTO_MPTCP = 262


def fork():
    """A child that ends with its parent."""
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return child


def listen(address, port=0, protocol=0):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((address, port))
    listener.listen(512)
    return listener


def answer(connection):
    connection.sendall(str(os.getpid()).encode())
    connection.close()


def answer_all(listener):
    while True:
        answer(listener.accept()[0])


def reset_all(listener):
    while True:
        connection = listener.accept()[0]
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        answer(connection)


def fork_for_each(listener):
    while True:
        connection = listener.accept()[0]
        child = os.fork()
        if child == 0:
            answer(connection)
            os._exit(0)
        connection.close()
        os.waitpid(child, 0)


def serve_each(listener):
    """Like systemd with Accept=yes: it starts a service for each connection, and holds the connection until that ends."""
    rename("systemd")
    while True:
        connection = listener.accept()[0]
        time.sleep(0.2)  # A slow start.
        child = os.fork()
        if child == 0:
            rename("service")
            connection.sendall(str(os.getpid()).encode())
            time.sleep(1)
            os._exit(0)
        os.waitpid(child, 0)
        connection.close()


def rename(comm):
    ctypes.CDLL(None).prctl(PR_SET_NAME, comm.encode())


def pass_each(listener):
    here, there = socket.socketpair()
    if fork() == 0:
        while True:
            fds = socket.recv_fds(there, 1, 1)[1]
            answer(socket.socket(fileno=fds[0]))
    while True:
        connection = listener.accept()[0]
        socket.send_fds(here, [b"x"], [connection.fileno()])
        connection.close()


def main(address, mode):
    listener = listen(address, protocol=IPPROTO_MPTCP if mode == "mptcp" else 0)
    port = listener.getsockname()[1]
    listeners = [listener]
    if mode == "reuseport":
        listeners += [listen(address, port) for _ in range(WORKERS - 1)]
    elif mode == "prefork":
        listeners *= WORKERS
    print(port, flush=True)
    for other in listeners[1:]:
        if fork() == 0:
            for each in listeners:
                if each is not other:
                    each.close()
            answer_all(other)
    for other in listeners[1:]:
        if other is not listener:
            other.close()
    {"reset": reset_all, "fork": fork_for_each, "pass": pass_each, "serve": serve_each}.get(mode, answer_all)(listener)


main(*sys.argv[1:])

"""The basic operations that all traffic functions share."""
import os
import socket
import struct
import time

from lab import TCP

FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
REQUEST, ANSWER = b"q" * 200, b"a" * 600


def paced(rate, seconds):
    """Yields numbers at a steady rate; late ones follow immediately."""
    start = time.monotonic()
    for number in range(int(rate * seconds)):
        wait = start + number / rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        yield number


def listener(family, port, backlog=1024, reuse_port=False, address=""):
    """A listening TCP socket."""
    made = socket.socket(FAMILY[family], socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((address, port))
    made.listen(backlog)
    return made


def datagrams(family, port=0, address=""):
    """A UDP socket with a large receive buffer."""
    made = socket.socket(FAMILY[family], socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    made.bind((address, port))
    return made


def answer(connection):
    """Reads a request, answers it, and closes first."""
    connection.settimeout(5)
    if take(connection, len(REQUEST)) == len(REQUEST):
        connection.sendall(ANSWER)
    connection.close()


def ask(me, family, address, port, pid=None):
    """One short connection of the calling process."""
    since = time.time()
    with socket.socket(FAMILY[family], socket.SOCK_STREAM) as made:
        made.settimeout(5)
        made.connect((address, port))
        if me is not None:
            me.claim(TCP, made.getsockname()[1], port, since, pid)
        made.sendall(REQUEST)
        while made.recv(65536):
            pass


def take(connection, count):
    """Receives that many bytes, or fewer if the stream ends."""
    taken = 0
    while taken < count:
        got = len(connection.recv(min(65536, count - taken)))
        if not got:
            break
        taken += got
    return taken


def serve(me, family, port, address=""):
    """Answers short connections forever. Measured callers make their own claims."""
    with listener(family, port, address=address) as made:
        me.ready()
        while True:
            answer(made.accept()[0])


def drain(me, family, port, address=""):
    """Accepts connections one after the other and reads each to its end."""
    with listener(family, port, address=address) as made:
        me.ready()
        while True:
            connection = made.accept()[0]
            with connection:
                while connection.recv(1 << 20):
                    pass


def echo_datagrams(me, family, port, address="", claims=False):
    """Sends every datagram back."""
    with datagrams(family, port, address) as made:
        if claims:
            me.claim(17, port)
        me.ready()
        while True:
            data, peer = made.recvfrom(65536)
            made.sendto(data, peer)


def abort(connection):
    """Closes with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def in_child(function):
    """Forks, runs the function there, and reaps it."""
    pid = os.fork()
    if pid == 0:
        try:
            function()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    return pid

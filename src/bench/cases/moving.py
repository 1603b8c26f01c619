"""Case 4: bytes that leave a process by system calls other than send(2)."""
import ctypes
import mmap
import os
import socket
import struct
import tempfile

from lab import LIBC, TCP, Skip
from registry import case
from sockets import FAMILY, drain

BYTES = 8 << 20
CHUNK = 64 << 10


def moved(lab, family, send):
    """One connection to far on which send(socket) transfers BYTES bytes."""

    def talk(me):
        with socket.socket(FAMILY[family], socket.SOCK_STREAM) as made:
            made.connect((lab.FAR[family], 8002))
            me.claim(TCP, made.getsockname()[1], 8002)
            send(made)
            made.shutdown(socket.SHUT_WR)
            made.recv(1)

    lab.far.spawn(drain, family, 8002)
    lab.near.call(talk)


def with_file(send):
    """send(socket, descriptor of a file of BYTES bytes)."""

    def wrapped(made):
        with tempfile.TemporaryFile() as file:
            file.truncate(BYTES)
            send(made, file.fileno())

    return wrapped


def by_sendfile(made, file):
    at = 0
    while at < BYTES:
        at += os.sendfile(made.fileno(), file, at, BYTES - at)


def by_splice(made, file):
    reader, writer = os.pipe()
    for _ in range(BYTES // CHUNK):
        left = os.splice(file, writer, CHUNK)
        while left > 0:
            left -= os.splice(reader, made.fileno(), left)


@case("move-sendfile")
def sendfile(lab, family):
    """8 MiB by sendfile(2)."""
    moved(lab, family, with_file(by_sendfile))


@case("move-splice")
def splice(lab, family):
    """8 MiB from a file through a pipe by splice(2)."""
    moved(lab, family, with_file(by_splice))


def by_zerocopy(made):
    made.setsockopt(socket.SOL_SOCKET, 60, 1)  # SO_ZEROCOPY
    for _ in range(BYTES // CHUNK):
        left = CHUNK
        while left > 0:
            left -= made.send(bytes(left), 0x4000000)  # MSG_ZEROCOPY
        try:
            made.recvmsg(1, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass


@case("move-zerocopy")
def zerocopy(lab, family):
    """8 MiB with MSG_ZEROCOPY."""
    moved(lab, family, by_zerocopy)


class Ring:
    """The part of io_uring(7) that is needed to send one buffer after the other."""

    SETUP, ENTER, OP_SEND = 425, 426, 26

    def __init__(self):
        parameters = ctypes.create_string_buffer(120)
        self.fd = LIBC.syscall(self.SETUP, 8, parameters)
        if self.fd < 0:
            raise Skip(f"io_uring_setup: {os.strerror(ctypes.get_errno())}")
        # struct io_uring_params: 40 bytes, then the offsets into the two rings.
        sq = struct.unpack_from("<IIIIIII", parameters, 40)
        cq = struct.unpack_from("<IIIIII", parameters, 80)
        self.sq_tail, self.sq_array = sq[1], sq[6]
        self.cq_head, self.cq_tail, self.cqes = cq[0], cq[1], cq[5]
        size = max(self.sq_array + 4 * 8, self.cqes + 16 * 16)
        self.rings = mmap.mmap(self.fd, size)
        self.entries = mmap.mmap(self.fd, 64 * 8, offset=0x10000000)

    def _word(self, at, value=None):
        if value is not None:
            struct.pack_into("<I", self.rings, at, value & 0xFFFFFFFF)
        return struct.unpack_from("<I", self.rings, at)[0]

    def send(self, descriptor, address, length):
        """Submits one send, waits for it, and returns the number of bytes sent."""
        struct.pack_into("<BBHiQQIIQ24x", self.entries, 0,
                         self.OP_SEND, 0, 0, descriptor, 0, address, length, 0, 0)
        tail = self._word(self.sq_tail)
        self._word(self.sq_array + 4 * (tail % 8), 0)
        self._word(self.sq_tail, tail + 1)
        if LIBC.syscall(self.ENTER, self.fd, 1, 1, 1, None, 0) < 0:
            raise OSError(ctypes.get_errno(), "io_uring_enter")
        head = self._word(self.cq_head)
        result = struct.unpack_from("<i", self.rings, self.cqes + 16 * (head % 16) + 8)[0]
        self._word(self.cq_head, head + 1)
        if result < 0:
            raise OSError(-result, "io_uring send")
        return result


def by_uring(made):
    ring = Ring()
    buffer = ctypes.create_string_buffer(CHUNK)
    left = BYTES
    while left > 0:
        left -= ring.send(made.fileno(), ctypes.addressof(buffer), min(left, CHUNK))


@case("move-io-uring")
def io_uring(lab, family):
    """8 MiB by IORING_OP_SEND."""
    os.close(Ring().fd)
    moved(lab, family, by_uring)


@case("move-receive")
def receive(lab, family):
    """8 MiB received and discarded by splice(2) through a pipe."""

    def server(me):
        with socket.socket(FAMILY[family], socket.SOCK_STREAM) as made:
            made.bind(("", 8003))
            made.listen()
            me.ready()
            connection = made.accept()[0]
            connection.sendall(bytes(BYTES))
            connection.close()

    def client(me):
        nowhere = os.open("/dev/null", os.O_WRONLY)
        reader, writer = os.pipe()
        with socket.socket(FAMILY[family], socket.SOCK_STREAM) as made:
            made.connect((lab.FAR[family], 8003))
            me.claim(TCP, made.getsockname()[1], 8003)
            while got := os.splice(made.fileno(), writer, CHUNK):
                os.splice(reader, nowhere, got)

    lab.far.spawn(server)
    lab.near.call(client)

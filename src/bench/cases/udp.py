"""Case 3: datagrams."""
import ctypes
import socket
import struct
import time

from lab import LIBC, UDP, Skip
from registry import case
from sockets import FAMILY, datagrams, echo_datagrams, paced

SECONDS = 3
GROUP = {4: "239.1.2.3", 6: "ff02::4242"}
UDP_SEGMENT, UDP_GRO = 103, 104


@case("udp-socket-each")
def socket_each(lab, family):
    """200 queries a second from one process, each on a new socket."""
    lab.far.spawn(echo_datagrams, family, 53)

    def query(me):
        for _ in paced(200, SECONDS):
            with socket.socket(FAMILY[family], socket.SOCK_DGRAM) as made:
                made.settimeout(5)
                since = time.time()
                made.sendto(b"q" * 40, (lab.FAR[family], 53))
                me.claim(UDP, made.getsockname()[1], 53, since)
                made.recv(2000)

    lab.near.call(query)


@case("udp-fire-and-close")
def fire_and_close(lab, family):
    """200 sockets a second, one datagram each, closed without waiting for an answer."""

    def fire(me):
        for _ in paced(200, SECONDS):
            with socket.socket(FAMILY[family], socket.SOCK_DGRAM) as made:
                since = time.time()
                made.sendto(b"q" * 40, (lab.FAR[family], 8125))
                me.claim(UDP, made.getsockname()[1], 8125, since)

    lab.far.spawn(swallow, family, 8125)
    lab.near.call(fire)


def swallow(me, family, port, claims=False):
    """Receives forever."""
    with datagrams(family, port) as made:
        if claims:
            me.claim(UDP, port)
        me.ready()
        while True:
            made.recvfrom(65536)


@case("udp-many-peers")
def many_peers(lab, family):
    """One unconnected socket talks to 100 peers, 400 datagrams a second."""

    def peers(me):
        made = [datagrams(family, 7000 + number) for number in range(100)]
        me.ready()
        while True:
            for one in made:
                data, peer = one.recvfrom(2000)
                one.sendto(data, peer)

    def talk(me):
        with datagrams(family) as made:
            me.claim(UDP, made.getsockname()[1])
            for number in paced(400, SECONDS):
                made.sendto(b"x" * 100, (lab.FAR[family], 7000 + number % 100))
                made.recvfrom(2000)

    lab.far.spawn(peers)
    lab.near.call(talk)


def converse(me, family, address, port, rate, size, claims=True):
    """A connected socket that sends a query and waits for each answer."""
    with datagrams(family) as made:
        made.connect((address, port))
        made.settimeout(5)
        if claims:
            me.claim(UDP, made.getsockname()[1], port)
        for _ in paced(rate, SECONDS):
            made.send(bytes(size))
            made.recv(65536)


@case("udp-server")
def server(lab, family):
    """A server answers 300 datagrams a second on an unconnected socket."""
    lab.near.spawn(echo_datagrams, family, 5300, "", True)
    lab.far.call(converse, family, lab.NEAR[family], 5300, 300, 200, False)


@case("udp-connected")
def connected(lab, family):
    """A client on a connected socket, 300 datagrams a second in each direction."""
    lab.far.spawn(echo_datagrams, family, 5300)
    lab.near.call(converse, family, lab.FAR[family], 5300, 300, 200)


@case("udp-fragments")
def fragments(lab, family):
    """Datagrams of 8000 bytes over an MTU of 1500, in both directions."""
    lab.far.spawn(echo_datagrams, family, 5300)
    lab.near.call(converse, family, lab.FAR[family], 5300, 100, 8000)


def multicast_socket(family, device, port=0):
    made = datagrams(family, port)
    index = socket.if_nametoindex(device)
    if family == 4:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                        struct.pack("@4s4si", bytes(4), bytes(4), index))
    else:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    return made


def send_many(me, family, device, port, claims):
    with multicast_socket(family, device) as made:
        if claims:
            me.claim(UDP, made.getsockname()[1])
        for _ in paced(200, SECONDS):
            made.sendto(b"m" * 300, (GROUP[family], port))


@case("udp-multicast-send")
def multicast_send(lab, family):
    """200 datagrams a second to a multicast group."""
    lab.near.call(send_many, family, "near0", 5353, True)


@case("udp-multicast-receive")
def multicast_receive(lab, family):
    """A member of a group receives 200 datagrams a second."""

    def member(me):
        with datagrams(family, 5353) as made:
            index = socket.if_nametoindex("near0")
            group = socket.inet_pton(FAMILY[family], GROUP[family])
            if family == 4:
                made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                                struct.pack("@4s4si", group, bytes(4), index))
            else:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                                group + struct.pack("@i", index))
            me.claim(UDP, 5353)
            me.ready()
            while True:
                made.recv(2000)

    lab.near.spawn(member)
    lab.far.call(send_many, family, "far0", 5353, False)


def broadcast(me, claims):
    with datagrams(4) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if claims:
            me.claim(UDP, made.getsockname()[1])
        for _ in paced(200, SECONDS):
            made.sendto(b"b" * 300, ("10.78.0.255", 5354))


@case("udp-broadcast-send", families=(4,))
def broadcast_send(lab, family):
    """200 datagrams a second to the broadcast address."""
    lab.near.call(broadcast, True)


@case("udp-broadcast-receive", families=(4,))
def broadcast_receive(lab, family):
    """A process receives 200 broadcasts a second."""
    lab.near.spawn(swallow, family, 5354, True)
    lab.far.call(broadcast, False)


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Header(ctypes.Structure):
    """struct msghdr."""

    _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32),
                ("iov", ctypes.POINTER(Iovec)), ("iov_count", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t),
                ("flags", ctypes.c_int)]


class Message(ctypes.Structure):
    """struct mmsghdr."""

    _fields_ = [("header", Header), ("length", ctypes.c_uint)]


def batch(size, count=32):
    """An array for sendmmsg(2) or recvmmsg(2), with the buffers it refers to."""
    buffers = [ctypes.create_string_buffer(size) for _ in range(count)]
    vectors = [Iovec(ctypes.addressof(buffer), size) for buffer in buffers]
    messages = (Message * count)()
    for message, vector in zip(messages, vectors):
        message.header.iov, message.header.iov_count = ctypes.pointer(vector), 1
    return messages, (buffers, vectors)


def talk_in_batches(me, family, address, port):
    """Sends 32 datagrams per call, and receives the answers likewise."""
    with datagrams(family) as made:
        made.connect((address, port))
        me.claim(UDP, made.getsockname()[1], port)
        messages, _kept = batch(500)
        for _ in paced(30, SECONDS):
            if LIBC.sendmmsg(made.fileno(), messages, 32, 0) != 32:
                raise OSError(ctypes.get_errno(), "sendmmsg")
            left = 32
            while left > 0:
                got = LIBC.recvmmsg(made.fileno(), messages, left, 0x10000, None)
                if got < 0:
                    raise OSError(ctypes.get_errno(), "recvmmsg")
                left -= got


@case("udp-sendmmsg")
def many_at_once(lab, family):
    """32 datagrams per call: one process sends with sendmmsg and receives with recvmmsg."""
    lab.far.spawn(echo_datagrams, family, 5300)
    lab.near.call(talk_in_batches, family, lab.FAR[family], 5300)


def answer_in_segments(me, family, port):
    """Receives merged datagrams and sends them back for the kernel to segment."""
    with datagrams(family, port) as made:
        made.setsockopt(socket.SOL_UDP, UDP_GRO, 1)
        made.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 1200)
        me.ready()
        while True:
            data, peer = made.recvfrom(65536)
            made.sendto(data, peer)


def talk_in_segments(me, family, address, port):
    """Sends ten datagrams as one, 50 times a second."""
    with datagrams(family) as made:
        made.connect((address, port))
        me.claim(UDP, made.getsockname()[1], port)
        made.settimeout(5)
        made.setsockopt(socket.SOL_UDP, UDP_GRO, 1)
        made.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 1200)
        for _ in paced(50, SECONDS):
            made.send(bytes(12000))
            taken = 0
            while taken < 12000:
                taken += len(made.recv(65536))


@case("udp-segments")
def segments(lab, family):
    """UDP_SEGMENT: one send of 12000 bytes becomes ten datagrams; answers arrive through GRO."""
    try:
        with datagrams(family) as made:
            made.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 1200)
    except OSError as refused:
        raise Skip(f"UDP_SEGMENT: {refused}") from refused
    lab.far.spawn(answer_in_segments, family, 5300)
    lab.near.call(talk_in_segments, family, lab.FAR[family], 5300)

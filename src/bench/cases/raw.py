"""Case 6: echoes, raw IP, and frames written by a process."""
import os
import socket
import struct

from lab import ICMP, ICMP6, UDP
from registry import case
from sockets import FAMILY, paced
from udp import swallow

SECONDS = 3
PROTOCOL = {4: ICMP, 6: ICMP6}
EXPERIMENT = 253


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def ping(me, family, address, kind, ident=None):
    """50 echoes a second, all answered. The kernel chooses a SOCK_DGRAM socket's identifier."""
    request, reply = (8, 0) if family == 4 else (128, 129)
    with socket.socket(FAMILY[family], kind, PROTOCOL[family]) as made:
        made.settimeout(5)
        made.connect((address, 0))
        ident = ident or made.getsockname()[1]
        me.claim(PROTOCOL[family], ident)
        me.ready()
        for number in paced(50, SECONDS):
            message = struct.pack(">BBHHH", request, 0, 0, ident, number) + bytes(56)
            if family == 4:
                message = message[:2] + struct.pack(">H", checksum(message)) + message[4:]
            made.send(message)
            while True:
                answer = made.recv(2000)
                if family == 4 and kind == socket.SOCK_RAW:
                    answer = answer[20:]
                if answer[0] == reply and struct.unpack_from(">H", answer, 6)[0] == number:
                    break


@case("echo-raw")
def echo_raw(lab, family):
    """Pings from a raw socket."""
    lab.near.call(ping, family, lab.FAR[family], socket.SOCK_RAW, 4242)


@case("echo-raw-two")
def echo_raw_two(lab, family):
    """Two processes ping from raw sockets at the same time."""
    pids = [lab.near.spawn(ping, family, lab.FAR[family], socket.SOCK_RAW, ident)
            for ident in (4242, 4343)]
    for pid in pids:
        lab.wait(pid)


@case("echo-raw-in-turn")
def echo_raw_in_turn(lab, family):
    """One process pings and exits, and another pings the same peer immediately."""
    for ident in (4242, 4343):
        lab.near.call(ping, family, lab.FAR[family], socket.SOCK_RAW, ident)


@case("echo-datagram")
def echo_datagram(lab, family):
    """Pings from a SOCK_DGRAM socket, as ping(8) makes them."""
    lab.near.sysctl("net/ipv4/ping_group_range", "0 2147483647")
    lab.near.call(ping, family, lab.FAR[family], socket.SOCK_DGRAM)


@case("echo-once-each")
def echo_once_each(lab, family):
    """40 processes a second that ping once from a raw socket and exit."""

    def start(me):
        request = 8 if family == 4 else 128
        for number in paced(40, SECONDS):
            child = os.fork()
            if child == 0:
                with socket.socket(FAMILY[family], socket.SOCK_RAW, PROTOCOL[family]) as made:
                    made.settimeout(5)
                    ident = 10000 + number
                    me.claim(PROTOCOL[family], ident)
                    message = struct.pack(">BBHHH", request, 0, 0, ident, 1) + bytes(56)
                    if family == 4:
                        message = message[:2] + struct.pack(">H", checksum(message)) + message[4:]
                    made.sendto(message, (lab.FAR[family], 0))
                    made.recv(2000)
                os._exit(0)
            os.waitpid(child, 0)

    lab.near.call(start)


def raw_echo(me, family, claims):
    """Sends every raw packet back."""
    with socket.socket(FAMILY[family], socket.SOCK_RAW, EXPERIMENT) as made:
        if claims:
            me.claim(EXPERIMENT, 0)
        me.ready()
        while True:
            data, peer = made.recvfrom(2000)
            made.sendto(data[20:] if family == 4 else data, (peer[0], 0))


def raw_talk(me, family, address, claims):
    with socket.socket(FAMILY[family], socket.SOCK_RAW, EXPERIMENT) as made:
        made.settimeout(5)
        if claims:
            me.claim(EXPERIMENT, 0)
        for _ in paced(100, SECONDS):
            made.sendto(b"r" * 100, (address, 0))
            made.recv(2000)


@case("raw-client")
def raw_client(lab, family):
    """IP protocol 253 from a raw socket, each packet answered."""
    lab.far.spawn(raw_echo, family, False)
    lab.near.call(raw_talk, family, lab.FAR[family], True)


@case("raw-server")
def raw_server(lab, family):
    """A raw socket that answers."""
    lab.near.spawn(raw_echo, family, True)
    lab.far.call(raw_talk, family, lab.NEAR[family], False)


@case("packet-socket", families=(4,))
def packet_socket(lab, family):
    """UDP frames written to an AF_PACKET socket, without any IP socket."""
    mac = [bytes.fromhex(namespace.exec("cat", f"/sys/class/net/{device}/address")
                         .strip().replace(":", ""))
           for namespace, device in ((lab.far, "far0"), (lab.near, "near0"))]

    def inject(me):
        header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 128, 1, 0x4000, 64, UDP, 0,
                             socket.inet_aton(lab.NEAR[4]), socket.inet_aton(lab.FAR[4]))
        header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
        frame = b"".join(mac) + b"\x08\x00" + header + struct.pack(">HHHH", 6666, 6667, 108, 0)
        me.claim(UDP, 6666)
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as made:
            made.bind(("near0", 0))
            for _ in paced(100, SECONDS):
                made.send(frame + bytes(100))

    lab.far.spawn(swallow, 4, 6667)
    lab.near.call(inject)

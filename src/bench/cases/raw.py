"""Case 6: echoes, raw IP, and frames written by a process."""
import os
import socket
import struct
import subprocess
import time

from lab import ICMP, ICMP6, UDP
from registry import case
from sockets import FAMILY, paced
from udp import swallow

SECONDS = 3
PROTOCOL = {4: ICMP, 6: ICMP6}
EXPERIMENT = 253
FRAME_BYTES = 128


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


def udp_frame(source, target, address, far):
    """A frame with 100 bytes for a closed port; addresses are a MAC and an IPv4 address each."""
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, FRAME_BYTES, 1, 0x4000, 64, UDP, 0,
                         socket.inet_aton(address), socket.inet_aton(far))
    header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    ports = struct.pack(">HHHH", 6666, 6667, FRAME_BYTES - 20, 0)
    return target + source + b"\x08\x00" + header + ports + bytes(FRAME_BYTES - 28)


def name(comm):
    with open("/proc/self/comm", "w", encoding="ascii") as file:
        file.write(comm)


def send_frames(me, device, frame, count):
    """Sends frames through a packet socket of its own, within 30 ms."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as made:
        made.bind((device, 0))
        me.claim(UDP, 6666)
        for _ in paced(count * 1000 / 27, 0.027):
            made.send(frame)


def send_bursts(me, device, frame, processes, count, comm="burst"):
    """Processes in turn that live 30 ms each."""
    for _ in range(processes):
        child = os.fork()
        if child == 0:
            name(comm)
            send_frames(me, device, frame, count)
            os._exit(0)
        os.waitpid(child, 0)
        time.sleep(0.2)


def announce(me, device):
    """An idle packet socket, as of LLDP, that sends a frame of another protocol now and then."""
    frame = b"\x01\x80\xc2\x00\x00\x0e" + bytes(6) + b"\x88\xcc" + bytes(100)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88CC)) as made:
        made.bind((device, 0x88CC))
        made.send(frame)
        me.ready()
        while True:
            made.send(frame)
            time.sleep(0.05)


def device_to(address):
    """The device that packets to an address leave through."""
    route = subprocess.run(["ip", "-o", "route", "get", address],
                           check=True, capture_output=True, text=True).stdout.split()
    return route[route.index("dev") + 1]


def macs(lab):
    return [bytes.fromhex(namespace.exec("cat", f"/sys/class/net/{device}/address")
                          .strip().replace(":", ""))
            for namespace, device in ((lab.near, "near0"), (lab.far, "far0"))]


@case("packet-socket", families=(4,))
def packet_socket(lab, family):
    """UDP frames written to an AF_PACKET socket, without any IP socket."""
    frame = udp_frame(*macs(lab), lab.NEAR[4], lab.FAR[4])

    def inject(me):
        me.claim(UDP, 6666)
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as made:
            made.bind(("near0", 0))
            for _ in paced(100, SECONDS):
                made.send(frame)

    lab.far.spawn(swallow, 4, 6667)
    lab.near.call(inject)


@case("packet-socket-short", families=(4,))
def packet_socket_short(lab, family):
    """Eight processes that live 30 ms and send frames through an AF_PACKET socket."""
    lab.far.spawn(swallow, 4, 6667)
    lab.near.call(send_bursts, "near0", udp_frame(*macs(lab), lab.NEAR[4], lab.FAR[4]), 8, 50)


@case("packet-socket-beside", families=(4,))
def packet_socket_beside(lab, family):
    """The same beside a process with a packet socket that has nothing to do with it."""
    lab.far.spawn(swallow, 4, 6667)
    lab.near.spawn(announce, "near0")
    lab.near.call(send_bursts, "near0", udp_frame(*macs(lab), lab.NEAR[4], lab.FAR[4]), 8, 50)


@case("echo-raw-beside-datagram")
def echo_raw_beside_datagram(lab, family):
    """A ping from a raw socket and one from a datagram socket at the same time."""
    lab.near.sysctl("net/ipv4/ping_group_range", "0 2147483647")
    pids = [lab.near.spawn(ping, family, lab.FAR[family], socket.SOCK_RAW, 4242),
            lab.near.spawn(ping, family, lab.FAR[family], socket.SOCK_DGRAM)]
    for pid in pids:
        lab.wait(pid)

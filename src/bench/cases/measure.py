"""The expected result of a case: tcpdump's packets in the daemon's namespace, by claim."""
import collections
import os
import re
import signal
import struct
import subprocess
import time

PORTS = {6, 17}
ECHO = {(1, 8): 4, (1, 0): 4, (58, 128): 4, (58, 129): 4}
OUTGOING, OTHERHOST = 4, 3
LOOPBACK_HARDWARE = 772
LINUX_SLL2 = 276

Packet = collections.namedtuple("Packet", "at protocol source destination length outgoing inbound")


class Tcpdump:
    """A capture on every interface of a namespace; libpcap delivers a packet on lo once."""

    def __init__(self, namespace, file, device=None):
        self.file = file
        path = f"/sys/class/net/{device}/ifindex"
        self.index = int(namespace.exec("cat", path)) if device else None
        self.process = namespace.popen(
            ["tcpdump", "-i", "any", "-n", "-p", "-s", "128", "-B", "65536", "-U",
             "--immediate-mode", "-Z", "root", "-w", file, "not tcp port 10067"],
            stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "listening on" in line:
                return
        raise RuntimeError("tcpdump does not listen")

    def stop(self):
        """Waits until no more packets arrive, and returns all of them."""
        size = -1
        while size != os.path.getsize(self.file):
            size = os.path.getsize(self.file)
            time.sleep(0.2)
        self.process.send_signal(signal.SIGTERM)
        words = self.process.stderr.read()
        self.process.wait(20)
        if re.search(r"\b[1-9]\d* packets? dropped by kernel", words):
            raise RuntimeError("tcpdump lost packets: " + words)
        return list(packets(self.file, self.index))


def packets(file, index):
    """The IP packets in a pcap file of Linux cooked frames, or those of one interface."""
    with open(file, "rb") as stream:
        data = stream.read()
    if struct.unpack_from("<I", data, 20)[0] != LINUX_SLL2:
        raise RuntimeError("this tcpdump writes no LINUX_SLL2 frames: libpcap 1.10 is needed")
    fragments = {}
    at = 24
    while at + 16 <= len(data):
        seconds, micros, captured, _ = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16:at + 16 + captured]
        at += 16 + captured
        ether_type, _, received_on, hardware, kind = struct.unpack_from(">HHIHB", frame)
        packet = frame[20:]
        if index not in (None, received_on):
            continue
        loopback = hardware == LOOPBACK_HARDWARE
        where = (loopback or kind == OUTGOING, loopback or kind not in (OUTGOING, OTHERHOST))
        parsed = None
        if ether_type == 0x0800:
            parsed = ipv4(packet, fragments)
        elif ether_type == 0x86DD:
            parsed = ipv6(packet, fragments)
        if parsed:
            yield Packet(seconds + micros / 1e6, *parsed, *where)


def ipv4(packet, fragments):
    length, ident, offset = struct.unpack_from(">HHH", packet, 2)
    protocol, header = packet[9], (packet[0] & 15) * 4
    key = (packet[12:20], ident, protocol)
    if offset & 0x1FFF:
        return (protocol, *fragments.get(key, (0, 0)), length)
    ports = ends(protocol, packet[header:])
    if offset & 0x2000:
        fragments[key] = ports
    return (protocol, *ports, length)


def ipv6(packet, fragments):
    length = struct.unpack_from(">H", packet, 4)[0] + 40
    protocol, rest = packet[6], packet[40:]
    while protocol in (0, 43, 60):
        protocol, rest = rest[0], rest[rest[1] * 8 + 8:]
    if protocol == 44:
        protocol, _, offset, ident = struct.unpack_from(">BBHI", rest)
        key = (packet[8:40], ident, protocol)
        if offset & 0xFFF8:
            return (protocol, *fragments.get(key, (0, 0)), length)
        fragments[key] = ends(protocol, rest[8:])
        rest = rest[8:]
    return (protocol, *ends(protocol, rest), length)


def ends(protocol, payload):
    """Source and destination port; for an echo, its identifier twice; 0 for other protocols."""
    if protocol in PORTS and len(payload) >= 4:
        return struct.unpack_from(">HH", payload)
    if len(payload) >= 8 and (protocol, payload[0]) in ECHO:
        return struct.unpack_from(">H", payload, 4) * 2
    return (0, 0)


class Claims:
    """The owner of each port over time."""

    def __init__(self, file):
        self.by_flow = collections.defaultdict(list)
        with open(file) as lines:
            for line in lines:
                since, *numbers = line.split()
                comm = numbers.pop() if len(numbers) > 4 else ""
                pid, protocol, local, remote = map(int, numbers)
                self.by_flow[protocol, local, remote].append((float(since), (pid, comm)))
        for claims in self.by_flow.values():
            claims.sort()

    def owner(self, at, protocol, local, remote):
        """The (pid, comm) of the last claim before the packet, else of the first one after it."""
        claims = self.by_flow.get((protocol, local, remote)) or self.by_flow.get(
            (protocol, local, 0))
        if not claims:
            return None
        before = [pid for since, pid in claims if since <= at]
        return before[-1] if before else claims[0][1]


def expected(seen, claims):
    """Bytes by ((pid, comm), direction), and the bytes that no process claims."""
    bytes_by_owner, nobody = collections.Counter(), 0
    for packet in seen:
        protocol, source, destination = packet.protocol, packet.source, packet.destination
        for there, key, direction in (
            (packet.outgoing, (source, destination), "tx"),
            (packet.inbound, (destination, source), "rx"),
        ):
            if not there:
                continue
            remote = key[1]
            owner = claims.owner(packet.at, protocol, key[0], remote)
            if owner is None:
                nobody += packet.length
            else:
                bytes_by_owner[owner, direction] += packet.length
    return bytes_by_owner, nobody

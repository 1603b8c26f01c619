"""Sends UDP datagrams in three fragments each, the last one first, from an address to a port."""
import socket
import struct
import sys

source, to, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
PAYLOAD = b"f" * 3000
CUT = 1400
family = socket.AF_INET6 if ":" in source else socket.AF_INET
ends = socket.inet_pton(family, source) + socket.inet_pton(family, to)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(number, offset, more, body):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), number, more << 13 | offset // 8, 64, 17, 0) + ends
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def ipv6(number, offset, more, body):
    return (struct.pack("!IHBB", 6 << 28, 8 + len(body), 44, 64) + ends
            + struct.pack("!BBHI", 17, 0, offset | more, number) + body)


packet = ipv6 if family == socket.AF_INET6 else ipv4
with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as sender:
    if family == socket.AF_INET6:
        sender.setsockopt(socket.IPPROTO_IPV6, 36, 1)  # IPV6_HDRINCL
    for number in range(1, count + 1):
        pseudo = ends + struct.pack("!IHBB", 8 + len(PAYLOAD), 0, 0, 17)
        header = struct.pack("!HHHH", 4000, port, 8 + len(PAYLOAD), 0)
        header = header[:6] + struct.pack("!H", checksum(pseudo + header + PAYLOAD))
        datagram = header + PAYLOAD
        for offset in (2 * CUT, CUT, 0):
            body = datagram[offset:offset + CUT]
            sender.sendto(packet(number, offset, int(offset < 2 * CUT), body), (to, 0))

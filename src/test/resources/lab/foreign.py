"""Sockets with addresses that no interface has, or only just has. Prints a line when it is ready, and one when done."""
import os
import socket
import subprocess
import sys

IP_TRANSPARENT = 19
DATAGRAMS, PAYLOAD = 50, bytes(1000)


def transparent(address, remote, port):
    """Sends datagrams from a foreign address, from one socket after the other."""
    for number in range(DATAGRAMS):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            made.setsockopt(socket.IPPROTO_IP, IP_TRANSPARENT, 1)
            made.bind((address, 30000 + number % 5))
            made.sendto(PAYLOAD, (remote, int(port)))


def added(device, prefix, remote, port):
    """Adds addresses, and sends from each at once."""
    family = socket.AF_INET6 if ":" in prefix else socket.AF_INET
    length, option = ("/64", " nodad") if family == socket.AF_INET6 else ("/24", "")
    with subprocess.Popen(["ip", "-batch", "-"], stdin=subprocess.PIPE) as ip:
        for number in range(DATAGRAMS):
            address = prefix + str(100 + number)
            ip.stdin.write(f"addr add {address}{length} dev {device}{option}\n".encode())
            ip.stdin.flush()
            while True:
                with socket.socket(family, socket.SOCK_DGRAM) as made:
                    try:
                        made.bind((address, 30000))
                        made.sendto(PAYLOAD, (remote, int(port)))
                        break
                    except OSError:
                        pass  # not there yet
        ip.stdin.close()


def tproxy(port):
    """Accepts connections to foreign addresses, and reads and answers each."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.IPPROTO_IP, IP_TRANSPARENT, 1)
        listener.bind(("0.0.0.0", int(port)))
        listener.listen(16)
        print("ready", flush=True)
        while True:
            made, _ = listener.accept()
            while made.recv(65536):
                pass
            made.close()


with open("/proc/self/comm", "w") as comm:
    comm.write("foreign")
{"transparent": transparent, "added": added, "tproxy": tproxy}[sys.argv[1]](*sys.argv[2:])
print("done", flush=True)
sys.stdin.read()

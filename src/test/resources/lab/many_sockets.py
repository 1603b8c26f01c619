"""Opens UDP sockets as an unprivileged user, in several processes, on ports from 40000 on, and holds them until its input ends."""
import os
import resource
import socket
import sys

NOBODY = 65534
MOST = 19_000
FIRST_PORT = 40_000

count = int(sys.argv[1])
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
each = min(MOST, hard - 100)
processes = -(-count // each)
ready, opened = os.pipe()
for process in range(processes):
    if os.fork() == 0:
        os.setresuid(NOBODY, NOBODY, NOBODY)
        held = []
        for number in range(min(each, count - process * each)):
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            made.bind((f"127.1.1.{1 + process}", FIRST_PORT + number))
            held.append(made)
        os.write(opened, b".")
        break
else:
    os.close(opened)
    if all(os.read(ready, 1) for _ in range(processes)):
        print("ready", flush=True)
sys.stdin.read()

"""Stops one thread of a process, and no other, as a hung system call would, until its stdin is closed.

Usage: stop_thread.py PID COMM. Prints "stopped" once the thread of that comm is.
"""

import ctypes
import os
import sys

PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
WALL = 0x40000000

pid, comm = int(sys.argv[1]), sys.argv[2]
tasks = f"/proc/{pid}/task"
tid = next(int(task) for task in os.listdir(tasks) if open(f"{tasks}/{task}/comm").read().strip() == comm)

ptrace = ctypes.CDLL(None, use_errno=True).ptrace
ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
    if ptrace(request, tid, None, None) != 0:
        sys.exit(f"ptrace({request:#x}, {tid}): {os.strerror(ctypes.get_errno())}")
os.waitpid(tid, WALL)
print("stopped", flush=True)
# The kernel lets the thread go on when its tracer ends.
sys.stdin.read()

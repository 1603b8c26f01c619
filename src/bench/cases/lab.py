"""Network namespaces of a case, and the processes that run in them.

A process is a fork of the harness that enters a namespace and runs one Python function. It makes a
claim for each of its sockets: from then on, the packets of that port are its packets. The daemon's
page is compared with the claims.
"""
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

from measure import Tcpdump

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58


class Skip(Exception):
    """The reason why a case cannot run on this machine."""


def run(*words):
    """Runs a command that must succeed and returns its output."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=30)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def need(tool):
    """Skips the case if a program is not installed."""
    if shutil.which(tool) is None:
        raise Skip(f"{tool} is not installed")


def enter(name):
    """Moves this process into a network namespace."""
    with open(f"/run/netns/{name}") as file:
        if LIBC.setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {name}")


class Me:
    """The state of a traffic function: its claims, and the signal that it is ready."""

    def __init__(self, claims, ready):
        self._claims = os.open(claims, os.O_WRONLY | os.O_APPEND)
        self._ready = ready

    def claim(self, protocol, local, remote=0, since=None, pid=None, comm=""):
        """Claims the traffic of a local port (and, unless 0, a remote one) for this process.

        The comm is needed only where a pid is used twice.
        """
        since = time.time() if since is None else since
        line = f"{since:.6f} {pid or os.getpid()} {protocol} {local} {remote} {comm}\n"
        os.write(self._claims, line.encode())

    def ready(self):
        """Lets spawn() return."""
        if self._ready is not None:
            os.close(self._ready)
            self._ready = None


class Namespace:
    """One network namespace with lo up."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        run("ip", "netns", "add", name)
        lab.namespaces.append(self)
        self.sysctl("net/ipv6/conf/all/accept_dad", 0)
        self.sysctl("net/ipv6/conf/default/accept_dad", 0)
        self.ip("link set lo up")

    def ip(self, words):
        return run("ip", "-n", self.name, *words.split())

    def exec(self, *words):
        return run("ip", "netns", "exec", self.name, *words)

    def sysctl(self, name, value):
        self.exec("sh", "-c", f"echo '{value}' > /proc/sys/{name}")

    def address(self, device, *addresses):
        for address in addresses:
            if ":" in address:
                self.ip(f"addr add {address} dev {device} nodad")
            else:
                self.ip(f"addr add {address} broadcast + dev {device}")

    def popen(self, words, **options):
        """Starts a program in this namespace, with the machine's own /sys, as a service has it."""
        process = subprocess.Popen(words, preexec_fn=lambda: enter(self.name), **options)
        self.lab.started.append(process)
        return process

    def spawn(self, function, *arguments):
        """Runs function(me, *arguments) in its own process and returns its pid once it is ready."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._be(function, arguments, writer, reader)
        os.close(writer)
        os.read(reader, 1)  # returns when the child is ready, or exits
        os.close(reader)
        self.lab.children.append(pid)
        return pid

    def _be(self, function, arguments, writer, reader):
        code = 1
        try:
            os.close(reader)
            os.setpgid(0, 0)  # so that its children are killed with it
            enter(self.name)
            signal.alarm(60)
            function(Me(self.lab.claims, writer), *arguments)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)

    def call(self, function, *arguments):
        """Spawns and waits for the end; if the traffic fails, the case fails."""
        self.lab.wait(self.spawn(function, *arguments))


class Lab:
    """Two namespaces joined by a veth pair: near, which is the daemon's, and far."""

    NEAR = {4: "10.78.0.1", 6: "fd78::1"}
    FAR = {4: "10.78.0.2", 6: "fd78::2"}
    count = 0

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="pidflow-accuracy")
        self.claims = os.path.join(self.folder, "claims")
        open(self.claims, "w").close()
        self.namespaces, self.started, self.children = [], [], []
        self.near = self.namespace()
        self.far = self.namespace()
        self.measured = [self.near]
        self.dumps, self.seen = [], []
        self.veth(self.near, "near0", self.far, "far0")
        self.near.address("near0", "10.78.0.1/24", "fd78::1/64")
        self.far.address("far0", "10.78.0.2/24", "fd78::2/64")

    def namespace(self):
        Lab.count += 1
        return Namespace(self, f"pfacc{os.getpid()}n{Lab.count}")

    def veth(self, one, one_name, other, other_name):
        run("ip", "link", "add", one_name, "netns", one.name,
            "type", "veth", "peer", "name", other_name, "netns", other.name)
        one.ip(f"link set {one_name} up")
        other.ip(f"link set {other_name} up")

    def listen(self, namespace, device=None):
        """Starts an independent capture in a namespace, on one interface or on all."""
        file = os.path.join(self.folder, f"{len(self.dumps)}.pcap")
        self.dumps.append(Tcpdump(namespace, file, device))

    def hear(self):
        """Stops the captures and returns all packets they saw."""
        while self.dumps:
            self.seen += self.dumps.pop(0).stop()
        return self.seen

    def wait(self, pid):
        """Waits for a spawned process."""
        _, status = os.waitpid(pid, 0)
        self.children.remove(pid)
        if status:
            raise RuntimeError(f"a traffic process ended with status {status}")

    def close(self):
        for pid in self.children:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
        for namespace in self.namespaces:
            subprocess.run(["ip", "netns", "del", namespace.name], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

"""The two programs under comparison, pidflow and nethogs, with their results and their cost."""
import collections
import os
import re
import shutil
import subprocess
import time
import urllib.request

from lab import enter

# The settings that disable the kernel's event sources, for --events off. The daemon rejects unknown
# settings, so those it does not know are left out; see known_settings().
EVENTS_OFF = (
    "pidflow.ownership.note-creations = off",
    "pidflow.ownership.task-events = off",
    "pidflow.ownership.socket-events = off",
)
SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def known_settings(repository):
    """Those of EVENTS_OFF that exist in this version's reference.conf."""
    path = os.path.join(repository, "src/main/resources/reference.conf")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return [line for line in EVENTS_OFF if f"\n    {line.split()[0].split('.')[-1]} =" in text]


def cpu_seconds(pid):
    """User and system time of a process, from proc(5)."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Page:
    """One scrape of /metrics."""

    def __init__(self, text):
        self.bytes = collections.Counter()
        self.unattributed = collections.Counter()
        self.single = {}
        self.dropped_packets = 0
        for line in text.splitlines():
            match = SAMPLE.match(line)
            if not match:
                continue
            name, labels, value = match[1], dict(LABEL.findall(match[2] or "")), match[3]
            if name == "pidflow_bytes_total":
                pid = int(labels["pid"]) if labels["pid"].isdigit() else 0
                self.bytes[(pid, labels["comm"]), labels["direction"]] += int(float(value))
            elif name == "pidflow_unattributed_bytes_total":
                self.unattributed[labels["reason"]] += int(float(value))
            elif name == "pidflow_capture_dropped_packets_total":
                self.dropped_packets += int(float(value))
            elif not labels:
                self.single[name] = float(value)


def credited(page, before, wanted):
    """Bytes by owner since the previous page, with the comm only where it is needed."""
    named = {pid for (pid, comm), _ in wanted if comm}
    sums = collections.Counter()
    for ((pid, comm), direction), count in (page.bytes - before.bytes).items():
        sums[(pid, comm if pid in named else ""), direction] += count
    return sums


def launched():
    """The environment from config/environment, which ./pidflow and the packages set."""
    repository = os.path.join(os.path.dirname(__file__), "..", "..", "..")
    with open(os.path.join(repository, "config/environment"), encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines) | os.environ


class Pidflow:
    """The daemon in a namespace. Its own scrapes are excluded from its counters."""

    def __init__(self, namespace, repository, settings):
        self.namespace = namespace
        folder = namespace.lab.folder
        config, self.log = os.path.join(folder, "pidflow.conf"), os.path.join(folder, "log")
        with open(config, "w") as file:
            file.write("\n".join([
                'pidflow.web.listen-address = "127.0.0.1:10067"',
                'pidflow.capture.filter = "not tcp port 10067"', *settings, ""]))
        with open(self.log, "w") as log:
            self.process = namespace.popen(
                ["java", f"@{repository}/config/jvm.options", "-jar",
                 f"{repository}/target/pidflow.jar", "run", "--config", config],
                stdout=log, stderr=log, env=launched())
        self._await_ready()
        self.before = self.page()
        self.cpu_before = cpu_seconds(self.process.pid)

    def _await_ready(self):
        deadline = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < deadline:
            with open(self.log) as log:
                if "serves" in log.read():
                    return
            time.sleep(0.1)
        with open(self.log) as log:
            raise RuntimeError("the daemon is not ready:\n" + log.read())

    def page(self):
        """The page, fetched by a separate process inside the namespace."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                enter(self.namespace.name)
                with urllib.request.urlopen("http://127.0.0.1:10067/metrics", timeout=10) as page:
                    with os.fdopen(writer, "wb") as out:
                        out.write(page.read())
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as file:
            text = file.read()
        os.waitpid(pid, 0)
        return Page(text)

    def settle(self, wanted):
        """Polls until every expected byte is attributed or nothing is parked any more."""
        deadline = time.monotonic() + 15
        while True:
            page = self.page()
            waiting = page.single.get("pidflow_parked_bytes", 0) > 0
            right = credited(page, self.before, wanted) == wanted
            if right or time.monotonic() > deadline - (0 if waiting else 13):
                return page
            time.sleep(0.25)

    def cpu(self):
        return cpu_seconds(self.process.pid) - self.cpu_before


class Nethogs:
    """nethogs in trace mode on the same traffic; skipped where it is not installed."""

    LINE = re.compile(r"/(\d+)/\d+\t([\d.e+]+)\t([\d.e+]+)$")

    def __init__(self, namespace):
        self.process = None
        if shutil.which("nethogs") is None:
            return
        self.path = os.path.join(namespace.lab.folder, "nethogs")
        with open(self.path, "w") as out:
            self.process = namespace.popen(
                ["nethogs", "-t", "-C", "-a", "-v", "2", "-d", "1"],
                stdout=out, stderr=subprocess.DEVNULL)
        time.sleep(1)

    def stop(self, wanted):
        """CPU seconds, and the share of the expected bytes that it assigned to the right pid."""
        if self.process is None or self.process.poll() is not None:
            return None, None
        cpu = cpu_seconds(self.process.pid)
        self.process.terminate()
        self.process.wait()
        named = collections.Counter()
        with open(self.path, errors="replace") as file:
            for line in file:
                match = self.LINE.search(line.rstrip("\n"))
                if match:
                    for direction, value in (("tx", match[2]), ("rx", match[3])):
                        key = (int(match[1]), ""), direction
                        named[key] = max(named[key], int(float(value)))
        right = sum(min(count, named[key]) for key, count in wanted.items())
        return cpu, right / max(1, sum(wanted.values()))

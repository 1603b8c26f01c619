"""Runs a command under what a systemd unit allows it, for where systemd is not pid 1. Needs root.

Usage: confine.py UNIT[,DROP_IN...] COMMAND... What it takes from the unit: the capabilities, NoNewPrivileges,
SystemCallFilter, StateDirectory, RestrictAddressFamilies, RestrictNamespaces, ProtectProc, ProtectSystem=strict, ProtectKernelTunables
and ProtectControlGroups; DynamicUser is nobody. Not: the limits, PrivateTmp, PrivateDevices, RestrictRealtime,
RestrictSUIDSGID.
"""

import ctypes
import errno
import os
import re
import socket
import subprocess
import sys

ALLOW, ERRNO, EQUAL, MASKED_EQUAL = 0x7FFF0000, 0x00050000, 4, 7
NAMESPACES = {
    "cgroup": 0x02000000, "ipc": 0x08000000, "net": 0x40000000, "mnt": 0x00020000,
    "pid": 0x20000000, "user": 0x10000000, "uts": 0x04000000,
}  # fmt: skip
WRITABLE = ("/proc", "/dev", "/tmp", "/run")


def settings(units):
    """Every assignment of the service sections, in order."""
    found = []
    for unit in units:
        section = ""
        for line in open(unit):
            if line.startswith("["):
                section = line.strip()
            elif section == "[Service]" and re.match(r"\w+=", line):
                found.append(line.strip().split("=", 1))
    return found


def values(found, name):
    return [value for key, value in found if key == name]


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def protect(found):
    os_unshare(NAMESPACES["mnt"])
    mount("--make-rprivate", "/")
    if values(found, "ProtectSystem") != ["strict"] or values(found, "ProtectKernelTunables") != ["yes"]:
        sys.exit("the unit does not protect the system: then this protects too much")
    mount("--bind", "/tmp", "/tmp")
    # ip netns exec leaves the /sys of the namespace without what every systemd host has.
    mount("-t", "cgroup2", "cgroup2", "/sys/fs/cgroup")
    states = ["/var/lib/" + name for name in values(found, "StateDirectory")]
    if states:
        # The machine's own is not to have it, so here it is another.
        mount("-t", "tmpfs", "tmpfs", "/var/lib")
    for state in states:
        os.mkdir(state, 0o700)
        os.chown(state, 65534, 65534)
    points = [line.split()[4] for line in open("/proc/self/mountinfo")]
    for point in dict.fromkeys(points):
        if not point.startswith(WRITABLE) and not (states and point.startswith("/var/lib")):
            subprocess.run(["mount", "-o", "remount,bind,ro", point], stderr=subprocess.DEVNULL, check=point == "/")
    mount("-t", "proc", "-o", "hidepid=" + values(found, "ProtectProc")[-1], "proc", "/proc")
    mount("--bind", "/proc/sys", "/proc/sys")
    mount("-o", "remount,bind,ro", "/proc/sys")


def os_unshare(flags):
    if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
        sys.exit("unshare: " + os.strerror(ctypes.get_errno()))


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def expanded(names):
    """The calls of a list that may name groups of systemd's."""
    calls = set()
    for name in names:
        if name.startswith("@"):
            lines = subprocess.check_output(["systemd-analyze", "syscall-filter", name], text=True).splitlines()
            calls |= expanded(each for each in map(str.strip, lines[1:]) if each and not each.startswith("#"))
        else:
            calls.add(name)
    return calls


def filtered(found):
    """The calls the unit allows; its first line has to be a list of those allowed."""
    calls = expanded(["@default"])
    for value in values(found, "SystemCallFilter"):
        calls = calls - expanded(value[1:].split()) if value.startswith("~") else calls | expanded(value.split())
    return calls


def load(calls, families, namespaces):
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    seccomp.seccomp_load.argtypes = [ctypes.c_void_p]
    rule = seccomp.seccomp_rule_add_array
    rule.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(Compare)]
    context = seccomp.seccomp_init(ERRNO | errno.EPERM)

    def add(name, *compare, action=ALLOW):
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0 and rule(context, action, number, len(compare), (Compare * len(compare))(*compare)) != 0:
            sys.exit("no rule for " + name)

    forbidden = sum(flag for name, flag in NAMESPACES.items() if name not in namespaces)
    for name in calls - {"socket", "setns", "unshare", "clone", "clone3"}:
        add(name)
    for family in families:
        add("socket", Compare(0, EQUAL, getattr(socket, family), 0))
    # As systemd does: setns(2) with a type that is allowed, clone(2) without a flag that is not; the flags of
    # clone3(2) cannot be seen.
    for name in namespaces:
        add("setns", Compare(1, EQUAL, NAMESPACES[name], 0))
    add("unshare", Compare(0, MASKED_EQUAL, forbidden, 0))
    add("clone", Compare(0, MASKED_EQUAL, forbidden, 0))
    add("clone3", action=ERRNO | errno.ENOSYS)
    if seccomp.seccomp_load(context) != 0:
        sys.exit("the filter cannot be loaded")


def main():
    found = settings(sys.argv[1].split(","))
    if os.environ.pop("CONFINED", None) is None:
        protect(found)
        capabilities = " ".join(values(found, "AmbientCapabilities")).lower().split()
        listed = ",".join("+" + name.removeprefix("cap_") for name in capabilities)
        os.environ["CONFINED"] = "yes"
        os.execvp("setpriv", [
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs",
            "--inh-caps=" + listed, "--ambient-caps=" + listed, "--bounding-set=-all," + listed,
            sys.executable, *sys.argv,
        ])  # fmt: skip
    restricted = values(found, "RestrictNamespaces")[-1]
    families = values(found, "RestrictAddressFamilies")[-1].split()
    load(filtered(found), families, [] if restricted == "yes" else restricted.split())
    os.execvp(sys.argv[2], sys.argv[2:])


main()

"""Case 9: interfaces that are added, removed or changed while a process sends over them."""
import time

from lab import UDP
from registry import case
from sockets import datagrams, paced

SECONDS = 4


def second_link(lab, number=0):
    """One more veth pair, created while the daemon runs."""
    lab.veth(lab.near, f"late{number}", lab.far, f"peer{number}")
    lab.near.address(f"late{number}", f"10.81.{number}.1/24", f"fd81:{number}::1/64")
    lab.far.address(f"peer{number}", f"10.81.{number}.2/24", f"fd81:{number}::2/64")


def there(family, number=0):
    return {4: f"10.81.{number}.2", 6: f"fd81:{number}::2"}[family]


def sender(me, family, address, seconds=SECONDS):
    """An unconnected socket that keeps sending, whatever errors the network returns."""
    with datagrams(family) as made:
        me.claim(UDP, made.getsockname()[1])
        me.ready()
        for _ in paced(200, seconds):
            try:
                made.sendto(b"i" * 300, (address, 5300))
            except OSError:
                pass


def swallow(me, family):
    with datagrams(family, 5300) as made:
        me.ready()
        while True:
            made.recv(2000)


@case("interface-late")
def late(lab, family):
    """An interface is added while the daemon runs, and used at once."""
    lab.far.spawn(swallow, family)
    second_link(lab)
    lab.near.call(sender, family, there(family), 2)


@case("interface-renamed")
def renamed(lab, family):
    """An interface is renamed while a process sends over it."""
    lab.far.spawn(swallow, family)
    pid = lab.near.spawn(sender, family, lab.FAR[family])
    time.sleep(1)
    lab.near.ip("link set near0 name other0")
    lab.wait(pid)


@case("interface-readdressed")
def readdressed(lab, family):
    """An interface gets a second address and loses the first while a process sends."""
    new, old, length = {4: ("10.78.0.7", "10.78.0.1", 24), 6: ("fd78::7", "fd78::1", 64)}[family]
    lab.far.spawn(swallow, family)
    pid = lab.near.spawn(sender, family, lab.FAR[family])
    time.sleep(1)
    lab.near.ip(f"addr del {old}/{length} dev near0")
    lab.near.address("near0", f"{new}/{length}")
    lab.wait(pid)


@case("interface-replaced")
def replaced(lab, family):
    """An interface is deleted and recreated with the same name, three times."""
    lab.far.spawn(swallow, family)
    second_link(lab)
    pid = lab.near.spawn(sender, family, there(family))
    for _ in range(3):
        time.sleep(0.7)
        lab.near.ip("link del late0")
        second_link(lab)
    lab.wait(pid)


@case("interface-moved")
def moved(lab, family):
    """An interface moves to another namespace and back while a process sends over it."""
    lab.far.spawn(swallow, family)
    second_link(lab)
    away = lab.namespace()
    pid = lab.near.spawn(sender, family, there(family))
    time.sleep(1)
    lab.near.ip(f"link set late0 netns {away.name}")
    time.sleep(0.5)
    away.ip(f"link set late0 netns {lab.near.name}")
    lab.near.ip("link set late0 up")
    lab.near.address("late0", "10.81.0.1/24", "fd81:0::1/64")
    lab.wait(pid)

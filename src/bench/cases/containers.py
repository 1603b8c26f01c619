"""Case 8: processes in network namespaces of their own, connected through the daemon's."""
from lab import need
from local import claiming_server
from registry import case
from sockets import ask, paced, serve

BOX = {4: "10.79.0.2", 6: "fd79::2"}
BRIDGE = {4: "10.79.0.1", 6: "fd79::1"}
SECONDS = 3


def box(lab, name="box0"):
    """A third namespace on a bridge in near, with near as its router."""
    made = lab.namespace()
    lab.veth(made, "eth0", lab.near, name)
    lab.near.ip(f"link set {name} master br0")
    made.address("eth0", "10.79.0.2/24", "fd79::2/64")
    made.ip("route add default via 10.79.0.1")
    made.ip("-6 route add default via fd79::1")
    return made


def bridge(lab):
    lab.near.ip("link add br0 type bridge")
    lab.near.ip("link set br0 up")
    lab.near.address("br0", "10.79.0.1/24", "fd79::1/64")
    lab.near.sysctl("net/ipv4/ip_forward", 1)
    lab.near.sysctl("net/ipv6/conf/all/forwarding", 1)
    lab.far.ip("route add 10.79.0.0/24 via 10.78.0.1")
    lab.far.ip("-6 route add fd79::/64 via fd78::1")


def bridged(lab):
    bridge(lab)
    made = box(lab)
    lab.measured = [made]
    return made


def masqueraded(lab):
    need("nft")
    made = bridged(lab)
    lab.near.exec("nft", "add table inet pf; add chain inet pf out { type nat hook postrouting "
                  "priority 100 ; }; add rule inet pf out oifname near0 masquerade")
    return made


def connect_many(me, family, address, port, rate=100, seconds=SECONDS):
    me.ready()
    for _ in paced(rate, seconds):
        ask(me, family, address, port)


@case("container-client", prepare=bridged)
def container_client(lab, family, made):
    """A process in a container on a bridge connects to another host, 100 times a second."""
    lab.far.spawn(serve, family, 8007)
    made.call(connect_many, family, lab.FAR[family], 8007)


@case("container-server", prepare=bridged)
def container_server(lab, family, made):
    """A server in a container with clients on another host."""
    made.spawn(claiming_server, family, 8007)

    def clients(me):
        for _ in paced(100, SECONDS):
            ask(None, family, BOX[family], 8007)

    lab.far.call(clients)


@case("container-to-host", prepare=bridged)
def container_to_host(lab, family, made):
    """A process in a container connects to a server on the host; both are checked."""
    lab.listen(lab.near, "br0")
    lab.near.spawn(claiming_server, family, 8007)
    made.call(connect_many, family, BRIDGE[family], 8007)


@case("container-masquerade", prepare=masqueraded)
def container_masquerade(lab, family, made):
    """A container behind NAT connects to another host."""
    lab.far.spawn(serve, family, 8007)
    made.call(connect_many, family, lab.FAR[family], 8007)


def nothing_yet(lab):
    bridge(lab)
    lab.measured = []


@case("container-short", prepare=nothing_yet)
def container_short(lab, family):
    """A container that starts after the daemon and runs for 3 s with five processes."""
    lab.far.spawn(serve, family, 8007)
    made = box(lab)
    lab.listen(made)
    pids = [made.spawn(connect_many, family, lab.FAR[family], 8007, 20) for _ in range(5)]
    for pid in pids:
        lab.wait(pid)
    lab.hear()  # before the interface is gone
    made.ip("link del eth0")


def macvlan(lab):
    made = lab.namespace()
    lab.near.ip("link add mac0 link near0 type macvlan mode bridge")
    lab.near.ip(f"link set mac0 netns {made.name}")
    made.ip("link set mac0 up")
    made.address("mac0", "10.78.0.3/24", "fd78::3/64")
    lab.measured = [made]
    return made


@case("container-macvlan", prepare=macvlan)
def container_macvlan(lab, family, made):
    """A container on a macvlan of the host's interface."""
    lab.far.spawn(serve, family, 8007)
    made.call(connect_many, family, lab.FAR[family], 8007)


def vxlan(lab):
    for namespace, device, remote, end in ((lab.near, "near0", "10.78.0.2", 1),
                                           (lab.far, "far0", "10.78.0.1", 2)):
        namespace.ip(f"link add vx0 type vxlan id 7 dev {device} remote {remote} dstport 4789")
        namespace.ip("link set vx0 up")
        namespace.address("vx0", f"10.80.0.{end}/24", f"fd80::{end}/64")


@case("vxlan", prepare=vxlan)
def over_vxlan(lab, family):
    """A process talks over a vxlan; outer packets are the kernel's, inner ones the process's."""
    lab.far.spawn(serve, family, 8007)
    lab.near.call(connect_many, family, {4: "10.80.0.2", 6: "fd80::2"}[family], 8007)

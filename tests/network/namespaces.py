"""A small internet of network namespaces: two homes behind NAT routers, and a public network between them.

::

    home a                router a            public               router b                home b
    192.168.1.2 ── 192.168.1.1 203.0.113.11 ── 203.0.113.1 ── 203.0.113.12 192.168.2.1 ── 192.168.2.2
    192.168.3.2 ──── 192.168.3.1 203.0.113.13 ──┘
                        tower

Home a reaches the public network by way of a mobile network's tower, too, when its own line is unplugged.

The public addresses are those of RFC 5737 (documentation), so that they are nobody's; no namespace has a way out of this picture.
Everything is made of names that carry this process's id, and goes away with :meth:`Internet.close`.
"""

import ctypes
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final, Literal

from tests.e2e.deployment import wait_until

PUBLIC_ADDRESS: Final = "203.0.113.1"
TOOLS: Final = ("ip", "ss", "tc", "iptables", "sysctl")

QUEUE_MS: Final = 300
"""How long a packet waits at most before a thin line: longer than at a well-kept router (tens of ms), shorter than at a bloated one (seconds)."""

Side = Literal["a", "b"]
SIDES: Final[tuple[Side, ...]] = ("a", "b")
_NAME: Final = re.compile(r"vc(\d+)-(?:public|router-[ab]|home-[ab]|tower)")


def run(*command: str) -> str:
    """Runs a command to its end; returns its standard output.

    :raises AssertionError: it failed; with what it said.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr or done.stdout}"
    return done.stdout


def why_impossible() -> str | None:
    """Why this machine cannot give us network namespaces with NAT, or ``None`` when it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    probe = f"vc{os.getpid()}-public"
    try:
        run("ip", "netns", "add", probe)
        try:
            inside = ("ip", "netns", "exec", probe)
            # -w: the lock of iptables is the machine's, and other tests may run beside this one.
            run(*inside, "iptables", "-w", "-t", "nat", "-A", "POSTROUTING", "-j", "MASQUERADE")
        finally:
            run("ip", "netns", "del", probe)
    except AssertionError as error:
        return f"this machine gives no network namespaces: {error}"
    return None


class Namespace:
    """One network namespace.

    :param name: as ``ip netns`` knows it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        run("ip", "netns", "add", name)
        self.run("sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv4.ip_forward=0")
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *command: str) -> list[str]:
        """What runs ``command`` in here. ``ip`` replaces itself by it, so the process id is the command's."""
        return ["ip", "netns", "exec", self.name, *command]

    def run(self, *command: str) -> str:
        """Runs a command in here to its end; see :func:`run`."""
        return run(*self.command(*command))

    def iptables(self, *arguments: str) -> None:
        """Changes the packet filter in here."""
        self.run("iptables", "-w", *arguments)

    def listen(self, address: str, port: int) -> socket.socket:
        """A TCP socket that listens in here, for a process that is elsewhere."""
        # The thread stays in here, so it is one of its own.
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(self._listen, address, port).result()

    def _listen(self, address: str, port: int) -> socket.socket:
        # In the standard library from Python 3.12 (os.setns). A socket belongs to the namespace that it was made in.
        with Path(f"/run/netns/{self.name}").open("rb") as file:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(file.fileno(), 0) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return socket.create_server((address, port))

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Within this context the processes in here stand still, as on a machine that sleeps."""
        pids = _stop(self)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def close(self) -> None:
        """Ends the processes that are still in here and takes the namespace away, with its links."""
        _remove(self.name)


class Router(Namespace):
    """A home router: it masquerades, and lets nothing in that was not asked for.

    Each destination sees another port of it (“address and port dependent mapping”, RFC 4787, section 4.1), as in many company and
    mobile networks: what STUN finds out is then of no use to others, and only a relay connects.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        self.iptables(*self._nat("-A"), "--random-fully")
        # Dropped, not refused: an early packet of the other side must leave no trace that a mapping would have to avoid.
        state = ("-m", "conntrack", "!", "--ctstate", "ESTABLISHED,RELATED")
        for chain in ("INPUT", "FORWARD"):
            self.iptables("-A", chain, "-i", "wan", *state, "-j", "DROP")

    @staticmethod
    def _nat(change: str) -> tuple[str, ...]:
        return ("-t", "nat", change, "POSTROUTING", "-o", "wan", "-j", "MASQUERADE")

    @contextmanager
    def keeping_ports(self) -> Iterator[None]:
        """Within this context new connections keep their port, as with most home routers: peers can punch holes."""
        self.iptables(*self._nat("-I"))
        try:
            yield
        finally:
            self.iptables(*self._nat("-D"))

    @contextmanager
    def _filtering(self, *rules: tuple[str, ...]) -> Iterator[None]:
        for rule in rules:
            self.iptables("-I", "FORWARD", *rule)
        try:
            yield
        finally:
            for rule in rules:
                self.iptables("-D", "FORWARD", *rule)

    def losing(self, share: float) -> AbstractContextManager[None]:
        """Within this context the line loses that share (0 to 1) of its packets at random, in each direction."""
        return self._filtering(
            ("-m", "statistic", "--mode", "random", "--probability", f"{share}", "-j", "DROP"),
        )

    def without_udp(self) -> AbstractContextManager[None]:
        """Within this context no UDP passes, as in many company networks."""
        return self._filtering(("-p", "udp", "-j", "DROP"))

    def without_media(self, turn_port: int) -> AbstractContextManager[None]:
        """Within this context neither UDP passes nor TCP to the TURN server's port: only the server can be reached."""
        return self._filtering(
            ("-p", "udp", "-j", "DROP"), ("-p", "tcp", "--dport", f"{turn_port}", "-j", "DROP")
        )

    def can_be_thin(self) -> bool:
        """Whether this kernel can hold packets back; see :meth:`thin`."""
        try:
            with self.thin(1_000):
                return True
        except AssertionError:
            return False

    @contextmanager
    def thin(self, kilobits: int) -> Iterator[None]:
        """Within this context so many kilobits a second fit through the line, in each direction.

        What does not fit waits in a queue, for :data:`QUEUE_MS` at most; what does not fit in there is dropped (tc-tbf(8)). Afterwards what
        still waits arrives.
        """
        # A bucket for one packet: what has not been sent for a while does not pass at once. The smallest queue holds two.
        limit = max(3_200, kilobits * 1_000 * QUEUE_MS // 8_000)
        queue = ("root", "tbf", "burst", "1600b", "limit", f"{limit}b", "rate")
        ends = ("wan", "lan")
        with ExitStack() as shaped:
            for end in ends:
                self.run("tc", "qdisc", "add", "dev", end, *queue, f"{kilobits}kbit")
                shaped.callback(self.run, "tc", "qdisc", "del", "dev", end, "root")
            yield
            for end in ends:
                self.run("tc", "qdisc", "change", "dev", end, *queue, "1gbit")
            wait_until(lambda: not any(map(self._waiting, ends)), "nothing waits before the line")

    def _waiting(self, end: str) -> int:
        """How many bytes wait at that end of the line."""
        (told,) = json.loads(self.run("tc", "-json", "-statistics", "qdisc", "show", "dev", end, "root"))
        backlog: int = told["backlog"]
        return backlog

    def cut(self) -> AbstractContextManager[None]:
        """Within this context nothing passes, and nobody is told."""
        return self._filtering(
            ("-j", "DROP"),
        )


class Internet:
    """The picture above."""

    def __init__(self) -> None:
        prefix = f"vc{os.getpid()}"
        _remove_leftovers()
        self._made: list[Namespace] = []
        self.routers: dict[Side, Router] = {}
        self.homes: dict[Side, Namespace] = {}
        try:
            self.public = Namespace(f"{prefix}-public")
            self._made.append(self.public)
            self.public.run("ip", "link", "add", "street", "type", "bridge")
            self.public.run("ip", "address", "add", f"{PUBLIC_ADDRESS}/24", "dev", "street")
            self.public.run("ip", "link", "set", "street", "up")
            for number, side in enumerate(SIDES, 1):
                self.routers[side] = Router(f"{prefix}-router-{side}")
                self._made.append(self.routers[side])
                self.homes[side] = Namespace(f"{prefix}-home-{side}")
                self._made.append(self.homes[side])
                self._connect(self.homes[side], "lan", self.routers[side], f"door-{side}", number)
            self._tower = Router(f"{prefix}-tower")
            self._made.append(self._tower)
            self._connect(self.homes["a"], "mobile", self._tower, "door-tower", 3)
            self.homes["a"].run("ip", "link", "set", "mobile", "down")
        except BaseException:
            self.close()
            raise

    def _connect(self, home: Namespace, plug: str, router: Router, door: str, number: int) -> None:
        _link(router, "wan", self.public, door)
        self.public.run("ip", "link", "set", door, "master", "street")
        router.run("ip", "address", "add", f"203.0.113.{10 + number}/24", "dev", "wan")
        _link(home, plug, router, "lan")
        router.run("ip", "address", "add", f"192.168.{number}.1/24", "dev", "lan")
        home.run("ip", "address", "add", f"192.168.{number}.2/24", "dev", plug)
        if plug == "lan":
            home.run("ip", "route", "add", "default", "via", f"192.168.{number}.1")

    @contextmanager
    def unplugged(self) -> Iterator[None]:
        """Within this context home a is on no network, and knows it, as a phone that has left its Wi-Fi."""
        with self._only("lan", up=False):
            yield

    @contextmanager
    def mobile(self) -> Iterator[None]:
        """Within this context home a is on the mobile network; see :meth:`unplugged`."""
        with self._only("mobile", up=True):
            yield

    @contextmanager
    def _only(self, plug: str, up: bool) -> Iterator[None]:
        home, gateway = self.homes["a"], {"lan": "192.168.1.1", "mobile": "192.168.3.1"}[plug]

        def switch(on: bool) -> None:
            home.run("ip", "link", "set", plug, "up" if on else "down")
            if on:
                home.run("ip", "route", "add", "default", "via", gateway)

        switch(up)
        try:
            yield
        finally:
            switch(not up)

    @contextmanager
    def asleep(self, side: Side) -> Iterator[None]:
        """Within this context that home's machine sleeps: nothing in it runs, and nothing gets there.

        Unlike in a real sleep its clocks go on, so that what is overdue happens when it wakes.
        """
        with self.homes[side].stopped(), self.routers[side].cut():
            yield

    @contextmanager
    def moved(self, side: Side) -> Iterator[None]:
        """Within this context that home has another address, as a laptop that has changed from one Wi-Fi to another."""
        number = SIDES.index(side) + 1
        home, gateway = self.homes[side], f"192.168.{number}.1"
        old, new = (f"192.168.{number}.{last}/24" for last in (2, 3))

        def change(address: str) -> None:
            home.run("ip", "address", "flush", "dev", "lan")
            home.run("ip", "address", "add", address, "dev", "lan")
            home.run("ip", "route", "add", "default", "via", gateway)

        change(new)
        try:
            yield
        finally:
            change(old)

    def close(self) -> None:
        """Takes everything away."""
        while self._made:
            self._made.pop().close()


def _link(one: Namespace, one_end: str, other: Namespace, other_end: str) -> None:
    """A cable between two namespaces, plugged in at both ends."""
    one.run("ip", "link", "add", one_end, "type", "veth", "peer", "name", other_end, "netns", other.name)
    one.run("ip", "link", "set", one_end, "up")
    other.run("ip", "link", "set", other_end, "up")


def _stop(namespace: Namespace) -> set[int]:
    """Stops the processes in the namespace, those that are started meanwhile included; returns their ids."""
    stopped: set[int] = set()
    while new := {int(pid) for pid in run("ip", "netns", "pids", namespace.name).split()} - stopped:
        for pid in new:
            with suppress(ProcessLookupError):  # It ended by itself meanwhile.
                os.kill(pid, signal.SIGSTOP)
                stopped.add(pid)
    return stopped


def _remove(name: str) -> None:
    for pid in run("ip", "netns", "pids", name).split():
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            continue  # It ended by itself meanwhile.
    run("ip", "netns", "del", name)


def _remove_leftovers() -> None:
    """Takes away what a run left that was killed before it could clean up. One at a time: another may be about to do the same."""
    with (Path(tempfile.gettempdir()) / "videochat-networks.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for line in run("ip", "netns", "list").splitlines():
            known = _NAME.match(line)
            if known and not Path(f"/proc/{known[1]}").exists():
                _remove(known[0])

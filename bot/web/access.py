"""Who may use the page: host names, the password, sessions, and how often somebody may try."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

SESSION_SECONDS: Final = 12 * 3600
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.IGNORECASE)
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_CLIENTS: Final = 4096
"""Addresses that are remembered; the one that was quiet the longest is forgotten first."""
_ENDED: Final = 4096
"""Sessions that were ended early and are remembered until they would have ended anyway."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `burst` at once, and `per_second` after that."""

    burst: int
    per_second: float


API: Final = Rate(burst=120, per_second=20)
"""Requests of one client; a person who types sends a few a second."""
ATTEMPTS: Final = Rate(burst=5, per_second=0.1)
"""Wrong passwords of one client."""


class Buckets:
    """One bucket a client, of bounded memory."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Take a token: 0 if there was one, else the seconds until there is."""
        left = self._fill(client)
        wait = 0.0 if left >= 1 else (1 - left) / self._rate.per_second
        self._left[client] = (left if wait else left - 1, self._clock())
        self._left.move_to_end(client)
        if len(self._left) > _CLIENTS:
            self._left.popitem(last=False)
        return wait

    def wait(self, client: str) -> float:
        """Seconds until there is a token; takes none."""
        left = self._fill(client)
        return 0.0 if left >= 1 else (1 - left) / self._rate.per_second

    def _fill(self, client: str) -> float:
        left, at = self._left.get(client, (float(self._rate.burst), self._clock()))
        return min(float(self._rate.burst), left + (self._clock() - at) * self._rate.per_second)


class Access:
    """The rules of one running page.  Without a password it answers to names of this computer alone."""

    def __init__(
        self,
        password: str | None = None,
        allowed_hosts: Iterable[str] = (),
        *,
        rate: Rate = API,
        attempts: Rate = ATTEMPTS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` tells seconds, for sessions that end."""
        self._password = _digest(password) if password else None
        self._hosts = frozenset(host.casefold() for host in allowed_hosts)
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._ended: dict[str, int] = {}
        self.requests: Final = Buckets(rate)
        self.attempts: Final = Buckets(attempts)

    @property
    def protected(self) -> bool:
        """Whether a password is needed."""
        return self._password is not None

    def serves(self, host: str) -> bool:
        """Whether a Host header names this page.

        A name that only leads here by a trick of the name service (DNS rebinding) does not; an
        address can not be rebound, and beyond it the password stands.
        """
        found = _HOST.fullmatch(host)
        if not found:
            return False
        name = found[1].casefold()
        return name in _LOOPBACK or (self.protected and (name in self._hosts or _is_address(name)))

    def sends_from(self, origin: str) -> bool:
        """Whether an Origin header names this page."""
        try:
            return self.serves(urlsplit(origin).netloc)
        except ValueError:
            return False

    def is_password(self, given: str) -> bool:
        """Whether that is the password, in a time that tells nothing about it."""
        return self._password is not None and hmac.compare_digest(_digest(given), self._password)

    def new_session(self) -> str:
        """A signed note that says until when its bearer is signed in.  It ends with the process, too."""
        until = f"{int(self._clock()) + SESSION_SECONDS}.{secrets.token_urlsafe(12)}"
        return f"{until}.{self._sign(until)}"

    def is_session(self, note: str) -> bool:
        """Whether a note was signed here and still holds."""
        until, _, signature = note.rpartition(".")
        if not hmac.compare_digest(self._sign(until).encode(), signature.encode("utf-8", "replace")):
            return False
        return until not in self._ended and _end_of(until) > self._clock()

    def end_session(self, note: str) -> None:
        """Let a session end now, wherever its note was copied to."""
        if self.is_session(note):
            now, until = self._clock(), note.rpartition(".")[0]
            lasting = [(ended, end) for ended, end in self._ended.items() if end > now]
            self._ended = dict(lasting[-_ENDED + 1 :]) | {until: _end_of(until)}

    def _sign(self, text: str) -> str:
        signed = hmac.digest(self._key, text.encode("utf-8", "replace"), "sha256")
        return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this computer."""
    return host.casefold() in ("localhost", "127.0.0.1", "::1")


def names_loopback(host: str) -> bool:
    """The same of a Host header."""
    found = _HOST.fullmatch(host)
    return found is not None and found[1].casefold() in _LOOPBACK


def client_of(address: str | None) -> str:
    """What counts as one client: an address, or the network that one household gets in IPv6."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _end_of(until: str) -> int:
    return int(until.partition(".")[0])


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()

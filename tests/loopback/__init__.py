"""A Discord of one's own on this machine: REST and gateway, for tests and for a look from outside."""

from __future__ import annotations

from tests.loopback.faults import Faults
from tests.loopback.server import Exchange, LoopbackDiscord, Recorded

__all__ = ["Exchange", "Faults", "LoopbackDiscord", "Recorded"]

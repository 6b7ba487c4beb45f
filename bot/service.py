"""The running bot: Discord, the local page, and the health check, in one process."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from bot import __version__, logs
from bot.core.expert import Expert
from bot.core.reply import Reply
from bot.insights import Insights
from bot.locales import Language, say
from bot.metrics import Metrics
from bot.reload import Library
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.discordapp.status import Monitor

_log = logging.getLogger(__name__)

_ARENA_MAX: Final = -8
"""What glibc's malloc.h calls M_ARENA_MAX."""
HEALTH_TIMEOUT: Final = 5.0
"""Seconds that `health` waits: an event loop that does not answer by then is not alive."""


def run(settings: Settings, library: Library) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code."""
    _spare_memory()
    logs.set_up(settings.log_level, settings.log_format, settings.secrets())
    report_errors(settings)
    return asyncio.run(_Service(settings, library).run())


def _spare_memory() -> None:
    """Let all threads share one heap: each of its own would keep what a load of the knowledge has left in it."""
    with suppress(OSError, AttributeError, TypeError):  # there is no such thing beside glibc
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def report_errors(settings: Settings) -> None:
    """Send errors to a service that speaks Sentry's protocol, if one is set: no text, no names, no variables."""
    if settings.sentry_dsn is None:
        return
    try:
        import sentry_sdk
        from sentry_sdk.integrations.logging import LoggingIntegration
    except ImportError:
        _log.error("SENTRY_DSN is set, but sentry-sdk is not installed: pip install sentry-sdk")
        return
    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        release=__version__,
        include_local_variables=False,
        max_breadcrumbs=0,
        default_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
        traces_sample_rate=0.0,
    )


def sync(settings: Settings, expert: Expert, guild: int | None) -> int:
    """Register the slash commands; returns the exit code."""
    from bot.discordapp.app import sync_commands
    from bot.discordapp.errors import CannotStart

    try:
        print(asyncio.run(sync_commands(settings, expert, guild)))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def health(settings: Settings) -> int:
    """Ask the running bot how it is; 0 if it is well."""
    url = f"{_address(settings)}health"
    # The check stays on this machine: no proxy from the environment.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=HEALTH_TIMEOUT) as response:
            print(response.read(4096).decode("utf-8", "replace"))
            return 0
    except urllib.error.HTTPError as error:
        print(error.read(4096).decode("utf-8", "replace"), file=sys.stderr)
    except OSError as error:
        print(f"nothing answers at {url}: {getattr(error, 'reason', error)}", file=sys.stderr)
    return 1


def is_running(settings: Settings) -> bool:
    """Whether a bot answers at the page's address, well or not."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(f"{_address(settings)}health", timeout=HEALTH_TIMEOUT).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _address(settings: Settings) -> str:
    """Where the page is for somebody on this computer."""
    # Where it listens on every address, one of them is this computer's own.
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.web_host, settings.web_host)  # noqa: S104
    host = f"[{name}]" if ":" in name else name
    return f"http://{host}:{settings.web_port}/"


class _Service:
    def __init__(self, settings: Settings, library: Library) -> None:
        self._settings = settings
        self._library = library
        self._insights = Insights()
        self._metrics = Metrics(library, self._insights)
        self._monitors: list[Monitor] = self._metrics.monitors
        self._stop = asyncio.Event()

    async def run(self) -> int:
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, self._stop.set)
        from bot.web import Access, ServeError, make_app, serve

        password = self._settings.web_password
        secret = password.get_secret_value() if password else None
        access = Access(secret, (self._settings.web_host, *self._settings.web_allowed_hosts))
        app = make_app(
            self._library, status=self._status, access=access, insights=self._insights, numbers=self._metrics.render
        )
        try:
            runner = await serve(app, self._settings.web_host, self._settings.web_port)
        except ServeError as error:
            print(error, file=sys.stderr)
            return 1
        watching = asyncio.create_task(self._library.watch(), name="library-watch")
        try:
            return await self._serve()
        finally:
            watching.cancel()
            await runner.cleanup()

    async def _serve(self) -> int:
        settings = self._settings
        language: Language = "hi" if settings.reply_language == "hi" else "en"
        if self._serves_page():
            print(say(language, "terminal.web.serving", url=_address(settings)), flush=True)
        if settings.discord_token is None:
            print(say(language, "terminal.web.no_token"), flush=True)
            await self._stop.wait()
            return 0
        from bot.community.community import Community
        from bot.discordapp.app import serve as serve_discord
        from bot.discordapp.errors import CannotStart
        from bot.division import Division
        from bot.store import Store, StoreError

        address = settings.database_url
        try:
            store = Store(address.get_secret_value()) if address else Store.in_directory(settings.data_dir)
            community = Community(store)
            await community.prepare()
        except StoreError as error:
            print(error, file=sys.stderr)
            return 1
        self._metrics.community = community
        keeping = asyncio.create_task(community.run(), name="community")
        try:
            await serve_discord(
                settings,
                lambda: self._library.expert,
                stop=self._stop,
                on_start=self._started,
                on_reply=self._replied,
                community=community,
                division=Division.of(settings.shard_count, settings.shard_ids, settings.shards_most),
            )
        except CannotStart as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await community.close()
        return 0

    def _serves_page(self) -> bool:
        return self._settings.discord_token is None or self._settings.web_enabled

    def _started(self, monitor: Monitor) -> None:
        self._monitors[:] = [other for other in self._monitors if not other.over]
        self._monitors.append(monitor)

    def _replied(self, reply: Reply, elapsed_ms: float | None) -> None:
        self._insights.record(reply, surface="discord", elapsed_ms=elapsed_ms)

    def _status(self) -> Mapping[str, object]:
        """What /health tells; "healthy" decides."""
        base = self._library.expert.base
        about: dict[str, object] = {"questions": len(base.questions), "concepts": len(base.concepts)}
        if self._settings.discord_token is None:
            return about | {"healthy": True, "discord": None}
        shards = {monitor.shard: monitor.status() for monitor in self._monitors if not monitor.over}
        if not shards:
            return about | {"healthy": False, "discord": {"connected": False}}
        healthy = all(status.healthy for status in shards.values())
        told: dict[str, object] = asdict(next(iter(shards.values())))
        if len(shards) > 1 or self._settings.shard_count > 1:
            told = {"shards": {str(shard): asdict(status) for shard, status in sorted(shards.items())}}
        return about | {"healthy": healthy, "discord": told}

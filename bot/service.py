"""The running bot: Discord, the local page, and the health check, in one process."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from bot.core.expert import Expert
from bot.locales import Language, say
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.discordapp.status import Monitor

_log = logging.getLogger(__name__)

HEALTH_TIMEOUT: Final = 5.0
"""Seconds that `health` waits: an event loop that does not answer by then is not alive."""


def run(settings: Settings, expert: Expert) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return asyncio.run(_Service(settings, expert).run())


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
    host = f"[{settings.web_host}]" if ":" in settings.web_host else settings.web_host
    url = f"http://{host}:{settings.web_port}/health"
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


class _Service:
    def __init__(self, settings: Settings, expert: Expert) -> None:
        self._settings = settings
        self._expert = expert
        self._monitor: Monitor | None = None
        self._stop = asyncio.Event()

    async def run(self) -> int:
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, self._stop.set)
        from bot.web.server import ServeError, make_app, serve

        app = make_app(lambda: self._expert, status=self._status)
        try:
            runner = await serve(app, self._settings.web_host, self._settings.web_port)
        except ServeError as error:
            print(error, file=sys.stderr)
            return 1
        try:
            return await self._serve()
        finally:
            await runner.cleanup()

    async def _serve(self) -> int:
        settings = self._settings
        language: Language = "hi" if settings.reply_language == "hi" else "en"
        if self._serves_page():
            url = f"http://{settings.web_host}:{settings.web_port}/"
            print(say(language, "terminal.web.serving", url=url), flush=True)
        if settings.discord_token is None:
            print(say(language, "terminal.web.no_token"), flush=True)
            await self._stop.wait()
            return 0
        from bot.discordapp.app import serve as serve_discord
        from bot.discordapp.errors import CannotStart

        try:
            await serve_discord(settings, self._expert, stop=self._stop, on_start=self._started)
        except CannotStart as error:
            print(error, file=sys.stderr)
            return 1
        return 0

    def _serves_page(self) -> bool:
        return self._settings.discord_token is None or self._settings.web_enabled

    def _started(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def _status(self) -> Mapping[str, object]:
        """What /health tells; "healthy" decides."""
        base = self._expert.base
        about: dict[str, object] = {"questions": len(base.questions), "concepts": len(base.concepts)}
        if self._settings.discord_token is None:
            return about | {"healthy": True, "discord": None}
        if self._monitor is None:
            return about | {"healthy": False, "discord": {"connected": False}}
        status = self._monitor.status()
        return about | {"healthy": status.healthy, "discord": asdict(status)}

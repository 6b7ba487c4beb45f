"""The Discord client: what it listens to, how it starts and how it stops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.community.community import Community
from bot.core.expert import Expert, LanguageChoice
from bot.discordapp import endpoint, errors, gateway, sync
from bot.discordapp.desk import NO_PINGS, Desk, OnReply, Source
from bot.discordapp.errors import CannotStart, brief
from bot.discordapp.intake import Intake
from bot.discordapp.manners import Pace
from bot.discordapp.permissions import Overrides
from bot.discordapp.shards import Carrier, wait_for_slot
from bot.discordapp.status import Monitor
from bot.discordapp.transport import Transport, Unreadable
from bot.discordapp.ui import controls, panel, review
from bot.discordapp.words import Translator, language_of
from bot.division import Division
from bot.locales import say
from bot.store import Store

_log = logging.getLogger(__name__)

LONGEST_RATE_LIMIT: Final = 60.0
"""Seconds; a request that would have to wait longer fails instead."""
REGISTERING: Final = 20.0
"""Seconds after which the bot starts to answer without its commands being registered."""
REVOKED: Final = (
    "Discord does not accept the token any more: copy it again from the developer portal (Bot → Reset Token) "
    "into DISCORD_TOKEN, and start the bot again."
)
INTENT_REFUSED: Final = (
    "Discord refuses an intent that the bot asks for (code 4014): open the application in the developer portal, "
    "and under Bot → Privileged Gateway Intents switch on Message Content Intent, or set READ_MESSAGES=false."
)


class Secret(Protocol):
    """A value that does not print itself."""

    def get_secret_value(self) -> str:
        """The value."""


class DiscordSettings(Protocol):
    """What this package needs to know from outside."""

    @property
    def discord_token(self) -> Secret | None:
        """The bot's token."""

    @property
    def discord_api_base(self) -> str:
        """Address of the REST interface, with its version."""

    @property
    def discord_gateway_url(self) -> str:
        """Address of the gateway."""

    @property
    def data_dir(self) -> Path:
        """Where a few small files may be kept."""

    @property
    def reply_language(self) -> LanguageChoice:
        """The language of answers where nobody chose one; auto is that of the question."""

    @property
    def read_messages(self) -> bool:
        """Whether to ask Discord for the text of messages, for the channels that servers want watched."""


def intents(*, read_messages: bool = False) -> discord.Intents:
    """Guilds and messages; the text of messages that do not mention the bot only with `read_messages`."""
    wanted = discord.Intents.none()
    wanted.guilds = wanted.guild_messages = wanted.dm_messages = True
    wanted.message_content = read_messages
    return wanted


class Tree(app_commands.CommandTree["Bot"]):
    """The command tree with one place for everything that goes wrong."""

    async def on_error(self, interaction: discord.Interaction[Bot], error: app_commands.AppCommandError, /) -> None:
        """Tell the person and the log; nothing a person types may stop the bot."""
        if interaction.type is discord.InteractionType.autocomplete:
            _log.error("interaction %s: no suggestions", interaction.id, exc_info=error)
            return
        await errors.report(interaction, error)

    async def interaction_check(self, interaction: discord.Interaction[Bot], /) -> bool:
        """Whether it is this person's turn; suggestions while typing are no questions."""
        if interaction.type is not discord.InteractionType.application_command:
            return True
        private = interaction.guild_id is None or bool(getattr(interaction.namespace, "private", False))
        channel = None if private else interaction.channel_id
        wait = interaction.client.pace.wait(interaction.user.id, channel)
        if wait is None:
            return True
        whose, seconds = wait
        await errors.tell(interaction, say(language_of(interaction), f"discord.busy.{whose}", seconds=seconds))
        return False


class Bot(commands.Bot):
    """The client.  Mentions and direct messages go to a cog: there are no prefix commands."""

    def __init__(
        self,
        expert: Source,
        *,
        data_dir: Path | None = None,
        language: LanguageChoice = "auto",
        community: Community | None = None,
        read_messages: bool = False,
        shard: tuple[int, int] | None = None,
    ) -> None:
        """A client that is not connected yet.

        `shard` is the number of this one and how many there are.  `read_messages` asks Discord for the
        privileged intent that watching channels needs.  Without `community` nothing that people add is
        kept, and they are told so.
        """
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=intents(read_messages=read_messages),
            allowed_mentions=NO_PINGS,
            # Nothing is looked up later, so nothing is kept.
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=LONGEST_RATE_LIMIT,
            shard_id=shard[0] if shard else None,
            shard_count=shard[1] if shard else None,
        )
        self.community = community or Community(Store.nowhere())
        self.desk = Desk(self, expert, self.community, language)
        self.pace = Pace()
        self.overrides = Overrides(self.tree)
        self.monitor = Monitor(self, self.pace.refused)
        self.intake = Intake(self)
        self.desk.busy = lambda: self.intake.busy
        self.transport = Transport(self)
        self._data_dir = data_dir

    async def setup_hook(self) -> None:
        """Called once, after login and before the gateway: load the cogs, register what is new."""
        self.transport.patient = True
        await self.load()
        if self._data_dir is not None:
            await self._register(self._data_dir)

    async def load(self) -> None:
        """Everything that needs no connection."""
        # Not at the top: cogs import this module.
        from bot.discordapp.cogs import EXTENSIONS, insights, privacy

        await self.tree.set_translator(Translator())
        self.add_dynamic_items(*controls.ALL, *panel.ALL, *review.ALL, *privacy.CONTROLS, *insights.CONTROLS)
        # Not as extensions of the library: those are executed anew for each client of a process.
        for name in EXTENSIONS:
            await import_module(name).setup(self)

    async def connect(self, *, reconnect: bool = True) -> None:  # noqa: ARG002 - the library's signature
        """Be connected until the bot is closed, or Discord refuses it."""
        state = self._connection
        state.parsers = self.intake.guard(state.parsers)
        await gateway.stay_connected(self)

    async def before_identify_hook(self, _shard_id: int | None, *, initial: bool = False) -> None:
        """Called before a session begins."""
        if self.shard_count is not None and self.shard_count > 1:
            await wait_for_slot(self.community)
        elif not initial:
            await asyncio.sleep(gateway.IDENTIFY_PAUSE)

    async def close(self) -> None:
        """Let go of everything."""
        self.desk.close()
        await super().close()

    async def on_message(self, message: discord.Message, /) -> None:
        """No prefix commands; the mentions cog listens for itself."""

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """An event that failed is logged and the bot goes on."""
        _log.exception("event %s failed", event_method)

    async def _register(self, data_dir: Path) -> None:
        """A bot whose commands can not be registered now still answers mentions."""
        try:
            async with asyncio.timeout(REGISTERING):
                if await sync.register_if_changed(self.tree, data_dir):
                    _log.info("slash commands have changed and were registered")
        except Exception as error:
            # Whatever it is: it is tried again at the next start, and by `sync`.
            _log.error("slash commands could not be registered: %s", brief(error))


async def serve(
    settings: DiscordSettings,
    expert: Source,
    *,
    stop: asyncio.Event | None = None,
    on_start: Callable[[Monitor], None] | None = None,
    on_reply: OnReply | None = None,
    community: Community | None = None,
    division: Division | None = None,
) -> None:
    """Run the bot until `stop` is set or the task is cancelled; the connection is closed properly.

    `expert` may be a function that gives the expert of the moment.  `on_start` is called after each
    login (one a shard), with what tells about the bot's health; `on_reply` with every reply that a person
    gets.  `community` is what people add; whoever opened it closes it.  With a `division` into more than
    one shard, this process carries those that it may and that no other process carries.

    Raises:
        CannotStart: the token is wrong, or Discord can not be reached.
    """
    endpoint.use(settings.discord_api_base, settings.discord_gateway_url)
    known = community or Community(Store.nowhere())
    stop = stop or asyncio.Event()

    def made(shard: tuple[int, int] | None) -> Bot:
        bot = Bot(
            expert,
            # One registers the commands for all.
            data_dir=settings.data_dir if shard is None or shard[0] == 0 else None,
            language=settings.reply_language,
            community=known,
            read_messages=settings.read_messages,
            shard=shard,
        )
        bot.desk.on_reply = on_reply
        return bot

    if division is None or division.count == 1:
        await _live(made(None), settings, stop, on_start)
        return

    async def carry(shard: int, stop: asyncio.Event) -> None:
        await _live(made((shard, division.count)), settings, stop, on_start)

    await Carrier(division, known, carry).run(stop)


async def _live(
    bot: Bot, settings: DiscordSettings, stop: asyncio.Event, on_start: Callable[[Monitor], None] | None
) -> None:
    """One client from login to the end."""
    async with bot:
        await _login(bot, settings)
        if on_start is not None:
            on_start(bot.monitor)
        running = asyncio.create_task(bot.connect(), name="discord-gateway")
        stopping = asyncio.create_task(stop.wait(), name="discord-stop")
        refused = asyncio.create_task(bot.transport.refused.wait(), name="discord-refused")
        watching = asyncio.create_task(bot.monitor.run(), name="event-loop-monitor")
        try:
            ended, _ = await asyncio.wait({running, stopping, refused}, return_when=asyncio.FIRST_COMPLETED)
            if ended == {stopping}:
                await bot.intake.finish()
            await bot.close()
            if refused in ended:
                raise CannotStart(REVOKED)
            if running in ended:
                await _ended(running)
        finally:
            for task in (tasks := (running, stopping, refused, watching)):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def sync_commands(settings: DiscordSettings, expert: Expert, guild_id: int | None = None) -> str:
    """Register the slash commands now, for everybody or for one server; one sentence tells how it went.

    Raises:
        CannotStart: the token is wrong, Discord can not be reached, or it refused the commands.
    """
    endpoint.use(settings.discord_api_base, settings.discord_gateway_url)
    async with Bot(expert) as bot:
        await _login(bot, settings)
        try:
            count = await sync.register(bot.tree, settings.data_dir, guild_id=guild_id)
        except (discord.HTTPException, app_commands.AppCommandError) as error:
            raise CannotStart(f"Discord did not take the commands: {brief(error)}") from error
    where = f"in server {guild_id}" if guild_id is not None else "everywhere"
    return f"Registered {count} commands {where}."


async def _login(bot: Bot, settings: DiscordSettings) -> None:
    """Log in, or say in one sentence why not."""
    token = settings.discord_token.get_secret_value().strip() if settings.discord_token else ""
    if not token:
        raise CannotStart("There is no Discord token: set DISCORD_TOKEN.")
    bot.transport.install()
    try:
        await bot.login(token)
    except discord.LoginFailure as error:
        raise CannotStart(
            "Discord does not accept the token: copy it again from the developer portal (Bot → Reset Token) "
            "into DISCORD_TOKEN."
        ) from error
    except discord.HTTPException as error:
        raise CannotStart(f"Discord answered the login with an error ({error.status}): {brief(error)}") from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise CannotStart(f"Discord can not be reached at {settings.discord_api_base}: {brief(error)}") from error
    except discord.RateLimited as error:
        raise CannotStart(f"Discord limits the rate of logins: wait {error.retry_after:.0f} seconds.") from error
    except (Unreadable, LookupError, TypeError, ValueError) as error:
        raise CannotStart(f"What answers at {settings.discord_api_base} is not Discord: {brief(error)}") from error


async def _ended(running: asyncio.Task[None]) -> None:
    """Let the gateway task finish; a reason that nobody can mend by waiting becomes a sentence."""
    try:
        await running
    except discord.ConnectionClosed as error:
        known = {4004: REVOKED, 4014: INTENT_REFUSED}
        said = known.get(error.code, f"Discord closed the connection for good (code {error.code}).")
        raise CannotStart(said) from error

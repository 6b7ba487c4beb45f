"""Run the loopback Discord by itself:  python -m tests.loopback [--port 8090] [--token T]

Then point a bot at it with the settings that are printed, and be its user with curl:

    curl -d '{"command": "help"}' http://127.0.0.1:8090/loopback/slash
    curl -d '{"content": "<@BOT> hello"}' http://127.0.0.1:8090/loopback/say
    curl http://127.0.0.1:8090/loopback/requests
"""

from __future__ import annotations

import argparse
import asyncio

from tests.loopback.server import LoopbackDiscord
from tests.loopback.world import BOT


async def _main() -> None:
    parser = argparse.ArgumentParser(description="A Discord of one's own on this machine.")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--token", default="loopback-token")
    given = parser.parse_args()
    async with LoopbackDiscord(token=given.token) as server:
        await server.stop()
        await server.start(port=given.port)
        print(f"DISCORD_TOKEN={server.token}")
        print(f"DISCORD_API_BASE={server.api_base}")
        print(f"DISCORD_GATEWAY_URL={server.gateway_url}")
        print(f"# mention the bot as <@{BOT}>", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())

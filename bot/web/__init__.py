"""The local page and its interface for programs: the same core, in a browser."""

from bot.web.access import Access
from bot.web.server import ServeError, make_app, serve

__all__ = ["Access", "ServeError", "make_app", "serve"]

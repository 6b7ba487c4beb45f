"""The local page: the same core, in a browser on this computer."""

from bot.web.server import ServeError, make_app, serve

__all__ = ["ServeError", "make_app", "serve"]

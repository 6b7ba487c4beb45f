"""What can be wrong with the database, in two kinds."""

from __future__ import annotations


class StoreError(Exception):
    """The database can not be used as it is set; the text is for the owner."""


class StoreUnavailable(Exception):  # noqa: N818 - read aloud in `except StoreUnavailable`
    """What was to be read or written now could not be; nothing was changed."""

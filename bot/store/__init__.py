"""What a community adds and decides, kept in SQLite or PostgreSQL; see `Store`.

Nothing of it is needed to answer a question: whoever calls must be ready for `StoreUnavailable`.
"""

from bot.store.engine import Store
from bot.store.errors import StoreError, StoreUnavailable

__all__ = ["Store", "StoreError", "StoreUnavailable"]

"""Pictures of what a reply tells: a neighbourhood, a path, a table.  They know no platform.

What is to be seen (`neighbourhood`, `path`, `comparison`) becomes a `scene` of boxes, texts and
arrows, which `draw` makes into a PNG.  Nothing here loads the drawing library before the first picture.
"""

from __future__ import annotations

from bot.pictures.gallery import Gallery, Picture

__all__ = ["Gallery", "Picture"]

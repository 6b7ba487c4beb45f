"""Everything from a text to a reply: pure, in memory, and of no platform."""

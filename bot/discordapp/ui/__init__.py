"""From a Reply to what Discord shows; nothing here knows where a reply came from."""

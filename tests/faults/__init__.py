"""Discord's bad days: what the real client does when the other side fails."""

"""What a community adds, and how it is kept in hand: live settings, counts, proposals; no Discord."""

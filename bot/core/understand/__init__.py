"""What a person wrote, read."""

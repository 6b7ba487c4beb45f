"""Small programs for those who work on the bot; none of them is part of it."""

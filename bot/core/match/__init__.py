"""From a question that was understood to the entries that could answer it."""

"""A bot that answers questions from a curated, sourced, bilingual knowledge base."""

__version__ = "0.1.0"

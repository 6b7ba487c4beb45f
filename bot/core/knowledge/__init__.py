"""The curated content: its shape, its files, its rules."""

from bot.core.knowledge.base import KnowledgeBase
from bot.core.knowledge.load import default_directory, load
from bot.core.knowledge.problems import KnowledgeError, Problem

__all__ = ["KnowledgeBase", "KnowledgeError", "Problem", "default_directory", "load"]

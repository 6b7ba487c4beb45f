"""Tests of bot/core: the real thing, no mocks."""

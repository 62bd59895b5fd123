"""Tests of voyant.config.rules."""

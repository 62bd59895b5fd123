"""Tests of voyant.config.load."""

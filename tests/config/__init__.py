"""Tests of voyant.config; the tree mirrors the package."""

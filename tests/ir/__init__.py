"""Tests of voyant.ir."""

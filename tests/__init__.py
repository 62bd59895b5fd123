"""Tests, named as the packages that they are about."""

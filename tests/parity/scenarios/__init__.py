"""Scenarios: one module a configuration, each with a `GROUP`."""

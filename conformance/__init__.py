"""Suites that others wrote, run through the proxy: `make conformance`."""

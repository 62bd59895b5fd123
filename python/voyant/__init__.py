"""Voyant: an L4/L7 proxy that takes Envoy's configuration unchanged."""

__version__ = "0.1.0"

__all__ = ["__version__"]

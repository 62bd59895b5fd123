"""The version as Envoy shows its own."""

from voyant import __version__

ENVOY_VERSION = "1.40.0"
VERSION = f"{'0' * 40}/{ENVOY_VERSION}-voyant.{__version__}/Clean/RELEASE/none"
"""In the shape of Envoy's: revision/version/state of the sources/build/TLS library."""

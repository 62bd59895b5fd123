"""The rules that Envoy's API states about its fields (`validate.rules`), applied to messages."""

from voyant.config.rules.walk import validate

__all__ = ["validate"]

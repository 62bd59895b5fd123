"""Envoy v3 configuration to the IR: loading, checking, translating."""

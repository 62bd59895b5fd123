"""The same configuration and scripted traffic on a real Envoy and on Voyant: see README.md."""

"""Voyant beside Envoy, nginx and HAProxy under the same load in one run; stdlib only.

`python -m bench` is `make bench`, `python -m bench.scale` is `make bench-scale`. The method and
its reasons are in docs/performance.md. All traffic stays on loopback.
"""

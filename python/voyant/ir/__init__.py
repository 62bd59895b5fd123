"""The IR as Python sees it: generated from crates/ir, never written by hand."""

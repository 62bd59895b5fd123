"""What `make conformance` makes of what the suites say."""

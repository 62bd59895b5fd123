"""The request-smuggling corpus: bytes that two parsers might read differently."""

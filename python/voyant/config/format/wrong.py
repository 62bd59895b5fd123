"""What is wrong with an operator."""


class Wrong(ValueError):
    """An operator that cannot be: what is wrong, and what was expected."""

    def __init__(self, message: str, expected: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.expected = expected
        self.hint = hint

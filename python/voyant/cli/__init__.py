"""The command ``voyant``."""


def main() -> int:
    """Run the command line; returns the exit code."""
    from voyant.cli.main import main as run

    return run()

"""``python -m voyant`` is the command ``voyant``."""

import sys

from voyant.cli import main

if __name__ == "__main__":
    sys.exit(main())

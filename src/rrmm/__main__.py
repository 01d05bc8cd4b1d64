"""``python -m rrmm`` is the command ``rrmm``."""

import sys

from rrmm.cli import main

sys.exit(main())

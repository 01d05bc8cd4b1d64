"""``python -m rrmm`` is the command ``rrmm``."""

import sys

from rrmm.cli.main import main

sys.exit(main())

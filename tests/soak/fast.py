"""`python -m edge`, allowed to look at more frames a second than config.yaml may ask for: for the soak alone."""

import sys

from edge.__main__ import main
from edge.config import rules

for key in ("max_fps", "idle_fps"):
    rules.RULES["pace"][key] = rules.number(0.1, 1000, "frames a second")

if __name__ == "__main__":
    sys.exit(main())

"""`python -m edge`, allowed to look at more frames a second than config.yaml may ask for: for the soak alone."""

import sys
from types import MappingProxyType

from edge.__main__ import main
from edge.config import PaceConfig, kinds, options

for key in ("max_fps", "idle_fps"):
    allowed = MappingProxyType({"option": options.Option(kinds.number(0.1, 1000), "")})
    PaceConfig.__dataclass_fields__[key].metadata = allowed

if __name__ == "__main__":
    sys.exit(main())

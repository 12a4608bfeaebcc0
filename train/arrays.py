"""One name for NumPy's arrays; what shape and type each has stands in the docstrings."""

from typing import Any, TypeAlias

import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

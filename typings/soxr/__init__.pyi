from typing import Any

from numpy.typing import NDArray

def resample(x: NDArray[Any], in_rate: float, out_rate: float, quality: str = "HQ") -> NDArray[Any]: ...

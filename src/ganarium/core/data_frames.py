"""Conversion of columns to pandas data frames."""

from collections.abc import Mapping, Sequence
from typing import Any

from ganarium.core.errors import UsageError


def data_frame(columns: Mapping[str, Any], index: Sequence[Any] | None = None) -> Any:
    """Return columns of equal length as a pandas data frame. Raises `UsageError` if pandas is not installed."""
    try:
        import pandas
    except ImportError:
        raise UsageError("data frames need pandas; run: pip install pandas") from None
    return pandas.DataFrame(dict(columns), index=index)

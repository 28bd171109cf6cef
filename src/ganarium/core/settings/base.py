"""The base of data sets' settings."""

from ganarium.core.frozen import Config

MAX_COUNT = 10_000_000


class DataSettings(Config):
    """Settings of one data set; `kind` is its name in the catalog."""

    kind: str

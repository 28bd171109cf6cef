"""The bases of settings that live in several modules."""

from ganarium.core.frozen import Config

MAX_COUNT = 10_000_000


class DataSettings(Config):
    """Settings of one data set; `kind` is its name in the catalog."""

    kind: str


class RemedySettings(Config):
    """Settings of one remedy."""

    def seen(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of what the discriminator sees where pictures, or points, have this one."""
        return shape

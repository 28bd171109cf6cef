"""Registry of user-defined metrics; the scores that ganarium defines are in `evaluation`."""

from dataclasses import dataclass
from typing import Literal, cast

from ganarium.config.base import Config
from ganarium.config.registry import Entry, Registry

Better = Literal["real", "lower", "higher"]
Takes = Literal["features", "images"]
DIRECTIONS: dict[Better, str] = {
    "real": "best at the value for real data",
    "lower": "lower is better",
    "higher": "higher is better",
}


@dataclass(frozen=True)
class MetricEntry(Entry[Config]):
    """A registered metric: a function of real and of generated rows.

    better: which values are better; "real" for values near that of real data
    takes: whether its arguments are features [n, d] or images [n, C, H, W]
    source: hash of its code and values, so that only scores of the same function are compared
    """

    better: Better = "real"
    takes: Takes = "features"
    source: str = ""

    @property
    def full_name(self) -> str:
        """Return the name under which its values are recorded."""
        return f"{self.name}-{self.source}"

    @property
    def note(self) -> str:
        """Return the description of its values."""
        return f"{self.line.rstrip('.')}, {DIRECTIONS[self.better]}"


METRICS: Registry[Config] = Registry("metric")


def own_metrics(takes: Takes | None = None) -> list[MetricEntry]:
    """Return all registered metrics, or only those that take the given arguments."""
    metrics = cast(list[MetricEntry], [*METRICS.values()])
    return [metric for metric in metrics if takes in (None, metric.takes)]


def metric_names() -> list[str]:
    """Return the names under which the values of all registered metrics are recorded."""
    return sorted(metric.full_name for metric in own_metrics())

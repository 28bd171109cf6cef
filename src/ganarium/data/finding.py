"""The result type of data checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class DataFinding:
    """A fault or a noteworthy property of a data set, found by a data check.

    name: type of the finding, such as "one-label" or "copies"
    grave: whether the fault impairs training or the scores
    text: one sentence with the measured value and the threshold
    advice: the fix
    value: the measured value
    examples: at most 8 files or images, such as "cats/7.png" or "image 17"
    reasons: the names of all affected files, each mapped to the reason, where known
    """

    name: str
    grave: bool
    text: str
    advice: str
    value: float
    examples: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """Return the finding in one line."""
        examples = f" (for example {', '.join(self.examples)})" if self.examples else ""
        return f"{self.text}{examples}: {self.advice}"

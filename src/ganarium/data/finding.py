"""The result type of data checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class DataFinding:
    """A fault of a data set, or a property worth knowing.

    name: its type, such as "one-label" or "copies"
    grave: whether it impairs training or the scores
    text: one sentence with the number and its threshold
    advice: the fix
    value: the number
    examples: at most 8 files or images, such as "cats/7.png" or "image 17"
    reasons: the fault of each file, for all files, by name, where it is known
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

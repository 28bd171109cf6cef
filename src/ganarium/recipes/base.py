"""The `Recipe` class."""

from collections.abc import Callable
from dataclasses import dataclass

from ganarium.config.experiment import Experiment


@dataclass(frozen=True)
class Recipe:
    """A named experiment with its source.

    choices: our choices where the source does not say
    """

    name: str
    line: str
    source: str
    choices: tuple[str, ...]
    build: Callable[[], Experiment]

    def experiment(self) -> Experiment:
        """Return the experiment, with the name of the recipe in it."""
        return self.build().model_copy(update={"recipe": self.name})

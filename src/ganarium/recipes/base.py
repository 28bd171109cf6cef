"""What a recipe is."""

from collections.abc import Callable
from dataclasses import dataclass

from ganarium.config.experiment import Experiment


@dataclass(frozen=True)
class Recipe:
    """A named Experiment, where it comes from, and what its source left open.

    choices: what we chose because the source does not say
    """

    name: str
    line: str
    source: str
    choices: tuple[str, ...]
    build: Callable[[], Experiment]

    def experiment(self) -> Experiment:
        """The experiment, signed with the recipe's name."""
        return self.build().model_copy(update={"recipe": self.name})

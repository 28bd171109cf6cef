"""The `Recipe` class: a named experiment and the publication on which the experiment is based."""

from collections.abc import Callable
from dataclasses import dataclass

from ganarium.config.experiment import Experiment


@dataclass(frozen=True)
class Recipe:
    """A named experiment and the publication on which the experiment is based.

    choices: our choices where the source leaves something open
    """

    name: str
    line: str
    source: str
    choices: tuple[str, ...]
    build: Callable[[], Experiment]

    def experiment(self) -> Experiment:
        """Build the experiment, and record the name of the recipe in the settings."""
        return self.build().model_copy(update={"recipe": self.name})

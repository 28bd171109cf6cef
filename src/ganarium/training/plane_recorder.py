"""Recording of snapshots of the plane while a run trains; a failure stops the recording, never the training."""

import logging
from collections.abc import Sequence
from typing import final

from ganarium.core.errors import RunError, failure
from ganarium.data.datasets import PointSet, Source
from ganarium.runs.directory import Run
from ganarium.runs.plane_files import save_real_points, save_snapshot
from ganarium.training.games.base import Game
from ganarium.training.games.two_player import TwoPlayerGame
from ganarium.training.plane import REAL, Plane, rounded, snapshot
from ganarium.training.remedies.base import Remedy
from ganarium.training.remedies.gradient_normalization import GradientNormalization
from ganarium.training.sampler import Sampler
from ganarium.training.torch_defaults import settings_kept, torch_defaults
from ganarium.training.translator import Translations


@final
class PlaneRecorder:
    """Writes a snapshot of a run on points in the plane at each call; does nothing for other runs."""

    def __init__(self, run: Run, source: Source, game: Game, remedies: Sequence[Remedy]) -> None:
        self._run, self._source, self._game = run, source, game
        self._remedies = [remedy for remedy in remedies if isinstance(remedy, GradientNormalization)]
        self._plane: Plane | None = None
        self.active = isinstance(source, PointSet) and source.shape == (2,) and isinstance(game, TwoPlayerGame)

    def record(self, sampler: Sampler | Translations) -> None:
        """Write the snapshot of the sampler's step. Raises `RunError` if the file cannot be written."""
        if not self.active or not isinstance(sampler, Sampler):
            return
        try:
            with settings_kept(), torch_defaults():
                self._write(sampler)
        except RunError:
            raise
        except Exception as error:  # parts of users may fail on other points than those of training
            self.active = False
            logging.getLogger("ganarium").warning(
                "%s: the networks are not recorded in the plane any more: %s", self._run, failure(error)
            )

    def _write(self, sampler: Sampler) -> None:
        assert isinstance(self._source, PointSet)
        assert isinstance(self._game, TwoPlayerGame)
        if self._plane is None:
            self._plane = Plane(self._source)
        save_real_points(self._run.path, rounded(self._plane.real[:REAL]))
        game, experiment = self._game, self._run.experiment
        values = snapshot(sampler, self._plane, experiment, game.objective, game.logits, self._remedies)
        save_snapshot(self._run.path, sampler.step, values)

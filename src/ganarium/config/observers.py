"""Registry of observers that a run records in its settings, so that they also observe it when it is resumed."""

from pydantic import Field

from ganarium.config.base import Config
from ganarium.config.registry import Entry, Registry


class ObserverConfig(Config):
    """Base settings of an observer, which never change training."""


class CsvTablesConfig(ObserverConfig):
    """Tables of losses and scores as CSV files in the run directory."""


class TrackioConfig(ObserverConfig):
    """Logging to a Trackio project."""

    project: str = Field("ganarium", min_length=1, description="Trackio project")
    space: str = Field("", description="Hugging Face Space to log to; empty for a database on this machine")


class MlflowConfig(ObserverConfig):
    """Logging to an MLflow experiment."""

    experiment: str = Field("ganarium", min_length=1, description="MLflow experiment")
    uri: str = Field("", description="address of the tracking server or database; empty for MLflow's default")


OBSERVERS: Registry[ObserverConfig] = Registry(
    "observer",
    Entry(
        "csv", "tables of losses and scores in the run directory", "", CsvTablesConfig, "training.trackers:CsvTracker"
    ),
    Entry(
        "trackio", "losses, scores and sample grids in Trackio", "", TrackioConfig, "training.trackers:TrackioTracker"
    ),
    Entry("mlflow", "losses, scores and sample grids in MLflow", "", MlflowConfig, "training.trackers:MlflowTracker"),
)

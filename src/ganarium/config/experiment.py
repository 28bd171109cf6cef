"""The `Experiment` model: all settings of one training run, as immutable data."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, cast

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, field_validator, model_validator

from ganarium.config.base import Before, Config, DataConfig, Formerly, RemedyConfig
from ganarium.config.datasets import DATA
from ganarium.config.games import GAMES, GameConfig, SynthesisConfig
from ganarium.config.given import GivenAugmentConfig, settings_of_parts
from ganarium.config.layers import DiscriminatorConfig, GeneratorConfig
from ganarium.config.networks import DISCRIMINATORS, GENERATORS
from ganarium.config.objectives import OBJECTIVES, NonSaturatingConfig, ObjectiveConfig
from ganarium.config.observers import OBSERVERS, ObserverConfig
from ganarium.config.optimizers import OPTIMIZERS, AdamConfig, OptimizerConfig
from ganarium.config.registry import OneOf, Registry, TableOf
from ganarium.config.remedies import REMEDIES
from ganarium.config.updates import UPDATES, AlternatingConfig, UpdateConfig

FORMAT = 1
Kernels = Literal["auto", "default", "onednn"]
Precision = Literal["auto", "fp32", "bf16", "tf32"]
MOST_ONE_PLAYER_STEPS = 10_000  # for each player; a run's file lists them all
ONE_PLAYER = ("discriminator_only", "generator_only")  # settings of TrainConfig
Steps = Annotated[tuple[NonNegativeInt, ...], Field(max_length=MOST_ONE_PLAYER_STEPS)]


class TrainConfig(Config):
    """Training budget and batch size; training ends when `steps` or `seconds` is reached, whichever comes first."""

    steps: PositiveInt | None = Field(None, description="total number of generator updates")
    seconds: PositiveFloat | None = Field(None, description="total training time, over all sessions")
    batch: int = Field(128, ge=1, le=65_536, description="batch size, m in Algorithm 1")
    horizon: PositiveInt | None = Field(
        None,
        description="step at which schedules end, unless their own settings end them earlier; by default, the value of "
        "train.steps when the run was created",
    )
    discriminator_only: Steps = Field(
        (),
        description="steps at which only the discriminator is updated; `ganarium steer` adds them; the first step is 0",
    )
    generator_only: Steps = Field(
        (), description="steps at which only the generator is updated; `ganarium steer` adds them; the first step is 0"
    )

    @field_validator(*ONE_PLAYER)
    @classmethod
    def _in_order(cls, steps: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted({*steps}))

    @model_validator(mode="after")
    def _updates_a_player(self) -> Self:
        if both := {*self.discriminator_only} & {*self.generator_only}:
            raise ValueError(f"discriminator_only and generator_only both contain step {min(both)}; remove it from one")
        return self

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.steps is None and self.seconds is None:
            raise ValueError("training needs a limit; set train.steps or train.seconds")
        return self


class RecordConfig(Config):
    """Intervals of logging, sampling, evaluation and checkpoints, in steps unless the name contains `seconds`."""

    log_every: Annotated[PositiveInt, Formerly("every")] = Field(
        100, description="steps between log entries, which contain means over these steps"
    )
    sample_every: Annotated[NonNegativeInt, Formerly("samples")] = Field(
        1000, description="steps between sample grids; 0 disables sample grids"
    )
    evaluate_every: Annotated[NonNegativeInt, Formerly("scores")] = Field(
        0, description="steps between evaluations; 0 evaluates only at the end"
    )
    monitor_every: Annotated[NonNegativeInt, Formerly("looks")] = Field(
        500, description="steps between diagnostic snapshots; 0 disables snapshots"
    )
    monitor_early: Annotated[bool, Before(False), Formerly("early_looks")] = Field(
        True, description="take snapshots more often in the first 2,500 steps, starting with every 25 steps"
    )
    checkpoint_seconds: PositiveFloat = Field(
        20.0, description="seconds between checkpoints; a crash loses at most this much training time"
    )
    keep_last: int = Field(2, ge=2, description="number of most recent checkpoints to keep")
    keep_every: NonNegativeInt = Field(
        10_000, description="steps between checkpoints that are kept permanently; 0 keeps none"
    )


class EngineConfig(Config):
    """Device, threads and precision; automatic values are resolved once, before step 0, and recorded in the run."""

    device: str = Field("auto", description="auto, cpu, cuda or cuda:N")
    threads: NonNegativeInt = Field(0, description="number of CPU threads; 0 uses all idle cores")
    kernels: Kernels = Field(
        "auto",
        description="library for matrix products; onednn is faster on some processors; auto benchmarks both if onednn "
        "is exact; runs recorded before this setting existed use default",
    )
    precision: Precision = Field(
        "auto",
        description="precision of products and activations; weights, sums and losses are always fp32; auto means "
        "fp32, or tf32 on CUDA; runs recorded before this setting existed use fp32",
    )
    compile: Literal["auto", "no", "yes"] = Field(
        "auto",
        description="whether to compile training steps; auto benchmarks compilation if training would take half an "
        "hour or more and a compiler is installed; runs recorded before this setting existed use no",
    )

    @field_validator("precision", mode="before")
    @classmethod
    def _is_no_half(cls, precision: object) -> object:
        if precision == "fp16":
            raise ValueError(
                "fp16 degrades training severely (Huang et al. 2024, R3GAN, arXiv 2501.05441); use bf16 or fp32"
            )
        return precision

    @field_validator("device")
    @classmethod
    def _is_a_device(cls, device: str) -> str:
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", device):
            raise ValueError(f"unknown device {device!r}; choose auto, cpu, cuda or cuda:N")
        return device


class Experiment(Config):
    """All settings of one training run."""

    format: Literal[1] = 1
    recipe: str = Field("", pattern=r"^[\w-]*$", description="recipe that the experiment is based on")
    seed: int = Field(0, ge=0, lt=2**63)
    data: Annotated[DataConfig, OneOf(DATA)]
    game: Annotated[GameConfig, OneOf(GAMES)] = SynthesisConfig()
    generator: Annotated[GeneratorConfig, OneOf(GENERATORS)]
    discriminator: Annotated[DiscriminatorConfig, OneOf(DISCRIMINATORS)]
    objective: Annotated[ObjectiveConfig, OneOf(OBJECTIVES)] = NonSaturatingConfig()
    update: Annotated[UpdateConfig, OneOf(UPDATES)] = AlternatingConfig()
    latents: Literal["fresh", "shared"] = Field(
        "fresh",
        description="whether the generator's update uses new latents or the latents of the discriminator's update",
    )
    optim: Annotated[OptimizerConfig, OneOf(OPTIMIZERS)] = AdamConfig()
    remedies: Annotated[dict[str, RemedyConfig], TableOf(REMEDIES)] = Field(default_factory=dict)
    augment: GivenAugmentConfig | None = Field(
        None, description="function passed from Python that augments each training batch of real samples"
    )
    observers: Annotated[dict[str, ObserverConfig], TableOf(OBSERVERS)] = Field(default_factory=dict)
    train: TrainConfig
    record: RecordConfig = RecordConfig()
    engine: EngineConfig = EngineConfig()

    @field_validator("augment", mode="before")
    @classmethod
    def _is_from_python(cls, augment: Any) -> Any:
        if augment is None or isinstance(augment, Mapping | GivenAugmentConfig):
            return augment
        raise ValueError("pass a function of a batch of samples, or a module, to ganarium.train as augment=…")

    @model_validator(mode="after")
    def _schedule_has_a_horizon(self) -> Self:
        if self.train.steps is None and self.train.horizon is None:
            remedies = {f"remedies.{name}": remedy.scheduled for name, remedy in self.remedies.items()}
            for part, scheduled in {"optim": self.optim.scheduled, **remedies}.items():
                for setting, value in scheduled.items():
                    raise ValueError(f"{part}.{setting}={value} needs a horizon; set train.steps or train.horizon")
        return self

    def replace(self, **settings: Any) -> Self:
        """Return the experiment with changed settings, for example `replace(optim={"lr": 1e-3})`.

        An empty dict changes nothing. Networks, losses and remedies may be objects, as in `ganarium.train`.

        Raises `SettingsError` for an unknown or invalid setting.
        """
        from ganarium.config.overrides import override  # which imports this module

        return cast(Self, override(self, settings=settings_of_parts(settings)))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy in which the fields of `update` are replaced as a whole; unlike pydantic's, it is validated.

        Raises `SettingsError` for an unknown or invalid setting.
        """
        from ganarium.config.overrides import experiment_from  # which imports this module

        return super().model_copy(deep=deep) if not update else cast(Self, experiment_from({**dict(self), **update}))

    @property
    def horizon(self) -> int:
        """Return the step at which schedules end, or 0 if no such step is set."""
        return self.train.horizon or self.train.steps or 0


def _accept_new_entries() -> None:
    Experiment.model_rebuild(force=True)


Registry.changed = staticmethod(_accept_new_entries)

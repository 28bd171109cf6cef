"""The `Experiment` model: all settings of one training run, as frozen data."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, field_validator, model_validator

from ganarium.config.base import Before, Config, DataConfig, Formerly, RemedyConfig, ScheduledConfig
from ganarium.config.datasets import DATA
from ganarium.config.games import GAMES, GameConfig, SynthesisConfig
from ganarium.config.layers import DiscriminatorConfig, GeneratorConfig
from ganarium.config.networks import DISCRIMINATORS, GENERATORS
from ganarium.config.objectives import OBJECTIVES, NonSaturatingConfig, ObjectiveConfig
from ganarium.config.optimizers import OPTIMIZERS, AdamConfig, OptimizerConfig
from ganarium.config.registry import OneOf, TableOf
from ganarium.config.remedies import REMEDIES
from ganarium.config.updates import UPDATES, AlternatingConfig, UpdateConfig

FORMAT = 1
Kernels = Literal["auto", "default", "onednn"]
Precision = Literal["auto", "fp32", "bf16", "tf32"]


class TrainConfig(Config):
    """Training budget and batch size; training ends when `steps` or `seconds` is reached, whichever comes first."""

    steps: PositiveInt | None = Field(None, description="generator updates in all")
    seconds: PositiveFloat | None = Field(None, description="time spent training, over all sittings")
    batch: int = Field(128, ge=1, le=65_536, description="pictures in a batch, m in Algorithm 1")
    horizon: PositiveInt | None = Field(
        None, description="step at which schedules end; train.steps at birth unless given"
    )

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.steps is None and self.seconds is None:
            raise ValueError("needs an end: give train.steps or train.seconds")
        return self


class RecordConfig(Config):
    """Intervals of logging, samples, scores and checkpoints, in steps unless named in seconds."""

    log_every: Annotated[PositiveInt, Formerly("every")] = Field(
        100, description="steps over which the logged means are taken"
    )
    sample_every: Annotated[NonNegativeInt, Formerly("samples")] = Field(
        1000, description="steps between sample grids; 0 for none"
    )
    evaluate_every: Annotated[NonNegativeInt, Formerly("scores")] = Field(
        0, description="steps between evaluations; 0 for a single one at the end"
    )
    monitor_every: Annotated[NonNegativeInt, Formerly("looks")] = Field(
        500, description="steps between snapshots for the diagnosis; 0 for none"
    )
    monitor_early: Annotated[bool, Before(False), Formerly("early_looks")] = Field(
        True, description="take snapshots more often in the first 2,500 steps, every 25 steps at the start"
    )
    checkpoint_seconds: PositiveFloat = Field(20.0, description="seconds between checkpoints: the most a crash costs")
    keep_last: int = Field(2, ge=2, description="number of newest checkpoints to keep")
    keep_every: NonNegativeInt = Field(
        10_000, description="checkpoints at multiples of this step are never deleted; 0 for none"
    )


class EngineConfig(Config):
    """Device, threads and precision; open values are resolved once, before step 0, and recorded in the run."""

    device: str = Field("auto", description="auto, cpu, cuda or cuda:N")
    threads: NonNegativeInt = Field(0, description="processor threads; 0 leaves alone the cores that other work uses")
    kernels: Kernels = Field(
        "auto",
        description="whose matrix products: onednn has exact ones that are faster on some processors; auto tries both, "
        "and runs older than this setting have default",
    )
    precision: Precision = Field(
        "auto",
        description="of products and of what passes between layers; weights, their sums and losses are fp32. auto is "
        "fp32, on CUDA tf32; runs older than this setting have fp32",
    )
    compile: Literal["auto", "no", "yes"] = Field(
        "auto",
        description="whether the operations of a step are fused; auto tries it where half an hour and more is "
        "expected and a compiler is there; runs older than this setting have no",
    )

    @field_validator("precision", mode="before")
    @classmethod
    def _is_no_half(cls, precision: object) -> object:
        if precision == "fp16":
            raise ValueError("fp16 cripples training (Huang et al. 2024, R3GAN, arXiv 2501.05441); use bf16 or fp32")
        return precision

    @field_validator("device")
    @classmethod
    def _is_a_device(cls, device: str) -> str:
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", device):
            raise ValueError(f"there is no device {device!r}; there are: auto, cpu, cuda, cuda:N")
        return device


class Experiment(Config):
    """All settings of one training run."""

    format: Literal[1] = 1
    recipe: str = Field("", pattern=r"^[\w-]*$", description="the recipe it is based on")
    seed: int = Field(0, ge=0, lt=2**63)
    data: Annotated[DataConfig, OneOf(DATA)]
    game: Annotated[GameConfig, OneOf(GAMES)] = SynthesisConfig()
    generator: Annotated[GeneratorConfig, OneOf(GENERATORS)]
    discriminator: Annotated[DiscriminatorConfig, OneOf(DISCRIMINATORS)]
    objective: Annotated[ObjectiveConfig, OneOf(OBJECTIVES)] = NonSaturatingConfig()
    update: Annotated[UpdateConfig, OneOf(UPDATES)] = AlternatingConfig()
    latents: Literal["fresh", "shared"] = Field(
        "fresh", description="whether the generator's update sees new noise or the discriminator's"
    )
    optim: Annotated[OptimizerConfig, OneOf(OPTIMIZERS)] = AdamConfig()
    remedies: Annotated[dict[str, RemedyConfig], TableOf(REMEDIES)] = Field(default_factory=dict)
    train: TrainConfig
    record: RecordConfig = RecordConfig()
    engine: EngineConfig = EngineConfig()

    @model_validator(mode="after")
    def _schedule_has_a_horizon(self) -> Self:
        scheduled = {name: remedy for name, remedy in self.remedies.items() if isinstance(remedy, ScheduledConfig)}
        schedules = {f"remedies.{name}": remedy.schedule for name, remedy in scheduled.items()}
        for part, schedule in {"optim": self.optim.schedule, **schedules}.items():
            if schedule != "constant" and self.train.steps is None and self.train.horizon is None:
                raise ValueError(f"{part}.schedule={schedule} needs a horizon: give train.steps or train.horizon")
        return self

    @property
    def horizon(self) -> int:
        """Return the step at which schedules end (0 if the run has none)."""
        return self.train.horizon or self.train.steps or 0

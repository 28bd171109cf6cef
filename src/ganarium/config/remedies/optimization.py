"""Settings of remedies that change the players' updates and weights."""

from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from ganarium.config.base import MAX_COUNT, Before, Formerly, RemedyConfig, ScheduledConfig
from ganarium.config.registry import Entry


class OptimismConfig(RemedyConfig):
    """Add the difference between each player's current and previous step to its update."""

    strength: float = Field(1.0, ge=0, le=1, description="0 leaves the run as it is, 1 is the paper's")


OPTIMISM = Entry(
    "optimism",
    "damps the players' circling; one copy of both",
    "Daskalakis et al. 2018, Algorithm 1 (arXiv 1711.00141)",
    OptimismConfig,
    "training.remedies.optimism:Optimism",
    {"strength": 0.0},
)


class WeightClippingConfig(RemedyConfig):
    """Clip each of the discriminator's weights to a bound."""

    bound: PositiveFloat = Field(0.01, allow_inf_nan=True, description="largest size; inf leaves the run as it is")


WEIGHT_CLIPPING = Entry(
    "weight_clipping",
    "bounds a critic's slope crudely; no cost",
    "Arjovsky, Chintala, Bottou 2017, Algorithm 1 (arXiv 1701.07875)",
    WeightClippingConfig,
    "training.remedies.weight_clipping:WeightClipping",
    {"bound": float("inf")},
)


class HistoricalAveragingConfig(ScheduledConfig):
    """Pull each player towards the mean of its past weights."""

    weight: NonNegativeFloat = Field(1e-3, description="weight; the loss is λ ‖θ − mean of θ‖²")


HISTORICAL_AVERAGING = Entry(
    "historical_averaging",
    "damps the players' circling; one copy of both",
    "Salimans et al. 2016, §3.3 (arXiv 1606.03498)",
    HistoricalAveragingConfig,
    "training.remedies.historical_averaging:HistoricalAveraging",
    {"weight": 0.0},
)


class GradientClippingConfig(RemedyConfig):
    """Clip the norm of each player's gradient."""

    norm: PositiveFloat = Field(
        1.0, allow_inf_nan=True, description="largest norm that is let through; inf leaves the run as it is"
    )


GRADIENT_CLIPPING = Entry(
    "gradient_clipping",
    "keeps one bad batch from throwing a player far; no cost",
    "Pascanu, Mikolov, Bengio 2013, §3.2 (arXiv 1211.5063)",
    GradientClippingConfig,
    "training.remedies.gradient_clipping:GradientClipping",
    {"norm": float("inf")},
)


class LookaheadConfig(RemedyConfig):
    """Move both players part of the way back to their earlier weights, every few steps."""

    steps: PositiveInt = Field(5, le=MAX_COUNT, description="steps between (k)")
    share: float = Field(0.5, gt=0, le=1, description="share of the way that stays (α); 1 leaves the run as it is")


LOOKAHEAD = Entry(
    "lookahead",
    "turns circling into convergence; one copy of both",
    "Chavdarova et al. 2021, Algorithm 1 (arXiv 2006.14567)",
    LookaheadConfig,
    "training.remedies.lookahead:Lookahead",
    {"share": 1.0},
)


class EmaConfig(RemedyConfig):
    """Keep a moving average of the generator's weights, and sample from it."""

    decay: float = Field(0.999, ge=0, lt=1, description="share of the average that stays at each step")
    ramp_steps: Annotated[NonNegativeInt, Formerly("rising")] = Field(
        0, le=MAX_COUNT, description="steps over which the half-life grows linearly to that of `decay`"
    )
    warmup: Annotated[bool, Before(False)] = Field(
        default=True,
        description="whether at most (1 + t)/(10 + t) of it stays at step t, so that it forgets how it began",
    )


EMA = Entry(
    "ema",
    "averages out the players' circling; one copy of the generator",
    "Yazıcı et al. 2019, §3 (arXiv 1806.04498)",
    EmaConfig,
    "training.remedies.ema:Ema",
    {"decay": 0.0},
)

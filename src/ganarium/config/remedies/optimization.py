"""Settings of remedies that change the players' updates and weights."""

from typing import Annotated, Any, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from ganarium.config.base import MAX_COUNT, Before, Formerly, RemedyConfig, ScheduledConfig
from ganarium.config.courses import along
from ganarium.config.registry import Entry


class OptimismConfig(RemedyConfig):
    """Add the change between a player's last two optimizer steps to the player's update."""

    strength: float = Field(1.0, ge=0, le=1, description="0 disables the remedy; 1 is the value in the paper")


OPTIMISM = Entry(
    "optimism",
    "damps oscillations between the players; stores one copy of both players",
    "Daskalakis et al. 2018, Algorithm 1 (arXiv 1711.00141)",
    OptimismConfig,
    "training.remedies.optimism:Optimism",
    {"strength": 0.0},
)


class WeightClippingConfig(RemedyConfig):
    """Clip the discriminator's weights to a fixed range."""

    bound: PositiveFloat = Field(
        0.01, allow_inf_nan=True, description="maximum absolute value of a weight; inf disables clipping"
    )


WEIGHT_CLIPPING = Entry(
    "weight_clipping",
    "bounds a critic's Lipschitz constant crudely; no cost",
    "Arjovsky, Chintala, Bottou 2017, Algorithm 1 (arXiv 1701.07875)",
    WeightClippingConfig,
    "training.remedies.weight_clipping:WeightClipping",
    {"bound": float("inf")},
)


class HistoricalAveragingConfig(ScheduledConfig):
    """Pull each player towards the mean of its past weights."""

    weight: NonNegativeFloat = Field(1e-3, description="weight λ of the loss λ ‖θ − mean of θ‖²")


HISTORICAL_AVERAGING = Entry(
    "historical_averaging",
    "damps oscillations between the players; stores one copy of both players",
    "Salimans et al. 2016, §3.3 (arXiv 1606.03498)",
    HistoricalAveragingConfig,
    "training.remedies.historical_averaging:HistoricalAveraging",
    {"weight": 0.0},
)


class GradientClippingConfig(RemedyConfig):
    """Clip the norm of each player's gradient."""

    norm: PositiveFloat = Field(1.0, allow_inf_nan=True, description="maximum norm; inf disables clipping")


GRADIENT_CLIPPING = Entry(
    "gradient_clipping",
    "limits the effect of a single bad batch; no cost",
    "Pascanu, Mikolov, Bengio 2013, §3.2 (arXiv 1211.5063)",
    GradientClippingConfig,
    "training.remedies.gradient_clipping:GradientClipping",
    {"norm": float("inf")},
)


class LookaheadConfig(RemedyConfig):
    """Every k steps, move the weights of both players back towards the weights of k steps earlier."""

    steps: PositiveInt = Field(5, le=MAX_COUNT, description="number of steps between two interpolations (k)")
    share: float = Field(
        0.5, gt=0, le=1, description="fraction of the change that is retained (α); 1 disables the remedy"
    )


LOOKAHEAD = Entry(
    "lookahead",
    "makes oscillating players converge; stores one copy of both players",
    "Chavdarova et al. 2021, Algorithm 1 (arXiv 2006.14567)",
    LookaheadConfig,
    "training.remedies.lookahead:Lookahead",
    {"share": 1.0},
)


class EmaConfig(RemedyConfig):
    """Maintain a moving average of the generator's weights, and generate samples with the averaged weights."""

    decay: float = Field(0.999, ge=0, lt=1, description="decay rate of the average at each step")
    ramp_steps: Annotated[NonNegativeInt, Formerly("rising")] = Field(
        0, le=MAX_COUNT, description="number of steps over which the half-life grows linearly to that of `decay`"
    )
    ramp_share: float | None = Field(
        None,
        gt=0,
        le=1,
        description="fraction of train.horizon in which the half-life grows from 0 to that of `decay`, with zero slope "
        "at both ends (half a cosine), as in R3GAN; an alternative to `ramp_steps`",
    )
    warmup: Annotated[bool, Before(False)] = Field(
        default=True,
        description="limit the decay rate to (1 + t)/(10 + t) at step t, so that the initial weights are forgotten",
    )

    @model_validator(mode="after")
    def _has_one_ramp(self) -> Self:
        if self.ramp_steps and self.ramp_share is not None:
            raise ValueError("ramp_steps and ramp_share both give the growth of the half-life; use one of the two")
        return self

    @property
    def scheduled(self) -> dict[str, Any]:
        """Return `ramp_share` if it is set."""
        return {} if self.ramp_share is None else {"ramp_share": self.ramp_share}

    def factor_at(self, progress: float) -> float:
        """Return the half-life as a fraction of that of `decay`, at a fraction of the horizon."""
        return 1.0 if self.ramp_share is None else 1 - along("cosine", 0.0, progress, end=self.ramp_share)


EMA = Entry(
    "ema",
    "averages out oscillations of the generator; stores one copy of the generator",
    "Yazıcı et al. 2019, §3 (arXiv 1806.04498)",
    EmaConfig,
    "training.remedies.ema:Ema",
    {"decay": 0.0},
)

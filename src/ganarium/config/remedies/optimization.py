"""Settings of remedies that change the players' updates and weights."""

from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from ganarium.config.base import MAX_COUNT, Before, Formerly, RemedyConfig, ScheduledConfig


class OptimismConfig(RemedyConfig):
    """Add the difference between each player's current and previous step to its update."""

    strength: float = Field(1.0, ge=0, le=1, description="0 leaves the run as it is, 1 is the paper's")


class WeightClippingConfig(RemedyConfig):
    """Clip each of the discriminator's weights to a bound."""

    bound: PositiveFloat = Field(0.01, allow_inf_nan=True, description="largest size; inf leaves the run as it is")


class HistoricalAveragingConfig(ScheduledConfig):
    """Pull each player towards the mean of its past weights."""

    weight: NonNegativeFloat = Field(1e-3, description="weight; the loss is λ ‖θ − mean of θ‖²")


class GradientClippingConfig(RemedyConfig):
    """Clip the norm of each player's gradient."""

    norm: PositiveFloat = Field(
        1.0, allow_inf_nan=True, description="largest norm that is let through; inf leaves the run as it is"
    )


class LookaheadConfig(RemedyConfig):
    """Move both players part of the way back to their earlier weights, every few steps."""

    steps: PositiveInt = Field(5, le=MAX_COUNT, description="steps between (k)")
    share: float = Field(0.5, gt=0, le=1, description="share of the way that stays (α); 1 leaves the run as it is")


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

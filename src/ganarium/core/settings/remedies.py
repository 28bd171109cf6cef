"""Remedies: settings and entries, in the order in which their hooks apply.

`neutral` are the settings under which a remedy, going through its hooks, changes nothing.
"""

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from ganarium.core.catalog import Catalog, Entry
from ganarium.core.frozen import Config

Unit = Field(1.0, ge=0, le=1, description="0 leaves the run as it is, 1 is the paper's")

Differences = Field(
    0.0,
    description="standard deviation of random steps whose differences stand in for the gradient; 0 for the gradient",
)
FINEST_IN_BF16 = 1e-2  # of such steps: of smaller ones products in bf16 see mostly their own rounding


class RemedySettings(Config):
    """Settings of one remedy."""

    def seen(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of what the discriminator sees where pictures, or points, have this one."""
        return shape


class SpectralNorm(RemedySettings):
    """Divide each of the discriminator's weight matrices by its largest singular value."""

    strength: float = Unit


class ImagePool(RemedySettings):
    """Show the discriminator older generated pictures half of the time."""

    size: NonNegativeInt = Field(50, description="pictures remembered; 0 leaves the run as it is")


class InstanceNoise(RemedySettings):
    """Add Gaussian noise to real and generated pictures alike."""

    sigma: NonNegativeFloat = Field(0.1, description="standard deviation, in the generator's output range")


class Augmenting(RemedySettings):
    """How strongly pictures are changed before the discriminator sees them; 0 is not at all."""

    brightness: NonNegativeFloat = Field(1.0, description="times U(−½, ½), added")
    saturation: NonNegativeFloat = Field(1.0, description="distances from grey are multiplied by 1 + this · U(−1, 1)")
    contrast: NonNegativeFloat = Field(1.0, description="distances from the mean are multiplied by 1 + this · U(−½, ½)")
    translation: float = Field(0.125, ge=0, le=1, description="largest move, in sides of the picture")
    cutout: float = Field(0.5, ge=0, le=1, description="side of the rectangle that is lost, in sides of the picture")


class DiffAugment(Augmenting):
    """Show the discriminator real and generated pictures changed at random."""


class Ada(Augmenting):
    """Change pictures only as often as keeps the discriminator from being too sure of real ones."""

    target: float = Field(0.6, gt=-1, lt=1, description="mean sign of the logits of real pictures that is aimed at")
    pictures: PositiveFloat = Field(
        500_000,
        allow_inf_nan=True,
        description="pictures after which changes that never happened always do; inf leaves the run as it is",
    )


class Consistency(RemedySettings):
    """Punish the discriminator where it minds that a picture is moved a little."""

    real: NonNegativeFloat = Field(10.0, description="weight at real pictures (λ_real)")
    fake: NonNegativeFloat = Field(10.0, description="weight at generated pictures (λ_fake)")
    translation: float = Field(0.125, ge=0, le=1, description="largest move, in sides of the picture")


class GradientNormalization(RemedySettings):
    """Divide a logit by the norm of its gradient plus its size."""

    strength: float = Unit


class TopK(RemedySettings):
    """Let only the most convincing generated pictures teach the generator."""

    share: float = Field(0.75, gt=0, le=1, description="share of the batch that is kept")


class Packing(RemedySettings):
    """Let the discriminator judge several pictures as one."""

    pictures: PositiveInt = Field(2, le=64, description="pictures in a pack (m); 1 leaves the run as it is")

    def seen(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """As many times the channels, or coordinates."""
        return (self.pictures * shape[0], *shape[1:])


class LabelSmoothing(RemedySettings):
    """Let real pictures count as not quite real in the discriminator's loss."""

    target: float = Field(0.9, gt=0, le=1, description="how real they count (α); 1 leaves the run as it is")


class LabelNoise(RemedySettings):
    """Exchange real and generated now and then in the discriminator's loss."""

    share: float = Field(0.05, ge=0, lt=0.5, description="share of pictures, of each kind, that is taken for the other")


class R1(RemedySettings):
    """Penalize the discriminator's squared gradient at real pictures."""

    gamma: NonNegativeFloat = Field(1.0, description="weight; the penalty is γ/2 · ‖∇D(x)‖²")
    differences: NonNegativeFloat = Differences


class R2(RemedySettings):
    """Penalize the discriminator's squared gradient at generated pictures."""

    gamma: NonNegativeFloat = Field(1.0, description="weight; the penalty is γ/2 · ‖∇D(G(z))‖²")
    differences: NonNegativeFloat = Differences


class GradientPenalty(RemedySettings):
    """Ask for a slope of 1 between real and generated pictures (the GP of WGAN-GP)."""

    weight: NonNegativeFloat = Field(10.0, description="weight; the penalty is λ · (‖∇D(x̂)‖ − 1)²")
    one_sided: bool = Field(default=False, description="whether only slopes above 1 are punished")


class Dragan(RemedySettings):
    """Ask for a slope of 1 around real pictures."""

    weight: NonNegativeFloat = Field(10.0, description="weight; the penalty is λ · (‖∇D(x + δ)‖ − 1)²")
    spread: PositiveFloat = Field(0.5, description="standard deviation of δ, in that of the batch's values")


class LeCam(RemedySettings):
    """Hold logits near the running mean of the opposite kind's."""

    weight: NonNegativeFloat = Field(0.3, description="weight of the squared distances (λ)")
    decay: float = Field(0.99, ge=0, lt=1, description="share of the running means that stays at each look")


class HistoricalAveraging(RemedySettings):
    """Draw each player to the mean of its weights so far."""

    weight: NonNegativeFloat = Field(0.1, description="weight; the loss is λ ‖θ − mean of θ‖²")


class Optimism(RemedySettings):
    """Move each player by what its step has more than the one before, once more."""

    strength: float = Field(1.0, ge=0, le=1, description="0 leaves the run as it is, 1 is the paper's")


class Lookahead(RemedySettings):
    """Let both players go back most of the way they went, every few steps."""

    steps: PositiveInt = Field(5, description="steps between (k)")
    share: float = Field(0.5, gt=0, le=1, description="share of the way that stays (α); 1 leaves the run as it is")


class WeightClipping(RemedySettings):
    """Keep each of the discriminator's weights within a bound."""

    bound: PositiveFloat = Field(0.01, allow_inf_nan=True, description="largest size; inf leaves the run as it is")


class FeatureMatching(RemedySettings):
    """Ask the generator to match the mean of the discriminator's last hidden layer."""

    weight: NonNegativeFloat = 1.0


class GradientClipping(RemedySettings):
    """Bound the norm of each player's gradient."""

    norm: PositiveFloat = Field(
        1.0, allow_inf_nan=True, description="largest norm that is let through; inf leaves the run as it is"
    )


class Ema(RemedySettings):
    """Keep a moving average of the generator's weights, and sample from it."""

    decay: float = Field(0.999, ge=0, lt=1, description="share of the average that stays at each step")


REMEDIES: Catalog[RemedySettings] = Catalog(
    "remedy",
    Entry(
        "spectral_norm",
        "bounds the discriminator's slope layer by layer; about 5 % of a step",
        "Miyato et al. 2018, §2.1 (arXiv 1802.05957)",
        SpectralNorm,
        "training.remedies.spectral_norm:SpectralNorm",
        {"strength": 0.0},
    ),
    Entry(
        "image_pool",
        "keeps the discriminator from forgetting; no cost",
        "Shrivastava et al. 2017, §2.3 (arXiv 1612.07828)",
        ImagePool,
        "training.remedies.image_pool:ImagePool",
        {"size": 0},
    ),
    Entry(
        "diff_augment",
        "makes few pictures go a long way; a few per cent of a step",
        "Zhao et al. 2020, DiffAugment (arXiv 2006.10738)",
        DiffAugment,
        "training.remedies.diff_augment:DiffAugment",
        {"brightness": 0.0, "saturation": 0.0, "contrast": 0.0, "translation": 0.0, "cutout": 0.0},
    ),
    Entry(
        "ada",
        "the same, as often as is needed; a few per cent of a step",
        "Karras et al. 2020, ADA, §3 (arXiv 2006.06676)",
        Ada,
        "training.remedies.ada:Ada",
        {"pictures": float("inf")},
    ),
    Entry(
        "instance_noise",
        "makes the supports overlap; no cost",
        "Sønderby et al. 2017, §3 (arXiv 1610.04490)",
        InstanceNoise,
        "training.remedies.instance_noise:InstanceNoise",
        {"sigma": 0.0},
    ),
    Entry(
        "packing",
        "shows the discriminator whether pictures vary; a wider first layer, fewer verdicts",
        "Lin, Khetan, Fanti, Oh 2018, PacGAN, §2.2 (arXiv 1712.04086)",
        Packing,
        "training.remedies.packing:Packing",
        {"pictures": 1},
    ),
    Entry(
        "gradient_normalization",
        "bounds the discriminator's slope as a whole; double backward in both players",
        "Wu et al. 2021, eq. 5 (arXiv 2109.02235)",
        GradientNormalization,
        "training.remedies.gradient_normalization:GradientNormalization",
        {"strength": 0.0},
    ),
    Entry(
        "top_k",
        "drops the least convincing pictures from the generator's loss; no cost",
        "Sinha et al. 2020, §3 (arXiv 2002.06224)",
        TopK,
        "training.remedies.top_k:TopK",
        {"share": 1.0},
    ),
    Entry(
        "label_smoothing",
        "keeps the discriminator from being sure; no cost",
        "Salimans et al. 2016, §3.4 (arXiv 1606.03498)",
        LabelSmoothing,
        "training.remedies.label_smoothing:LabelSmoothing",
        {"target": 1.0},
    ),
    Entry(
        "label_noise",
        "keeps the discriminator from being sure, by error; no cost",
        "Chintala et al. 2016, How to train a GAN, 6",
        LabelNoise,
        "training.remedies.label_noise:LabelNoise",
        {"share": 0.0},
    ),
    Entry(
        "r1",
        "local convergence; double backward in the discriminator",
        "Mescheder, Geiger, Nowozin 2018, eq. 9 (arXiv 1801.04406)",
        R1,
        "training.remedies.r1:R1",
        {"gamma": 0.0},
    ),
    Entry(
        "r2",
        "R1 at generated pictures; double backward in the discriminator",
        "Mescheder, Geiger, Nowozin 2018, eq. 10 (arXiv 1801.04406)",
        R2,
        "training.remedies.r2:R2",
        {"gamma": 0.0},
    ),
    Entry(
        "gradient_penalty",
        "bounds a critic's slope where it matters; one more look and double backward",
        "Gulrajani et al. 2017, WGAN-GP, eq. 3 (arXiv 1704.00028)",
        GradientPenalty,
        "training.remedies.gradient_penalty:GradientPenalty",
        {"weight": 0.0},
    ),
    Entry(
        "dragan",
        "bounds the slope around real pictures; one more look and double backward",
        "Kodali et al. 2017, DRAGAN (arXiv 1705.07215)",
        Dragan,
        "training.remedies.dragan:Dragan",
        {"weight": 0.0},
    ),
    Entry(
        "consistency",
        "keeps the discriminator from minding trifles; one more look at each picture",
        "Zhao et al. 2021, bCR, Algorithm 1 (arXiv 2002.04724)",
        Consistency,
        "training.remedies.consistency:Consistency",
        {"real": 0.0, "fake": 0.0},
    ),
    Entry(
        "lecam",
        "holds a discriminator back that has seen few pictures; no cost",
        "Tseng et al. 2021, R_LC (arXiv 2104.03310)",
        LeCam,
        "training.remedies.lecam:LeCam",
        {"weight": 0.0},
    ),
    Entry(
        "optimism",
        "damps the players' circling; one copy of both",
        "Daskalakis et al. 2018, Algorithm 1 (arXiv 1711.00141)",
        Optimism,
        "training.remedies.optimism:Optimism",
        {"strength": 0.0},
    ),
    Entry(
        "weight_clipping",
        "bounds a critic's slope crudely; no cost",
        "Arjovsky, Chintala, Bottou 2017, Algorithm 1 (arXiv 1701.07875)",
        WeightClipping,
        "training.remedies.weight_clipping:WeightClipping",
        {"bound": float("inf")},
    ),
    Entry(
        "feature_matching",
        "gives the generator a steady aim; one more look at real pictures",
        "Salimans et al. 2016, §3.1 (arXiv 1606.03498)",
        FeatureMatching,
        "training.remedies.feature_matching:FeatureMatching",
        {"weight": 0.0},
    ),
    Entry(
        "historical_averaging",
        "damps the players' circling; one copy of both",
        "Salimans et al. 2016, §3.3 (arXiv 1606.03498)",
        HistoricalAveraging,
        "training.remedies.historical_averaging:HistoricalAveraging",
        {"weight": 0.0},
    ),
    Entry(
        "gradient_clipping",
        "keeps one bad batch from throwing a player far; no cost",
        "Pascanu, Mikolov, Bengio 2013, §3.2 (arXiv 1211.5063)",
        GradientClipping,
        "training.remedies.gradient_clipping:GradientClipping",
        {"norm": float("inf")},
    ),
    Entry(
        "lookahead",
        "turns circling into convergence; one copy of both",
        "Chavdarova et al. 2021, Algorithm 1 (arXiv 2006.14567)",
        Lookahead,
        "training.remedies.lookahead:Lookahead",
        {"share": 1.0},
    ),
    Entry(
        "ema",
        "averages out the players' circling; one copy of the generator",
        "Yazıcı et al. 2019, §3 (arXiv 1806.04498)",
        Ema,
        "training.remedies.ema:Ema",
        {"decay": 0.0},
    ),
)

"""Registry of remedies, in the order in which their hooks are applied; published results depend on this order."""

from ganarium.config.base import RemedyConfig
from ganarium.config.given import GivenRemedyConfig, recall
from ganarium.config.registry import Entry, Registry
from ganarium.config.remedies import augmentation, optimization, regularization

REMEDIES: Registry[RemedyConfig] = Registry(
    "remedy",
    regularization.SPECTRAL_NORM,
    augmentation.IMAGE_POOL,
    augmentation.DIFF_AUGMENT,
    augmentation.ADA,
    augmentation.INSTANCE_NOISE,
    augmentation.DIFFUSION,
    augmentation.PACKING,
    regularization.GRADIENT_NORMALIZATION,
    regularization.TOP_K,
    regularization.LABEL_SMOOTHING,
    regularization.LABEL_NOISE,
    regularization.R1,
    regularization.R2,
    regularization.GRADIENT_PENALTY,
    regularization.DRAGAN,
    regularization.CONSISTENCY,
    regularization.LATENT_CONSISTENCY,
    regularization.LECAM,
    regularization.FEATURE_MATCHING,
    optimization.OPTIMISM,
    optimization.LOOKAHEAD,
    optimization.WEIGHT_CLIPPING,
    optimization.HISTORICAL_AVERAGING,
    optimization.GRADIENT_CLIPPING,
    optimization.EMA,
    given=Entry(
        "custom",
        "a remedy passed from Python",
        "",
        GivenRemedyConfig,
        "training.remedies.base:of_own_part",
        code=recall,
    ),
)


def remedy_entry(name: str, settings: RemedyConfig | None = None) -> Entry[RemedyConfig]:
    """Return the entry of a remedy in an experiment; remedies that are passed as objects share one entry."""
    return REMEDIES["custom"] if isinstance(settings, GivenRemedyConfig) else REMEDIES[name]

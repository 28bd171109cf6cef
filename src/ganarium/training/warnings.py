"""Warnings about combinations of settings that are allowed but known to harm training, with their sources."""

from collections.abc import Iterator

from ganarium.config.experiment import Experiment
from ganarium.config.optimizers import AdamConfig
from ganarium.config.remedies.augmentation import ImagePoolConfig
from ganarium.config.remedies.regularization import R1Config, R2Config
from ganarium.config.requirements import acts

BOUNDS = ("weight_clipping", "gradient_penalty", "dragan", "spectral_norm", "gradient_normalization", "r1", "r2")


def warnings_for(experiment: Experiment) -> Iterator[str]:
    """Yield one warning for each harmful combination, with the fix."""
    remedies = experiment.remedies
    r1, r2 = remedies.get("r1"), remedies.get("r2")
    if isinstance(r1, R1Config) and isinstance(r2, R2Config) and r1.gamma and r2.gamma and max(r1.every, r2.every) > 1:
        yield (
            "remedies.r1 and remedies.r2 with every > 1: runs with both lazy penalties may fail to converge (Huang et "
            "al. 2024, R3GAN, arXiv 2501.05441); use remedies.r1.every=1 remedies.r2.every=1"
        )
    if experiment.objective.kind == "wasserstein" and not any(acts(experiment, name) for name in BOUNDS):
        yield (
            "objective=wasserstein without a bound on the critic's gradient: its loss has no minimum (Arjovsky et al. "
            "2017, eq. 2, arXiv 1701.07875); use remedies.gradient_penalty=true"
        )
    if "weight_clipping" in remedies and isinstance(experiment.optim, AdamConfig) and experiment.optim.beta1 > 0:
        yield (
            f"remedies.weight_clipping with optim.beta1={experiment.optim.beta1:g}: momentum can make clipped "
            "critics unstable (Arjovsky et al. 2017, §4, arXiv 1701.07875); use optim=rmsprop or optim.beta1=0"
        )
    pool = remedies.get("image_pool")
    if isinstance(pool, ImagePoolConfig) and 0 < pool.size < experiment.train.batch:
        yield (
            f"remedies.image_pool.size={pool.size} is smaller than a batch, so fewer than half of the "
            "discriminator's images are earlier ones (Shrivastava et al. 2017, §2.3, arXiv 1612.07828); "
            f"remedies.image_pool.size={experiment.train.batch} is enough"
        )

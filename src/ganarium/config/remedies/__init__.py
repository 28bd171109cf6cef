"""The registry of remedies, in the order in which their hooks apply.

`neutral` are the settings with which a remedy runs its hooks but changes nothing.
"""

from dataclasses import dataclass

from ganarium.config.base import RemedyConfig
from ganarium.config.registry import Entry, Registry
from ganarium.config.remedies import augmentation, optimization, regularization
from ganarium.config.updates import UPDATES

EXTRA_STEPS = ("adaptive", "unrolled", "extragradient")

REMEDIES: Registry[RemedyConfig] = Registry(
    "remedy",
    Entry(
        "spectral_norm",
        "bounds the discriminator's slope layer by layer; up to a quarter of a step",
        "Miyato et al. 2018, §2.1 (arXiv 1802.05957)",
        regularization.SpectralNormConfig,
        "training.remedies.spectral_norm:SpectralNorm",
        {"strength": 0.0},
    ),
    Entry(
        "image_pool",
        "keeps the discriminator from forgetting; no cost",
        "Shrivastava et al. 2017, SimGAN, §2.3: history (arXiv 1612.07828)",
        augmentation.ImagePoolConfig,
        "training.remedies.image_pool:ImagePool",
        {"size": 0},
    ),
    Entry(
        "diff_augment",
        "makes few pictures go a long way; a few per cent of a step",
        "Zhao et al. 2020, DiffAugment (arXiv 2006.10738)",
        augmentation.DiffAugmentConfig,
        "training.remedies.diff_augment:DiffAugment",
        {"brightness": 0.0, "saturation": 0.0, "contrast": 0.0, "translation": 0.0, "cutout": 0.0},
    ),
    Entry(
        "ada",
        "the same, as often as is needed; a few per cent of a step",
        "Karras et al. 2020, ADA, §3 (arXiv 2006.06676)",
        augmentation.AdaConfig,
        "training.remedies.ada:Ada",
        {"pictures": float("inf")},
    ),
    Entry(
        "instance_noise",
        "makes the supports overlap; no cost",
        "Sønderby et al. 2017, §3 (arXiv 1610.04490)",
        augmentation.InstanceNoiseConfig,
        "training.remedies.instance_noise:InstanceNoise",
        {"sigma": 0.0},
    ),
    Entry(
        "diffusion",
        "the same, as much as is needed; no cost",
        "Wang et al. 2023, Diffusion-GAN, §3 (arXiv 2206.02262)",
        augmentation.DiffusionConfig,
        "training.remedies.diffusion:Diffusion",
        {"longest": 0},
    ),
    Entry(
        "packing",
        "shows the discriminator whether pictures vary; a wider first layer, fewer verdicts",
        "Lin, Khetan, Fanti, Oh 2018, PacGAN, §2.2 (arXiv 1712.04086)",
        augmentation.PackingConfig,
        "training.remedies.packing:Packing",
        {"pictures": 1},
    ),
    Entry(
        "gradient_normalization",
        "bounds the discriminator's slope as a whole; double backward in both players",
        "Wu et al. 2021, eq. 5 (arXiv 2109.02235)",
        regularization.GradientNormalizationConfig,
        "training.remedies.gradient_normalization:GradientNormalization",
        {"strength": 0.0},
    ),
    Entry(
        "top_k",
        "drops the least convincing pictures from the generator's loss; no cost",
        "Sinha et al. 2020, §3 (arXiv 2002.06224)",
        regularization.TopKConfig,
        "training.remedies.top_k:TopK",
        {"share": 1.0},
    ),
    Entry(
        "label_smoothing",
        "keeps the discriminator from being sure; no cost",
        "Salimans et al. 2016, §3.4 (arXiv 1606.03498)",
        regularization.LabelSmoothingConfig,
        "training.remedies.label_smoothing:LabelSmoothing",
        {"target": 1.0},
    ),
    Entry(
        "label_noise",
        "keeps the discriminator from being sure, by error; no cost",
        "Chintala et al. 2016, How to train a GAN, 6",
        regularization.LabelNoiseConfig,
        "training.remedies.label_noise:LabelNoise",
        {"share": 0.0},
    ),
    Entry(
        "r1",
        "local convergence; double backward in the discriminator",
        "Mescheder, Geiger, Nowozin 2018, eq. 9 (arXiv 1801.04406)",
        regularization.R1Config,
        "training.remedies.r1:R1",
        {"gamma": 0.0},
    ),
    Entry(
        "r2",
        "R1 at generated pictures; double backward in the discriminator",
        "Mescheder, Geiger, Nowozin 2018, eq. 10 (arXiv 1801.04406)",
        regularization.R2Config,
        "training.remedies.r2:R2",
        {"gamma": 0.0},
    ),
    Entry(
        "gradient_penalty",
        "bounds a critic's slope where it matters; one more look and double backward",
        "Gulrajani et al. 2017, WGAN-GP, eq. 3 (arXiv 1704.00028)",
        regularization.GradientPenaltyConfig,
        "training.remedies.gradient_penalty:GradientPenalty",
        {"weight": 0.0},
    ),
    Entry(
        "dragan",
        "bounds the slope around real pictures; one more look and double backward",
        "Kodali et al. 2017, DRAGAN (arXiv 1705.07215)",
        regularization.DraganConfig,
        "training.remedies.dragan:Dragan",
        {"weight": 0.0},
    ),
    Entry(
        "consistency",
        "keeps the discriminator from minding trifles; one more look at each picture",
        "Zhao et al. 2021, bCR, Algorithm 1 (arXiv 2002.04724)",
        regularization.ConsistencyConfig,
        "training.remedies.consistency:Consistency",
        {"real": 0.0, "fake": 0.0},
    ),
    Entry(
        "latent_consistency",
        "makes pictures follow the latent; one more picture and look for each",
        "Zhao et al. 2021, zCR, Algorithm 2 (arXiv 2002.04724)",
        regularization.LatentConsistencyConfig,
        "training.remedies.latent_consistency:LatentConsistency",
        {"generator": 0.0, "discriminator": 0.0},
    ),
    Entry(
        "lecam",
        "holds a discriminator back that has seen few pictures; no cost",
        "Tseng et al. 2021, R_LC (arXiv 2104.03310)",
        regularization.LeCamConfig,
        "training.remedies.lecam:LeCam",
        {"weight": 0.0},
    ),
    Entry(
        "feature_matching",
        "gives the generator a steady aim; one more look at real pictures",
        "Salimans et al. 2016, §3.1 (arXiv 1606.03498)",
        regularization.FeatureMatchingConfig,
        "training.remedies.feature_matching:FeatureMatching",
        {"weight": 0.0},
    ),
    Entry(
        "optimism",
        "damps the players' circling; one copy of both",
        "Daskalakis et al. 2018, Algorithm 1 (arXiv 1711.00141)",
        optimization.OptimismConfig,
        "training.remedies.optimism:Optimism",
        {"strength": 0.0},
    ),
    Entry(
        "lookahead",
        "turns circling into convergence; one copy of both",
        "Chavdarova et al. 2021, Algorithm 1 (arXiv 2006.14567)",
        optimization.LookaheadConfig,
        "training.remedies.lookahead:Lookahead",
        {"share": 1.0},
    ),
    Entry(
        "weight_clipping",
        "bounds a critic's slope crudely; no cost",
        "Arjovsky, Chintala, Bottou 2017, Algorithm 1 (arXiv 1701.07875)",
        optimization.WeightClippingConfig,
        "training.remedies.weight_clipping:WeightClipping",
        {"bound": float("inf")},
    ),
    Entry(
        "historical_averaging",
        "damps the players' circling; one copy of both",
        "Salimans et al. 2016, §3.3 (arXiv 1606.03498)",
        optimization.HistoricalAveragingConfig,
        "training.remedies.historical_averaging:HistoricalAveraging",
        {"weight": 0.0},
    ),
    Entry(
        "gradient_clipping",
        "keeps one bad batch from throwing a player far; no cost",
        "Pascanu, Mikolov, Bengio 2013, §3.2 (arXiv 1211.5063)",
        optimization.GradientClippingConfig,
        "training.remedies.gradient_clipping:GradientClipping",
        {"norm": float("inf")},
    ),
    Entry(
        "ema",
        "averages out the players' circling; one copy of the generator",
        "Yazıcı et al. 2019, §3 (arXiv 1806.04498)",
        optimization.EmaConfig,
        "training.remedies.ema:Ema",
        {"decay": 0.0},
    ),
)


@dataclass(frozen=True)
class Choice:
    """A setting of another part that improves training, listed together with the remedies."""

    words: str
    line: str
    paper: str


CHOICES = (
    Choice(
        "discriminator.batch_features=discrimination",
        "shows a layer how near each picture is to the others of its batch; costly beside small dense networks",
        "Salimans et al. 2016, §3.2 (arXiv 1606.03498)",
    ),
    Choice(
        "discriminator.batch_features=deviation",
        "shows the last layer one mean standard deviation of each group of samples; no cost",
        "Karras et al. 2018, Progressive GAN, §3: minibatch stddev (arXiv 1710.10196)",
    ),
    Choice(
        "generator.norm=virtual",
        "normalizes each picture beside a batch that never changes; twice the forward pass",
        "Salimans et al. 2016, §3.5 (arXiv 1606.03498)",
    ),
    Choice(
        "generator.norm=batch",
        "normalizes each layer over the batch; a few per cent of a step",
        "Ioffe & Szegedy 2015 (arXiv 1502.03167); in GANs Radford et al. 2016, §3 (arXiv 1511.06434)",
    ),
    Choice(
        "optim.discriminator_lr=4e-4",
        "two time scales: a rate of its own for each player; no cost",
        "Heusel et al. 2017, TTUR, §2 (arXiv 1706.08500)",
    ),
    Choice("optim.schedule=linear", "lets both players come to rest; no cost", "Robbins & Monro 1951"),
    *(Choice(f"update={name}", entry.line, entry.paper) for name, entry in UPDATES.items() if name in EXTRA_STEPS),
)

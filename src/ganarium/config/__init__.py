"""Settings models and registries of data sets, networks, losses, games and remedies; does not import torch.

The settings of each part are available under its name, for example `ganarium.config.R1(gamma=0.1)`, which can be passed
to `ganarium.train` and `ganarium.experiment` instead of a dict of settings.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ganarium.config.data_files import ArrayConfig as Array
    from ganarium.config.data_files import CifarConfig as Cifar
    from ganarium.config.data_files import CoordinatesConfig as Coordinates
    from ganarium.config.data_files import CsvConfig as Csv
    from ganarium.config.data_files import EmnistConfig as Emnist
    from ganarium.config.data_files import FashionConfig as Fashion
    from ganarium.config.data_files import FolderConfig as Folder
    from ganarium.config.data_files import IdxConfig as Idx
    from ganarium.config.data_files import KmnistConfig as Kmnist
    from ganarium.config.data_files import MappedConfig as Mapped
    from ganarium.config.data_files import ParquetConfig as Parquet
    from ganarium.config.datasets import EmojiConfig as Emoji
    from ganarium.config.datasets import MnistConfig as Mnist
    from ganarium.config.datasets import StackedConfig as Stacked
    from ganarium.config.experiment import EngineConfig as Engine
    from ganarium.config.experiment import RecordConfig as Record
    from ganarium.config.experiment import TrainConfig as Train
    from ganarium.config.games import AuxiliaryConfig as Auxiliary
    from ganarium.config.games import CycleConfig as Cycle
    from ganarium.config.games import InfoConfig as Info
    from ganarium.config.games import KPlusOneConfig as KPlusOne
    from ganarium.config.games import PairedConfig as Paired
    from ganarium.config.games import SynthesisConfig as Synthesis
    from ganarium.config.networks import ConvDiscriminatorConfig as ConvDiscriminator
    from ganarium.config.networks import ConvGeneratorConfig as ConvGenerator
    from ganarium.config.networks import DenseDiscriminatorConfig as DenseDiscriminator
    from ganarium.config.networks import DenseGeneratorConfig as DenseGenerator
    from ganarium.config.networks import PatchConfig as Patch
    from ganarium.config.networks import ResidualDiscriminatorConfig as ResidualDiscriminator
    from ganarium.config.networks import ResidualGeneratorConfig as ResidualGenerator
    from ganarium.config.networks import ResNetConfig as ResNet
    from ganarium.config.networks import ShapesGeneratorConfig as ShapesGenerator
    from ganarium.config.networks import UNetConfig as UNet
    from ganarium.config.objectives import FDivergenceConfig as FDivergence
    from ganarium.config.objectives import HingeConfig as Hinge
    from ganarium.config.objectives import LeastSquaresConfig as LeastSquares
    from ganarium.config.objectives import MinimaxConfig as Minimax
    from ganarium.config.objectives import NonSaturatingConfig as NonSaturating
    from ganarium.config.objectives import RelativisticAverageConfig as RelativisticAverage
    from ganarium.config.objectives import RelativisticConfig as Relativistic
    from ganarium.config.objectives import WassersteinConfig as Wasserstein
    from ganarium.config.observers import CsvTablesConfig as CsvTables
    from ganarium.config.observers import MlflowConfig as Mlflow
    from ganarium.config.observers import TrackioConfig as Trackio
    from ganarium.config.optimizers import AdamConfig as Adam
    from ganarium.config.optimizers import RmsPropConfig as RmsProp
    from ganarium.config.optimizers import SgdConfig as Sgd
    from ganarium.config.remedies.augmentation import AdaConfig as Ada
    from ganarium.config.remedies.augmentation import DiffAugmentConfig as DiffAugment
    from ganarium.config.remedies.augmentation import DiffusionConfig as Diffusion
    from ganarium.config.remedies.augmentation import ImagePoolConfig as ImagePool
    from ganarium.config.remedies.augmentation import InstanceNoiseConfig as InstanceNoise
    from ganarium.config.remedies.augmentation import PackingConfig as Packing
    from ganarium.config.remedies.optimization import EmaConfig as Ema
    from ganarium.config.remedies.optimization import GradientClippingConfig as GradientClipping
    from ganarium.config.remedies.optimization import HistoricalAveragingConfig as HistoricalAveraging
    from ganarium.config.remedies.optimization import LookaheadConfig as Lookahead
    from ganarium.config.remedies.optimization import OptimismConfig as Optimism
    from ganarium.config.remedies.optimization import WeightClippingConfig as WeightClipping
    from ganarium.config.remedies.regularization import ConsistencyConfig as Consistency
    from ganarium.config.remedies.regularization import DraganConfig as Dragan
    from ganarium.config.remedies.regularization import FeatureMatchingConfig as FeatureMatching
    from ganarium.config.remedies.regularization import GradientNormalizationConfig as GradientNormalization
    from ganarium.config.remedies.regularization import GradientPenaltyConfig as GradientPenalty
    from ganarium.config.remedies.regularization import LabelNoiseConfig as LabelNoise
    from ganarium.config.remedies.regularization import LabelSmoothingConfig as LabelSmoothing
    from ganarium.config.remedies.regularization import LatentConsistencyConfig as LatentConsistency
    from ganarium.config.remedies.regularization import LeCamConfig as LeCam
    from ganarium.config.remedies.regularization import R1Config as R1
    from ganarium.config.remedies.regularization import R2Config as R2
    from ganarium.config.remedies.regularization import SpectralNormConfig as SpectralNorm
    from ganarium.config.remedies.regularization import TopKConfig as TopK
    from ganarium.config.synthetic import FiguresConfig as Figures
    from ganarium.config.synthetic import LinesConfig as Lines
    from ganarium.config.synthetic import PairsConfig as Pairs
    from ganarium.config.synthetic import PointsConfig as Points
    from ganarium.config.synthetic import PolygonsConfig as Polygons
    from ganarium.config.synthetic import PuzzlesConfig as Puzzles
    from ganarium.config.toy2d import CheckerboardConfig as Checkerboard
    from ganarium.config.toy2d import GaussiansConfig as Gaussians
    from ganarium.config.toy2d import GridConfig as Grid
    from ganarium.config.toy2d import MoonsConfig as Moons
    from ganarium.config.toy2d import RingConfig as Ring
    from ganarium.config.toy2d import SpiralConfig as Spiral
    from ganarium.config.updates import AdaptiveConfig as Adaptive
    from ganarium.config.updates import AlternatingConfig as Alternating
    from ganarium.config.updates import ExtragradientConfig as Extragradient
    from ganarium.config.updates import SimultaneousConfig as Simultaneous
    from ganarium.config.updates import UnrolledConfig as Unrolled

MODULES = (
    "data_files",
    "datasets",
    "experiment",
    "games",
    "networks",
    "objectives",
    "observers",
    "optimizers",
    "remedies.augmentation",
    "remedies.optimization",
    "remedies.regularization",
    "synthetic",
    "toy2d",
    "updates",
)


def __getattr__(name: str) -> Any:
    if name[:1].isupper():
        for module in MODULES:
            settings = vars(import_module(f"ganarium.config.{module}")).get(f"{name}Config")
            if settings is not None:
                return settings
    raise AttributeError(f"module 'ganarium.config' has no attribute {name!r}")

"""The registry of data sets, and the settings of MNIST, stacked MNIST and emoji."""

from typing import ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from ganarium.config.base import DataConfig
from ganarium.config.data_files import (
    HELD_OUT,
    ArrayConfig,
    CifarConfig,
    CoordinatesConfig,
    CsvConfig,
    EmnistConfig,
    FashionConfig,
    FolderConfig,
    IdxConfig,
    KmnistConfig,
    MappedConfig,
    ParquetConfig,
)
from ganarium.config.registry import Entry, Registry
from ganarium.config.synthetic import (
    FiguresConfig,
    LinesConfig,
    PairsConfig,
    PointsConfig,
    PolygonsConfig,
    PuzzlesConfig,
)
from ganarium.config.toy2d import CheckerboardConfig, GaussiansConfig, GridConfig, MoonsConfig, RingConfig, SpiralConfig


class MnistConfig(DataConfig):
    """MNIST, trained on the first `count` training images; a count above 50,000 includes validation images."""

    kind: Literal["mnist"] = "mnist"
    count: int = Field(
        50_000, ge=1, le=60_000, description="number of training images, taken from the start of the file"
    )


class StackedConfig(DataConfig):
    """Stacked MNIST: three random digits as the colour channels of one image."""

    kind: Literal["stacked"] = "stacked"
    count: int = Field(128_000, ge=1, le=1_000_000, description="number of training images, 2.4 kB each in memory")
    seed: NonNegativeInt = 0


class EmojiConfig(DataConfig):
    """Noto's colour emoji, on white."""

    kind: Literal["emoji"] = "emoji"
    count: PositiveInt | None = Field(None, description="number of training images, chosen at random; all by default")


class OwnDataConfig(DataConfig):
    """Base settings of a registered data set."""

    count: PositiveInt | None = Field(None, description="number of training samples, chosen at random; all by default")
    held_out: float = HELD_OUT
    cache: bool = Field(
        False,
        description="whether the samples are cached on disk until the settings or the file with the function's source "
        "code change; for slow functions that depend on nothing else",
    )


class OwnPointsConfig(OwnDataConfig):
    """Base settings of a registered data set of points."""

    holds_points: ClassVar[bool] = True


LECUN = "LeCun, Bottou, Bengio, Haffner 1998, Gradient-based learning applied to document recognition"
S1 = "S1: fully connected GAN on MNIST and on images of geometric shapes"
XIAO = "Xiao, Rasul, Vollgraf 2017, Fashion-MNIST (arXiv 1708.07747)"
CLANUWAT = "Clanuwat et al. 2018, Deep learning for classical Japanese literature (arXiv 1812.01718)"
COHEN = "Cohen, Afshar, Tapson, van Schaik 2017, EMNIST (arXiv 1702.05373)"
KRIZHEVSKY = "Krizhevsky 2009, Learning multiple layers of features from tiny images"
PACGAN = "Lin, Khetan, Fanti, Oh 2018, PacGAN, §4.1 (arXiv 1712.04086)"

DATA: Registry[DataConfig] = Registry(
    "data set",
    Entry("mnist", "handwritten digits, 28×28 greyscale", LECUN, MnistConfig, "data.mnist:load"),
    Entry(
        "stacked",
        "three digits as the colour channels of one image, 28×28, 1,000 modes",
        "Metz, Poole, Pfau, Sohl-Dickstein 2017, Unrolled GAN, §3.3 (arXiv 1611.02163)",
        StackedConfig,
        "data.stacked:load",
    ),
    Entry("emoji", "3,786 colour emoji on white, 64×64", "", EmojiConfig, "data.emoji:load"),
    Entry("lines", "0 to 9 straight lines, 60×60", S1, LinesConfig, "data.synthetic.lines:load"),
    Entry(
        "puzzles", "a rectangle cut into two separated pieces, 28×28", S1, PuzzlesConfig, "data.synthetic.puzzles:load"
    ),
    Entry("polygons", "a regular polygon of 3 to 12 sides, 60×60", S1, PolygonsConfig, "data.synthetic.polygons:load"),
    Entry("points", "0 to 9 plus-shaped marks, 28×28", S1, PointsConfig, "data.synthetic.plus_marks:load"),
    Entry(
        "figures",
        "a coloured polygon, star or circle, 64×64",
        "",
        FiguresConfig,
        "data.synthetic.figures:load",
    ),
    Entry(
        "pairs",
        "two domains with known exact translations between them: outlines, stroke widths or rotations",
        "",
        PairsConfig,
        "data.synthetic.pairs:load",
    ),
    Entry(
        "folder",
        "your own images: data.folder=PATH, a folder or zip",
        "",
        FolderConfig,
        "data.files.image_folders:load",
    ),
    Entry(
        "array",
        "your own images: data.array=PATH, an npz, npy or mat file",
        "",
        ArrayConfig,
        "data.files.arrays:load",
    ),
    Entry(
        "mapped",
        "your own images from Python, memory-mapped on disk because they do not fit into memory",
        "",
        MappedConfig,
        "data.files.mapped:load",
    ),
    Entry(
        "csv",
        "your own images: data.csv=PATH, a table with one image per line",
        "",
        CsvConfig,
        "data.files.csv_sets:load",
    ),
    Entry(
        "parquet",
        "your own images: data.parquet=PATH, a Parquet file or a folder of Parquet files",
        "",
        ParquetConfig,
        "data.files.parquet:load",
    ),
    Entry("idx", "your own images: data.idx=PATH, a folder of IDX files", "", IdxConfig, "data.files.idx_sets:load"),
    Entry(
        "cifar",
        "CIFAR-10 or CIFAR-100, 32×32 colour images: data.cifar=PATH",
        KRIZHEVSKY,
        CifarConfig,
        "data.files.cifar:load",
    ),
    Entry(
        "coordinates",
        "your own points: data.points=PATH, an npz, npy or csv file",
        "",
        CoordinatesConfig,
        "data.files.point_files:load",
    ),
    Entry("fashion", "clothing, 28×28 greyscale", XIAO, FashionConfig, "data.files.idx_sets:load_fashion"),
    Entry(
        "kmnist",
        "cursive Japanese characters, 28×28 greyscale: data.path=PATH",
        CLANUWAT,
        KmnistConfig,
        "data.files.idx_sets:load_kmnist",
    ),
    Entry(
        "emnist",
        "handwritten letters, 28×28 greyscale: data.path=PATH",
        COHEN,
        EmnistConfig,
        "data.files.idx_sets:load_emnist",
    ),
    Entry("ring", "8 narrow Gaussians on a circle", PACGAN, RingConfig, "data.toy2d:load"),
    Entry("grid", "25 narrow Gaussians on a grid", PACGAN, GridConfig, "data.toy2d:load"),
    Entry("spiral", "two spiral arms", "", SpiralConfig, "data.toy2d:load"),
    Entry("moons", "two half moons", "", MoonsConfig, "data.toy2d:load"),
    Entry(
        "checkerboard",
        "uniform points on the dark squares of a checkerboard",
        "",
        CheckerboardConfig,
        "data.toy2d:load",
    ),
    Entry("gaussians", "a 1-D Gaussian, compared with a second Gaussian", "", GaussiansConfig, "data.toy2d:load"),
)

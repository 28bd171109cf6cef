"""Settings of data sets read from files: image folders, zip files, arrays, tables and IDX files."""

import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, field_validator, model_validator

from ganarium.config.base import Also, Before, DataConfig

SMALLEST, LARGEST = 16, 128  # pixels along one side
MOST_DIMENSIONS = 64  # of points
LOCATIONS = (
    "folder",
    "array",
    "mapped",
    "idx",
    "csv",
    "cifar",
    "parquet",
    "coordinates",
    "path",
)  # settings that hold a path
LABELLING = ("labels", "layout", "first_label", "classes", "class_order", "empty_classes", "fine")
SELECTION = frozenset(("kind", *LOCATIONS, *LABELLING, "names", "part", "count", "subset", "held_out", "unreadable"))


def _text(path: Any) -> Any:
    """Return a path unchanged; raise `ValueError` if the path is not valid UTF-8 text."""
    if isinstance(path, str) and ("\0" in path or any("\ud800" <= letter <= "\udfff" for letter in path)):
        raise ValueError(f"the path {path!r} is not valid UTF-8; rename the file or folder")
    return path


def _absolute(path: str) -> str:
    try:
        return str(Path(path).expanduser().absolute())
    except RuntimeError:
        raise ValueError(f"{path}: unknown user name; write the full path") from None


def _height_and_width(value: Any) -> Any:
    """Parse an image size: 64 becomes (64, 64), and "48x64" becomes (48, 64)."""
    if isinstance(value, int):
        return (value, value)
    if isinstance(value, str) and (numbers := re.fullmatch(r"(\d+)[x×](\d+)", value)):
        return (int(numbers[1]), int(numbers[2]))
    return value


def _names(value: Any) -> Any:
    """Parse a list of unquoted names, such as `[right, left]`, which is not valid TOML."""
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        return tuple(name.strip() for name in value[1:-1].split(",") if name.strip())
    return value


def _all_different(names: tuple[str, ...]) -> tuple[str, ...]:
    for name, times in Counter(names).most_common(1):
        if times > 1:
            raise ValueError(f"the class {name!r} is listed twice; list each class once")
    return names


Location = Annotated[
    str, Field(min_length=1, coerce_numbers_to_str=True), BeforeValidator(_text), AfterValidator(_absolute)
]
Pixels = Annotated[int, Field(ge=SMALLEST, le=LARGEST)]
Size = Annotated[tuple[Pixels, Pixels], BeforeValidator(_height_and_width)]
HELD_OUT = Field(
    0.1,
    ge=0,
    lt=1,
    description="fraction of the data held out, half as validation and half as test data, if the data have no "
    "such splits",
)
COUNT = Field(None, description="number of training images, taken from the start of the file; all by default")
COUNT_OF_ALL = Field(None, description="number of training images, chosen from all classes; all by default")
SOME = Field(None, description="number of training images, chosen according to `subset`; all by default")
Subset = Literal["random", "first"]
SUBSET = Field(description="how the `count` images are chosen: at random, or from the start of the file")
ClassNames = Annotated[
    tuple[Annotated[str, Field(coerce_numbers_to_str=True)], ...],
    BeforeValidator(_names),
    AfterValidator(_all_different),
]
CLASSES = Field(
    (), description="class names in the order of the label numbers; by default, the names and order found in the data"
)
ClassOrder = Literal["natural", "text"]
Unused = Literal["drop", "keep"]
EMPTY_CLASSES: Unused = Field("drop", description="whether to drop or keep classes without images in any split")
Decoding = Annotated[
    Literal[1, 2],
    Before(1),
    Field(description="version of the rules for decoding files; version 1 ignores colour profiles and guesses layouts"),
]
INVERT = Field(False, description="invert black and white, for images that are dark on a light background")


class FilesConfig(DataConfig):
    """Base settings of data sets stored in files."""

    count: PositiveInt | None = COUNT

    @property
    def location(self) -> str | None:
        """Return the path of the file or folder, or None if the data are located automatically."""
        return next((str(getattr(self, name)) for name in LOCATIONS if getattr(self, name, None)), None)

    @property
    def location_key(self) -> str:
        """Return the name of the setting that holds the path."""
        return next(name for name in LOCATIONS if name in type(self).model_fields)

    @property
    def decoding_settings(self) -> dict[str, Any]:
        """Return the settings that affect decoded pixels, by name, without settings that select or split images.

        >>> FolderConfig(folder="pictures", ground="black", held_out=0.3).decoding_settings["ground"]
        'black'
        """
        return {name: getattr(self, name) for name in type(self).model_fields if name not in SELECTION}


class PictureFilesConfig(FilesConfig):
    """Base settings of encoded images, such as PNG and JPEG files."""

    count: PositiveInt | None = COUNT_OF_ALL
    size: Size | None = Field(
        None,
        description="height and width, such as 64 or 48x64; by default, the size of the files if all have the same "
        "size, otherwise 64",
    )
    fit: Literal["crop", "pad"] = Field(
        "crop",
        description="how scaled images are fitted to the size: crop to the centre, or pad with the colour `ground`",
    )
    resample: Annotated[Literal["lanczos", "nearest"], Before("lanczos")] = Field(
        "lanczos", description="interpolation method; nearest preserves the edges and colours of pixel art"
    )
    colour: Literal["auto", "grey", "rgb"] = Field(
        "auto", description="colour mode; auto: grey if every file is grey, otherwise rgb"
    )
    ground: str = Field(
        "white", description="background colour of transparent images and padding: a colour name or #rrggbb"
    )
    invert: bool = INVERT
    classes: ClassNames = CLASSES
    unreadable: Literal["error", "skip"] = Field("error", description="what to do with files that cannot be read")
    held_out: float = HELD_OUT
    decoding: Decoding = 2

    @field_validator("ground")
    @classmethod
    def _is_a_colour(cls, ground: str) -> str:
        from PIL import ImageColor

        try:
            channels = ImageColor.getrgb(ground)
        except ValueError:
            raise ValueError(f"unknown colour {ground!r}; write white, black, grey or #rrggbb") from None
        if len(channels) > 3:
            raise ValueError(f"{ground!r} is transparent; write an opaque colour, such as #rrggbb")
        return ground


class FolderConfig(PictureFilesConfig):
    """A folder or zip file of images; subfolders are classes, optionally inside train and test folders."""

    kind: Literal["folder"] = "folder"
    folder: Location = Field(description="path of the folder or .zip file")
    class_order: Annotated[ClassOrder, Before("text")] = Field(
        "natural", description="natural: folder 2 comes before folder 10; text: folder 10 comes before folder 2"
    )
    labels: Literal["auto", "folders", "table", "none"] = Field(
        "auto",
        description="source of the labels; auto: subfolders, or a table next to the images (StyleGAN's dataset.json or "
        "a CSV file)",
    )
    layout: Annotated[Literal["auto", "plain"], Before("plain")] = Field(
        "auto",
        description="auto: recognize common names of splits, system folders and tables; plain: every folder is a "
        "class, unless its name is exactly train, test or validation",
    )

    @model_validator(mode="after")
    def _reads_tables(self) -> Self:
        if self.layout == "plain" and self.labels == "table":
            raise ValueError("layout=plain does not read tables; use layout=auto or labels=folders")
        return self


class ParquetConfig(PictureFilesConfig):
    """Parquet files with a column of encoded images, as on the Hugging Face Hub."""

    kind: Literal["parquet"] = "parquet"
    parquet: Location = Field(description="path of a .parquet file or of a folder of .parquet files")


class ArrayConfig(FilesConfig):
    """Images in one .npz, .npy or .mat file."""

    kind: Literal["array"] = "array"
    count: PositiveInt | None = SOME
    subset: Annotated[Subset, Before("first"), SUBSET] = "random"
    array: Location = Field(description="path of the .npz, .npy or .mat file")
    names: Annotated[Literal["usual", "few"], Before("few")] = Field(
        "usual", description="array names to recognize: all usual names, or the few that earlier versions recognized"
    )
    classes: ClassNames = CLASSES
    empty_classes: Annotated[Unused, Before("keep")] = EMPTY_CLASSES
    invert: bool = INVERT
    held_out: float = HELD_OUT
    decoding: Decoding = 2


class MappedConfig(FilesConfig):
    """Images in a memory-mapped .npz file, written for data from Python that do not fit into memory."""

    kind: Literal["mapped"] = "mapped"
    count: PositiveInt | None = COUNT_OF_ALL
    mapped: Location = Field(description="path of the uncompressed .npz file under runs/data")
    held_out: float = HELD_OUT


class TableConfig(FilesConfig):
    """Base settings of files that contain raw (unencoded) pixel values."""

    count: PositiveInt | None = COUNT_OF_ALL
    classes: ClassNames = CLASSES
    invert: bool = INVERT
    held_out: float = HELD_OUT


class CsvConfig(TableConfig):
    """A table with one image per line, like Kaggle's MNIST."""

    kind: Literal["csv"] = "csv"
    csv: Location = Field(description="path of a .csv or .csv.gz file, or of a folder of such files")
    size: Size | None = Field(
        None, description="height and width of the images, such as 28 or 48x64; square by default"
    )
    channels: Literal["none", "first", "last"] = Field(
        "none",
        description="channel axis of colour images: first for [C, H, W], last for [H, W, C]; none for grey images",
    )


class CifarConfig(TableConfig):
    """CIFAR-10 or CIFAR-100 in the binary format."""

    kind: Literal["cifar"] = "cifar"
    cifar: Location = Field(description="path of the folder of .bin files, or of the .tar.gz file")
    fine: bool = Field(True, description="use the 100 fine labels of CIFAR-100, not the 20 coarse labels")


class CoordinatesConfig(FilesConfig):
    """Points in 1 to 64 dimensions, read from an array or CSV file."""

    holds_points: ClassVar[bool] = True

    kind: Literal["coordinates"] = "coordinates"
    count: PositiveInt | None = Field(None, description="number of training points; all by default")
    coordinates: Annotated[Location, Also("points")] = Field(
        description="path of the .npz, .npy, .csv or .csv.gz file; data.points is another name of this setting"
    )
    held_out: float = HELD_OUT


class IdxConfig(FilesConfig):
    """A folder of IDX files, gzipped or raw, with file names like those of MNIST."""

    kind: Literal["idx"] = "idx"
    count: PositiveInt | None = SOME
    subset: Annotated[Subset, Before("first"), SUBSET] = "random"
    idx: Location = Field(description="path of the folder")
    transposed: Literal["auto", True, False] = Field(
        "auto",
        description="whether images are stored column by column; auto: True if the files are named like EMNIST's",
    )
    first_label: int = Field(0, ge=0, le=255, description="label of the first class; 1 for EMNIST's letters")
    classes: ClassNames = CLASSES
    empty_classes: Annotated[Unused, Before("keep")] = EMPTY_CLASSES


class FashionConfig(FilesConfig):
    """Fashion-MNIST: ten classes of clothing, in the format of MNIST."""

    kind: Literal["fashion"] = "fashion"
    path: Location | None = Field(
        None, description="folder with the four IDX files; by default, from the Debian package dataset-fashion-mnist"
    )


class KmnistConfig(FilesConfig):
    """KMNIST: ten cursive Japanese characters, in the format of MNIST."""

    kind: Literal["kmnist"] = "kmnist"
    path: Location = Field(description="folder with the four IDX files")


class EmnistConfig(FilesConfig):
    """EMNIST: handwritten letters and digits, stored transposed and loaded upright."""

    kind: Literal["emnist"] = "emnist"
    path: Location = Field(description="folder with the EMNIST files, such as emnist-PART-train-images-idx3-ubyte.gz")
    part: Literal["letters", "digits", "balanced", "byclass", "bymerge", "mnist"] = "letters"

"""Settings of data read from files: picture folders and zips, arrays, tables, IDX files."""

import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, field_validator, model_validator

from ganarium.config.base import Before, DataConfig

SMALLEST, LARGEST = 16, 128  # pixels along one side
PLACES = ("folder", "array", "idx", "csv", "cifar", "parquet", "coordinates", "path")  # settings that hold a path
LABELLING = ("labels", "layout", "first_label", "classes", "class_order", "empty_classes", "fine")
SELECTION = frozenset(("kind", *PLACES, *LABELLING, "names", "part", "count", "subset", "held_out", "unreadable"))


def _text(path: Any) -> Any:
    """Return a path unchanged; raise `ValueError` if it is not valid UTF-8 text."""
    if isinstance(path, str) and ("\0" in path or any("\ud800" <= letter <= "\udfff" for letter in path)):
        raise ValueError(f"the path {path!r} is no UTF-8 text; rename what lies there")
    return path


def _absolute(path: str) -> str:
    try:
        return str(Path(path).expanduser().absolute())
    except RuntimeError:
        raise ValueError(f"{path}: nobody of that name has a home here; write the path out") from None


def _height_and_width(value: Any) -> Any:
    """Parse a size: 64 becomes (64, 64), "48x64" becomes (48, 64)."""
    if isinstance(value, int):
        return (value, value)
    if isinstance(value, str) and (numbers := re.fullmatch(r"(\d+)[x×](\d+)", value)):
        return (int(numbers[1]), int(numbers[2]))
    return value


def _names(value: Any) -> Any:
    """Parse `[right, left]`, which is not a TOML list of strings, as ("right", "left")."""
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        return tuple(name.strip() for name in value[1:-1].split(",") if name.strip())
    return value


def _all_different(names: tuple[str, ...]) -> tuple[str, ...]:
    for name, times in Counter(names).most_common(1):
        if times > 1:
            raise ValueError(f"the class {name!r} is named twice")
    return names


Place = Annotated[
    str, Field(min_length=1, coerce_numbers_to_str=True), BeforeValidator(_text), AfterValidator(_absolute)
]
Pixels = Annotated[int, Field(ge=SMALLEST, le=LARGEST)]
Size = Annotated[tuple[Pixels, Pixels], BeforeValidator(_height_and_width)]
HELD_OUT = Field(
    0.1, ge=0, lt=1, description="share that training does not see, half validation and half test, if no folder says"
)
COUNT = Field(None, description="training pictures, the first so many; all by default")
COUNT_OF_ALL = Field(None, description="training pictures, so many of all classes; all by default")
SOME = Field(None, description="training pictures, chosen as `subset` says; all by default")
Subset = Literal["random", "first"]
SUBSET = Field(description="which `count` pictures are used: chosen at random, or the first of the file")
ClassNames = Annotated[
    tuple[Annotated[str, Field(coerce_numbers_to_str=True)], ...],
    BeforeValidator(_names),
    AfterValidator(_all_different),
]
CLASSES = Field((), description="names of the classes in the order of their numbers; by default the data's own order")
ClassOrder = Literal["natural", "text"]
Unused = Literal["drop", "keep"]
EMPTY_CLASSES: Unused = Field("drop", description="drop or keep the classes of which no split has a picture")
Decoding = Annotated[
    Literal[1, 2],
    Before(1),
    Field(description="version of the rules that make pixels of files; 1 ignores colour profiles and guesses layouts"),
]
INVERT = Field(False, description="exchange black and white, for pictures with dark ink on a light ground")


class FilesConfig(DataConfig):
    """Base settings of data in files."""

    count: PositiveInt | None = COUNT

    @property
    def place(self) -> str | None:
        """Return the path of the file or folder, or None if it is located automatically."""
        return next((str(getattr(self, name)) for name in PLACES if getattr(self, name, None)), None)

    @property
    def place_key(self) -> str:
        """Return the name of the setting that holds the path."""
        return next(name for name in PLACES if name in type(self).model_fields)

    @property
    def treatment(self) -> dict[str, Any]:
        """Return the settings that determine decoded pixels, without those that select or split pictures.

        >>> FolderConfig(folder="pictures", ground="black", held_out=0.3).treatment["ground"]
        'black'
        """
        return {name: getattr(self, name) for name in type(self).model_fields if name not in SELECTION}


class PictureFilesConfig(FilesConfig):
    """Base settings of encoded pictures, such as PNG and JPEG files."""

    count: PositiveInt | None = COUNT_OF_ALL
    size: Size | None = Field(
        None, description="height and width, as 64 or 48x64; the pictures' own when all have the same, else 64"
    )
    fit: Literal["crop", "pad"] = Field(
        "crop", description="how other sizes get there: cut the middle out, or add ground"
    )
    resample: Annotated[Literal["lanczos", "nearest"], Before("lanczos")] = Field(
        "lanczos", description="how pictures are scaled; nearest keeps the edges and colours of pixel art"
    )
    colour: Literal["auto", "grey", "rgb"] = Field("auto", description="auto: grey when every file is")
    ground: str = Field("white", description="what lies behind transparent pictures and padding: a name or #rrggbb")
    invert: bool = INVERT
    classes: ClassNames = CLASSES
    unreadable: Literal["error", "skip"] = Field("error", description="what to do about files that cannot be read")
    held_out: float = HELD_OUT
    decoding: Decoding = 2

    @field_validator("ground")
    @classmethod
    def _is_a_colour(cls, ground: str) -> str:
        from PIL import ImageColor

        try:
            channels = ImageColor.getrgb(ground)
        except ValueError:
            raise ValueError(f"there is no colour {ground!r}; write white, black, grey or #rrggbb") from None
        if len(channels) > 3:
            raise ValueError(f"{ground!r} is transparent itself; write a colour that is not, as #rrggbb")
        return ground


class FolderConfig(PictureFilesConfig):
    """A folder or zip of pictures; subfolders are classes, optionally below train and test folders."""

    kind: Literal["folder"] = "folder"
    folder: Place = Field(description="path of the folder or .zip file")
    class_order: Annotated[ClassOrder, Before("text")] = Field(
        "natural", description="natural: folder 2 comes before folder 10; text: after it"
    )
    labels: Literal["auto", "folders", "table", "none"] = Field(
        "auto",
        description="auto: sub-folders, or a table beside the pictures: StyleGAN's dataset.json or a CSV file",
    )
    layout: Annotated[Literal["auto", "plain"], Before("plain")] = Field(
        "auto",
        description="auto: recognize usual names of splits, system folders and tables; plain: every folder is a class, "
        "unless named exactly train, test or validation",
    )

    @model_validator(mode="after")
    def _reads_tables(self) -> Self:
        if self.layout == "plain" and self.labels == "table":
            raise ValueError("layout=plain reads no tables: use layout=auto, or labels=folders")
        return self


class ParquetConfig(PictureFilesConfig):
    """Parquet files with a column of encoded pictures, as on the Hugging Face Hub."""

    kind: Literal["parquet"] = "parquet"
    parquet: Place = Field(description="path of the .parquet file, or of a folder of them")


class ArrayConfig(FilesConfig):
    """Pictures in one .npz, .npy or .mat file."""

    kind: Literal["array"] = "array"
    count: PositiveInt | None = SOME
    subset: Annotated[Subset, Before("first"), SUBSET] = "random"
    array: Place = Field(description="path of the .npz, .npy or .mat file")
    names: Annotated[Literal["usual", "few"], Before("few")] = Field(
        "usual", description="names of arrays that are known: all usual ones, or the few of earlier versions"
    )
    classes: ClassNames = CLASSES
    empty_classes: Annotated[Unused, Before("keep")] = EMPTY_CLASSES
    invert: bool = INVERT
    held_out: float = HELD_OUT
    decoding: Decoding = 2


class TableConfig(FilesConfig):
    """Base settings of files of raw, unencoded pictures."""

    count: PositiveInt | None = COUNT_OF_ALL
    classes: ClassNames = CLASSES
    invert: bool = INVERT
    held_out: float = HELD_OUT


class CsvConfig(TableConfig):
    """A table with one picture per line, like Kaggle's MNIST."""

    kind: Literal["csv"] = "csv"
    csv: Place = Field(description="path of the .csv or .csv.gz file, or of a folder of them")
    size: Size | None = Field(None, description="height and width of the pictures, as 28 or 48x64; square by default")
    channels: Literal["none", "first", "last"] = Field(
        "none", description="where a line of a colour picture has its channels: [C, H, W] is first, [H, W, C] last"
    )


class CifarConfig(TableConfig):
    """CIFAR-10 or CIFAR-100 in the binary format."""

    kind: Literal["cifar"] = "cifar"
    cifar: Place = Field(description="path of the folder of .bin files, or of the .tar.gz file")
    fine: bool = Field(True, description="of CIFAR-100: 100 fine labels instead of 20 coarse ones")


class CoordinatesConfig(FilesConfig):
    """The user's own points, in one or two dimensions."""

    holds_points: ClassVar[bool] = True

    kind: Literal["coordinates"] = "coordinates"
    count: PositiveInt | None = Field(None, description="training points; all by default")
    coordinates: Place = Field(description="path of the .npz, .npy, .csv or .csv.gz file")
    held_out: float = HELD_OUT


class IdxConfig(FilesConfig):
    """A folder of IDX files, gzipped or raw, named like those of MNIST."""

    kind: Literal["idx"] = "idx"
    count: PositiveInt | None = SOME
    subset: Annotated[Subset, Before("first"), SUBSET] = "random"
    idx: Place = Field(description="path of the folder")
    transposed: Literal["auto", True, False] = Field(
        "auto", description="whether pictures are stored column by column; auto: when files are named as EMNIST's"
    )
    first_label: int = Field(0, ge=0, le=255, description="the number of the first class, 1 for EMNIST's letters")
    classes: ClassNames = CLASSES
    empty_classes: Annotated[Unused, Before("keep")] = EMPTY_CLASSES


class FashionConfig(FilesConfig):
    """Fashion-MNIST: ten classes of clothes, in the format of MNIST."""

    kind: Literal["fashion"] = "fashion"
    path: Place | None = Field(None, description="folder of the four files; Debian's is found by itself")


class KmnistConfig(FilesConfig):
    """KMNIST: ten cursive Japanese characters, in the format of MNIST."""

    kind: Literal["kmnist"] = "kmnist"
    path: Place = Field(description="folder of the four files")


class EmnistConfig(FilesConfig):
    """EMNIST: handwritten letters and digits, stored transposed and loaded upright."""

    kind: Literal["emnist"] = "emnist"
    path: Place = Field(description="folder of the files emnist-PART-train-images-idx3-ubyte.gz and so on")
    part: Literal["letters", "digits", "balanced", "byclass", "bymerge", "mnist"] = "letters"

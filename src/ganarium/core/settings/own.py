"""Settings of data that lie in files: a folder or zip of pictures, arrays, IDX files."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, field_validator

from ganarium.core.frozen import Before
from ganarium.core.settings.base import DataSettings

SMALLEST, LARGEST = 16, 128  # pixels along one side
PLACES = ("folder", "array", "idx", "path")  # the settings that say where


def _text(path: Any) -> Any:
    """Paths that a run can write down."""
    if isinstance(path, str) and ("\0" in path or any("\ud800" <= letter <= "\udfff" for letter in path)):
        raise ValueError(f"the path {path!r} is no UTF-8 text; rename what lies there")
    return path


def _absolute(path: str) -> str:
    try:
        return str(Path(path).expanduser().absolute())
    except RuntimeError:
        raise ValueError(f"{path}: nobody of that name has a home here; write the path out") from None


def _height_and_width(value: Any) -> Any:
    """64 -> (64, 64); "48x64" -> (48, 64)."""
    if isinstance(value, int):
        return (value, value)
    if isinstance(value, str) and (numbers := re.fullmatch(r"(\d+)[x×](\d+)", value)):
        return (int(numbers[1]), int(numbers[2]))
    return value


Place = Annotated[
    str, Field(min_length=1, coerce_numbers_to_str=True), BeforeValidator(_text), AfterValidator(_absolute)
]
Pixels = Annotated[int, Field(ge=SMALLEST, le=LARGEST)]
Size = Annotated[tuple[Pixels, Pixels], BeforeValidator(_height_and_width)]
HELD_OUT = Field(
    0.1, ge=0, lt=1, description="share that training does not see, half validation and half test, if no folder says"
)
COUNT = Field(None, description="training pictures, the first so many; all by default")
SOME = Field(None, description="training pictures, chosen as `subset` says; all by default")
Subset = Literal["random", "first"]
SUBSET = Field(description="which `count` pictures are used: chosen at random, or the first of the file")
INVERT = Field(False, description="exchange black and white, for pictures with dark ink on a light ground")


class OwnData(DataSettings):
    """What all data in files share."""

    count: PositiveInt | None = COUNT

    @property
    def place(self) -> str | None:
        """The file or folder that holds it; None when it is found by itself."""
        return next((str(getattr(self, name)) for name in PLACES if getattr(self, name, None)), None)


class Folder(OwnData):
    """A folder or zip of pictures; sub-folders name the classes, and may be parted into train and test above."""

    kind: Literal["folder"] = "folder"
    count: PositiveInt | None = Field(None, description="training pictures, so many of all classes; all by default")
    folder: Place = Field(description="path of the folder or .zip file")
    size: Size | None = Field(
        None, description="height and width, as 64 or 48x64; the pictures' own when all have the same, else 64"
    )
    fit: Literal["crop", "pad"] = Field(
        "crop", description="how other sizes get there: cut the middle out, or add ground"
    )
    colour: Literal["auto", "grey", "rgb"] = Field("auto", description="auto: grey when every file is")
    ground: str = Field("white", description="what lies behind transparent pictures and padding: a name or #rrggbb")
    invert: bool = INVERT
    labels: Literal["auto", "folders", "none"] = Field("auto", description="auto: folders, if every picture is in one")
    unreadable: Literal["error", "skip"] = Field("error", description="what to do about files that cannot be read")
    held_out: float = HELD_OUT

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


class Array(OwnData):
    """Pictures in one .npz or .npy file."""

    kind: Literal["array"] = "array"
    count: PositiveInt | None = SOME
    subset: Annotated[Subset, Before("first"), SUBSET] = "random"
    array: Place = Field(description="path of the .npz or .npy file")
    invert: bool = INVERT
    held_out: float = HELD_OUT


class Idx(OwnData):
    """A folder of IDX files, gzipped or raw, named as those of MNIST."""

    kind: Literal["idx"] = "idx"
    count: PositiveInt | None = SOME
    subset: Annotated[Subset, Before("first"), SUBSET] = "random"
    idx: Place = Field(description="path of the folder")
    transposed: bool = Field(False, description="whether pictures are stored column by column, as EMNIST's are")
    first_label: int = Field(0, ge=0, le=255, description="the number of the first class, 1 for EMNIST's letters")


class Fashion(OwnData):
    """Clothes of ten kinds, in the format of MNIST."""

    kind: Literal["fashion"] = "fashion"
    path: Place | None = Field(None, description="folder of the four files; Debian's is found by itself")


class Kmnist(OwnData):
    """Ten cursive Japanese characters, in the format of MNIST."""

    kind: Literal["kmnist"] = "kmnist"
    path: Place = Field(description="folder of the four files")


class Emnist(OwnData):
    """Handwritten letters and digits; stored transposed, and read upright."""

    kind: Literal["emnist"] = "emnist"
    path: Place = Field(description="folder of the files emnist-PART-train-images-idx3-ubyte.gz and so on")
    part: Literal["letters", "digits", "balanced", "byclass", "bymerge", "mnist"] = "letters"

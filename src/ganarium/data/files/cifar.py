"""Load the binary versions of CIFAR-10 and CIFAR-100 from a folder or a .tar.gz file."""

import gzip
import os
import tarfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np

from ganarium.config.data_files import CifarConfig
from ganarium.core.errors import InputError, brief
from ganarium.core.escape import listed
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.files.label_validation import Numbers, class_names, used_classes
from ganarium.data.files.pixel_conversion import Pixels
from ganarium.data.files.split_selection import Part, part_for, set_of
from ganarium.data.safe_io import Stream, format_count, opened, read_at_most

SHAPE = (3, 32, 32)
PIXELS = 3 * 32 * 32
MOST_BYTES = 600_000_000  # of all files of a part: CIFAR-100 has 153,700,000
MOST_AT_ONCE = 1 << 22  # bytes of a tar file
GZIP = b"\x1f\x8b"
MOST_NAMES = 1 << 16  # bytes of a file of class names
MOST_MEMBERS = 1_000
ARCHIVES = (".tar.gz", ".tgz", ".tar")
APART: tuple[Split, ...] = ("test",)


@dataclass(frozen=True)
class Version:
    """A version of CIFAR: its files, the number of labels at the start of a record, and the files of class names."""

    title: str
    files: Mapping[Split, tuple[str, ...]]
    labels: int
    names: tuple[str, ...]
    classes: tuple[int, ...]


TEN = Version(
    "CIFAR-10",
    {"train": tuple(f"data_batch_{number}.bin" for number in range(1, 6)), "test": ("test_batch.bin",)},
    1,
    ("batches.meta.txt",),
    (10,),
)
HUNDRED = Version(
    "CIFAR-100",
    {"train": ("train.bin",), "test": ("test.bin",)},
    2,
    ("coarse_label_names.txt", "fine_label_names.txt"),
    (20, 100),
)
VERSIONS = (TEN, HUNDRED)


def is_cifar(path: Path) -> bool:
    """Return whether a path is a folder of CIFAR's binary files, or is named like one of them or an archive."""
    names = {entry.name for entry in path.iterdir()} if path.is_dir() else {path.name}
    known = {name for version in VERSIONS for files in version.files.values() for name in files}
    return bool(known & names) or (path.name.lower().startswith("cifar") and path.name.lower().endswith(ARCHIVES))


def load(settings: CifarConfig, split: Split = "train") -> ImageSet:
    """Load one split of CIFAR-10, or of CIFAR-100 with fine or coarse labels.

    Validation images, a fraction `settings.held_out / 2` of the training images, are held out by content. Classes
    without an image in the training and test files are dropped.

    Raises `InputError` when files are damaged or missing, `EmptySplitError` when the split has no images.
    """
    path = Path(settings.cifar)
    part = part_for(split, APART)
    wanted = {name for version in VERSIONS for name in (*version.files[part], *version.names)}
    found = dict(_found(path, wanted))
    version = next((each for each in VERSIONS if found.keys() & {*each.files[part]}), None)
    if version is None:
        names = " or ".join(each.files[part][0] for each in VERSIONS)
        raise InputError(f"{path}: does not contain {names}; only the binary version of CIFAR is supported")
    if missing := [name for name in version.files[part] if name not in found]:
        raise InputError(
            f"{path}: files of {version.title} are missing ({listed(missing)}); download the data set again"
        )
    which = version.labels - 1 if settings.fine else 0
    parts = [_records(f"{path}, {name}", found[name], version, which) for name in version.files[part]]
    pixels, labels = (np.concatenate(each) for each in zip(*parts, strict=True))
    every = [labels]
    if len(np.unique(labels)) < version.classes[which]:
        every += _labels_of_others(path, version, which, part)
    classes = used_classes(labels, _names(path, version, which, found), every, "drop")
    return set_of(settings, path, split, Part(pixels, *classes), APART)


def _labels_of_others(path: Path, version: Version, which: int, part: Split) -> list[Numbers]:
    """Return the labels [n] in each available file of parts other than `part`."""
    others = {name for other, names in version.files.items() if other != part for name in names}
    return [_records(f"{path}, {name}", content, version, which)[1] for name, content in _found(path, others)]


def _records(where: str, content: bytearray, version: Version, which: int) -> tuple[Pixels, Numbers]:
    """Return the images [n, 3, 32, 32] and labels [n] of one file."""
    length = version.labels + PIXELS
    if not content or len(content) % length:
        raise InputError(
            f"{where}: the file has {len(content):,} bytes, not a multiple of the {length:,} bytes of a "
            f"{version.title} record; download the file again"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, length)
    labels, most = records[:, which].astype(np.int64), version.classes[which]
    if labels.max() >= most:
        raise InputError(
            f"{where}: the file has labels from {labels.min()} to {labels.max()}, but {version.title} has {most} "
            "classes; download the file again"
        )
    return records[:, version.labels :].reshape(-1, *SHAPE), labels


def _names(path: Path, version: Version, which: int, found: Mapping[str, bytearray]) -> tuple[str, ...]:
    """Return the class names, or the class numbers if there is no file of names."""
    file, highest = version.names[which], [np.array([version.classes[which] - 1])]
    text = found.get(file, bytearray())[:MOST_NAMES].decode("utf-8", "replace")
    return class_names([line.strip() for line in text.splitlines() if line.strip()], highest, f"{path}, {file}")


def _found(path: Path, wanted: Collection[str]) -> Iterator[tuple[str, bytearray]]:
    return _in_folder(path, wanted) if path.is_dir() else _in_archive(path, wanted)


def _in_folder(path: Path, wanted: Collection[str]) -> Iterator[tuple[str, bytearray]]:
    """Yield the name and content of each wanted file in a folder."""
    for file in sorted(path.iterdir()):
        if file.name in wanted:
            with opened(file) as stream:
                yield file.name, _content(str(file), stream, os.fstat(stream.fileno()).st_size)


def _in_archive(path: Path, wanted: Collection[str]) -> Iterator[tuple[str, bytearray]]:
    """Yield the name and content of each wanted file in a tar file without extraction, skipping links."""
    if not path.name.lower().endswith(ARCHIVES):
        raise InputError(f"{path}: neither a folder nor a .tar.gz file; pass the folder of the .bin files")
    total = 0
    with opened(path) as file:
        try:
            with _stream(file) as stream, tarfile.open(fileobj=_BoundedTar(stream), mode="r:") as archive:  # type: ignore[call-overload]
                for number, member in enumerate(archive):
                    total += member.size
                    if number >= MOST_MEMBERS or total > MOST_BYTES:
                        most = f"{MOST_MEMBERS:,} files or {MOST_BYTES:,} bytes"
                        raise InputError(f"{path}: the archive contains more than {most}; download the file again")
                    name = PurePosixPath(member.name).name
                    if name in wanted and member.isreg() and (content := archive.extractfile(member)) is not None:
                        yield name, _content(f"{path}, {name}", content, member.size)
        except InputError:
            raise
        except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, OSError, ValueError) as error:
            raise InputError(f"{path}: not a valid .tar.gz file ({brief(error)}); download the file again") from None


def _stream(file: BinaryIO) -> BinaryIO:
    packed = file.read(len(GZIP)) == GZIP
    file.seek(0)
    return gzip.open(file) if packed else file  # type: ignore[return-value]


class _BoundedTar:
    """A tar stream that limits how much `tarfile` reads for one header."""

    def __init__(self, stream: BinaryIO) -> None:
        self.seek, self.tell, self._stream = stream.seek, stream.tell, stream

    def read(self, n: int) -> bytes:
        """Read up to n bytes."""
        if n > MOST_AT_ONCE:
            raise tarfile.ReadError(f"a header of {format_count(n)} bytes is too large")
        return self._stream.read(n)


def _content(where: str, stream: Stream, size: int) -> bytearray:
    if size > MOST_BYTES:
        raise InputError(
            f"{where}: the file has {format_count(size)} bytes, more than the maximum of {MOST_BYTES:,}; "
            "download the file again"
        )
    return read_at_most(stream, size)

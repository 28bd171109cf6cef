"""Output files and folders: formats, overwrite checks, and the list of files that ganarium wrote."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import file_digest, sha256
from pathlib import Path, PurePosixPath

from ganarium.core.atomic import PART, cannot_write, part_of, write_whole
from ganarium.core.errors import RunError, UsageError
from ganarium.core.escape import listed

LIST = ".ganarium-files"  # in an output folder: one JSON line per written file, [name, sha256]
LEFT_ALONE = frozenset(("thumbs.db", "desktop.ini"))  # operating-system files, ignored like hidden files
NAMED = 3  # number of files named in a message
ANOTHER = "choose another path"
FILE_SUFFIXES = frozenset(
    f".{kind}"
    for kind in (
        *("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "svg", "pdf", "mp4", "npz", "npy", "mat", "csv"),
        *("json", "jsonl", "toml", "txt", "pt", "pth", "ckpt", "safetensors", "onnx", "pkl", "zip", "gz", "parquet"),
    )
)


def format_of(out: Path, formats: Sequence[str], *, folder: bool = False) -> str:
    """Return the format given by the suffix of a path, in lower case; "" for a folder.

    formats: supported formats, for example ("png", "npz")
    folder: whether a folder is also accepted: a name without a suffix, or with a suffix without letters

    Raises `UsageError` for any other suffix.

    >>> format_of(Path("x.PNG"), ("png", "npz")), format_of(Path("sigma-0.5"), ("png",), folder=True)
    ('png', '')
    """
    suffix = out.suffix.lower().removeprefix(".")
    if suffix in formats:
        return suffix
    if folder and not any(map(str.isalpha, suffix)):
        return ""
    *others, last = [f"x.{one}" for one in formats] + ["a folder (a name without a suffix)"] * folder
    listing = f"{', '.join(others)} or {last}" if others else last
    raise UsageError(f"{out}: cannot write this format; use {listing}")


def refuse_file_name(out: Path) -> None:
    """Raise `UsageError` for a folder whose name looks like a file name, for example digits.png."""
    if out.suffix.lower() in FILE_SUFFIXES and not out.is_dir():
        raise UsageError(f"{out}: must be a folder, not a {out.suffix} file; omit the suffix, or {ANOTHER}")


def refuse_taken(out: Path, *, overwrite: bool, folder: bool = False) -> None:
    """Raise `UsageError` if a result cannot be written to a path; called before any work is done.

    folder: whether the result is a folder rather than a file

    An existing path requires `overwrite`. A folder is then replaced only if all its files were written by
    `write_folder` and are unchanged.
    """
    refuse_blocked(out)
    empty = out.is_dir() and not any(out.iterdir())
    if out.exists() and not overwrite and not empty:
        raise UsageError(f"{out} already exists: {ANOTHER}, or overwrite it")
    if out.exists() and out.is_dir() != folder:
        found, wanted = ("folder", "file") if out.is_dir() else ("file", "folder")
        raise UsageError(f"{out} is a {found}, but the output is a {wanted}; {ANOTHER}")
    if folder:
        _refuse_foreign(out, _parted(out)[1])


def refuse_blocked(out: Path) -> None:
    """Raise `UsageError` if a broken link, or a file in place of a folder, blocks the path."""
    for path in (out, *out.parents):
        if path.exists():
            if path is not out and not path.is_dir():
                raise UsageError(f"{out}: {path} is a file, not a folder; {ANOTHER}")
            return
        if path.is_symlink():
            target = path.readlink()
            raise UsageError(f"{out}: {path} is a link to {target}, which does not exist; {ANOTHER}")


def write_file(out: Path, data: bytes) -> None:
    """Write a file atomically; if the path is a link, write its target."""
    try:
        target = out.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(cannot_write(out, error, ANOTHER)) from None
    write_whole(target, data)


def write_folder(out: Path, files: Iterable[tuple[str, bytes]]) -> list[Path]:
    """Write (name, content) pairs as files in a folder, replace files of an earlier call, and return the paths.

    A hidden list in the folder records the name and hash of each file, so that a later call removes only these files.
    Raises `UsageError`, and removes nothing, if the folder contains other files.
    """
    ours, foreign = _parted(out)
    _refuse_foreign(out, foreign)
    written = []
    try:
        _remove(out, ours)
        out.mkdir(parents=True, exist_ok=True)
        (out / LIST).unlink(missing_ok=True)  # it may be a link to a file elsewhere
        with (out / LIST).open("w", encoding="utf-8") as record:
            for name, content in files:
                print(json.dumps([name, sha256(content).hexdigest()]), file=record, flush=True)
                _write(out / name, content)
                written.append(out / name)
    except OSError as error:
        raise RunError(cannot_write(out, error, ANOTHER)) from None
    return written


def _parted(out: Path) -> tuple[list[str], list[str]]:
    """Return the unchanged files that an earlier call wrote, and the first few other visible files."""
    known, ours, foreign = _recorded(out), [], []
    for path in _files_in(out):
        name = path.relative_to(out).as_posix()
        if _is_part(path.name) or (name in known and _digest(path) == known[name]):
            ours.append(name)
        elif not _is_left_alone(name):
            foreign.append(name)
            if len(foreign) == NAMED:
                break
    return ours, foreign


def _refuse_foreign(out: Path, foreign: Sequence[str]) -> None:
    if foreign:
        raise UsageError(
            f"{out} contains files that ganarium did not write or that were changed later, such as "
            f"{listed(foreign, NAMED)}; {ANOTHER}, so that these files are not overwritten"
        )


def _files_in(out: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(out):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        yield from (Path(folder) / name for name in sorted((*files, *links)))


def _recorded(out: Path) -> dict[str, str]:
    """Read the list of written files in a folder, as hashes by file name; skip truncated lines."""
    found = {}
    with suppress(OSError, UnicodeDecodeError):
        for line in (out / LIST).read_text("utf-8").splitlines():
            with suppress(ValueError, TypeError):
                name, digest = json.loads(line)
                found[str(name)] = str(digest)
    return found


def _digest(path: Path) -> str:
    """Return the hash of a regular file, or "" for anything else, such as a link or a pipe."""
    if path.is_symlink() or not path.is_file():
        return ""
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _is_left_alone(name: str) -> bool:
    """Return whether a file is ignored because it is hidden or was created by the operating system."""
    return any(part.startswith(".") or part.lower() in LEFT_ALONE for part in PurePosixPath(name).parts)


def _remove(out: Path, names: Iterable[str]) -> None:
    """Remove files, and the folders below `out` that become empty."""
    folders = set()
    for name in names:
        (out / name).unlink()
        folders |= set(PurePosixPath(name).parents) - {PurePosixPath()}
    for folder in sorted(folders, key=lambda each: -len(each.parts)):
        with suppress(OSError):
            (out / folder).rmdir()


def _write(path: Path, content: bytes) -> None:
    """Write a file atomically, without fsync, unlike `write_whole`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = part_of(path)
    part.write_bytes(content)
    part.replace(path)


def _is_part(name: str) -> bool:
    """Return whether a name belongs to a partly written file."""
    return name.startswith(".") and name.endswith(PART)

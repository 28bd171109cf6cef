"""Pack the 64×64 emoji of the npm package emoji-datasource-google into the files that ganarium includes.

python -m benchmarks.pack_emoji FOLDER

FOLDER contains PNG files named by code points, such as img/google/64 of emoji-datasource-google 16.0.0. Transparent
pixels are composited onto white. All skin tones of one emoji are in the same split, and so are equal pictures.
"""

import argparse
import lzma
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganarium.core.atomic import write_whole
from ganarium.data.datasets import Split
from ganarium.data.files.content_splits import digest, split_of
from ganarium.data.files.decode import Target, decode

PACKED = Path(__file__).parents[1] / "src/ganarium/data/bundled/emoji"
HELD_OUT = 0.2
FORMAT = Target(size=(64, 64), fit="pad", grey=False, ground="white", invert=False)
VARIANT = re.compile("-(1f3f[b-f]|fe0f)")  # skin tones, and the request for a coloured picture
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9, "lc": 0, "lp": 0, "pb": 0}]


def pictures_of(folder: Path) -> dict[str, NDArray[np.uint8]]:
    """Decode each picture of a folder, uint8 [64, 64, 3], by the code points in its name, variants together."""
    paths = sorted(folder.glob("*.png"), key=lambda path: (VARIANT.sub("", path.stem), path.stem))
    return {path.stem: decode(path.read_bytes(), FORMAT).transpose(1, 2, 0) for path in paths}


def groups_of(pictures: Mapping[str, NDArray[np.uint8]]) -> list[list[str]]:
    """Return the names of related pictures: variants of one emoji, and emoji with equal pictures."""
    groups: dict[str | bytes, list[str]] = {}
    for name, picture in pictures.items():
        keys = (VARIANT.sub("", name), digest(picture.tobytes()))
        linked = {id(groups[key]): groups[key] for key in keys if key in groups}
        merged = [*(each for group in linked.values() for each in group), name]
        for one in merged:
            groups[VARIANT.sub("", one)] = groups[digest(pictures[one].tobytes())] = merged
    return list({id(group): group for group in groups.values()}.values())


def main() -> None:
    """Write one file for each split."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    pictures = pictures_of(parser.parse_args().folder)
    split: dict[str, Split] = {}
    for group in groups_of(pictures):
        content = digest(b"".join(sorted(digest(pictures[name].tobytes()) for name in group)))
        split |= dict.fromkeys(group, split_of(content, HELD_OUT))
    for each in ("train", "validation", "test"):
        chosen = np.stack([picture for name, picture in pictures.items() if split[name] == each])
        packed = lzma.compress(chosen.tobytes(), lzma.FORMAT_XZ, filters=FILTERS)
        write_whole(PACKED / f"{each}.xz", packed)
        print(f"{each}: {len(chosen):,} pictures, {len(packed):,} bytes")


if __name__ == "__main__":
    main()

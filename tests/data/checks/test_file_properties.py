"""What files were like before they became pictures."""

import json
from dataclasses import asdict, replace
from functools import partial
from io import BytesIO

import pytest
from PIL import Image

from ganarium import api
from ganarium.data.checks.file_properties import grey_as_colour, mixed_modes, mixed_sizes, unreadable
from ganarium.data.datasets import Origin

CHECKS = (partial(unreadable, others={}), mixed_sizes, mixed_modes, grey_as_colour)
CLEAN = Origin(sizes={(20, 20): 1200}, modes={"grey": 1200}, messages=("all have 20×20 pixels",))


def names(pictures):
    return [remark.name for look in CHECKS for remark in look(pictures)]


def test_clean_files_and_pictures_without_files_pass(digits):
    assert names(digits) == []
    assert names(replace(digits, origin=CLEAN)) == []
    assert names(replace(digits, origin=Origin())) == []


def test_unreadable_files_are_grave_with_reasons_and_names(digits):
    reasons = {f"bad/{i}.png": "ends too early" for i in range(9)} | {"note.png": "not an image"}
    (remark,) = unreadable(replace(digits, origin=replace(CLEAN, unreadable=reasons)), {})
    assert (remark.grave, remark.value) == (True, 10)
    assert remark.examples == tuple(f"bad/{i}.png" for i in range(8))
    assert "ends too early (9); not an image (1)" in remark.text
    assert "--json lists all of them" in remark.text
    assert remark.reasons == reasons
    assert "data.unreadable=skip" in remark.advice


def test_unreadable_files_of_all_splits_are_told_each_once(digits):
    def split(**reasons):
        return replace(digits, origin=replace(CLEAN, unreadable=reasons))

    others = {"validation": split(a="cut", b="cut"), "test": split(a="cut", c="no image"), "more": digits}
    (remark,) = unreadable(split(a="cut"), others)
    assert remark.reasons == {"a": "cut", "b": "cut", "c": "no image"}
    assert remark.value == 3
    assert "--json" not in remark.text
    assert [*unreadable(digits, {"test": split(b="cut")})] != []


def test_the_check_of_a_folder_tells_every_broken_file_of_every_split(tmp_path, photos):
    """Half can be read no further than their header, and so only where they are decoded: in their own split."""
    for i in range(120):
        buffer = BytesIO()
        Image.fromarray(photos.images[i, 0].numpy()).save(buffer, "PNG")
        broken = {0: buffer.getvalue()[:80], 1: b"no image"}.get(i % 6, buffer.getvalue())
        (tmp_path / f"{i:03d}.png").write_bytes(broken)
    (remark,) = (remark for remark in api.check(str(tmp_path), "held_out=0.5") if remark.name == "unreadable")
    assert sorted(remark.reasons) == [f"{i:03d}.png" for i in range(120) if i % 6 < 2]
    assert json.loads(json.dumps(asdict(remark)))["reasons"] == remark.reasons
    assert "40 files" in remark.text


def test_mixed_sizes_are_told_with_their_shares(digits):
    (remark,) = mixed_sizes(replace(digits, origin=replace(CLEAN, sizes={(40, 20): 300, (20, 20): 900})))
    assert (remark.grave, remark.value) == (False, 2)
    assert "900 20×20 (75 %), 300 40×20 (25 %)" in remark.text
    assert "enlarged" not in remark.text
    assert "data.fit" in remark.advice


def test_enlarged_files_are_counted_even_if_all_are(digits):
    (remark,) = mixed_sizes(replace(digits, origin=replace(CLEAN, sizes={(10, 10): 1200}, enlarged=1200)))
    assert "1,200 are smaller than 20×20 and were enlarged" in remark.text
    (remark,) = mixed_sizes(replace(digits, origin=replace(CLEAN, sizes={(10, 10): 5, (99, 99): 1}, enlarged=5)))
    assert "; 5 are smaller" in remark.text


def test_mixed_modes_are_told_the_commonest_first(digits):
    modes = {"grey": 1, "RGB": 1190, "palette": 9}
    (remark,) = mixed_modes(replace(digits, origin=replace(CLEAN, modes=modes)))
    assert (remark.grave, remark.value) == (False, 3)
    assert remark.text.index("RGB") < remark.text.index("palette") < remark.text.index("grey (")
    assert "data.colour=grey" in remark.advice


@pytest.mark.parametrize("odd", [None, 700])
def test_grey_pictures_stored_in_colour(digits, odd):
    colours = digits.images.expand(-1, 3, -1, -1).clone()
    if odd is not None:
        colours[odd, 1, 3, 3] ^= 1
    found = [*grey_as_colour(replace(digits, images=colours, origin=CLEAN))]
    assert [remark.name for remark in found] == ([] if odd else ["grey-as-colour"])
    assert all("data.colour=grey" in remark.advice for remark in found)
    assert [*grey_as_colour(replace(digits, images=colours))] == []


def test_many_sizes_are_not_all_listed(digits):
    (remark,) = mixed_sizes(replace(digits, origin=replace(CLEAN, sizes={(30 + i, 20): 10 for i in range(30)})))
    assert "and 26 more" in remark.text

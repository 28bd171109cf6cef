"""Arrays of any kind and layout become the pictures they show; everything else is refused in one line that helps."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ganarium.config.base import RECORDED
from ganarium.config.data_files import ArrayConfig
from ganarium.config.synthetic import LinesConfig
from ganarium.core.errors import EmptySplitError, InputError
from ganarium.data.datasets import ImageSet, random_rows
from ganarium.data.export import arrays, compressed_npz
from ganarium.data.files.arrays import image_set, load
from ganarium.data.synthetic import lines

GREY = np.random.default_rng(0).integers(0, 256, (40, 20, 16), dtype=np.uint8)
RGB = np.random.default_rng(1).integers(0, 256, (40, 3, 20, 16), dtype=np.uint8)
BITS = GREY > 99
NUMBERS = np.arange(40) % 4
SPLITS = ("train", "validation", "test")
EVERY_BYTE = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
REFUSED = "array"  # the name that messages about arrays in memory begin with


def npz(path: Path, **values: Any) -> Path:
    file = path / "own.npz"
    np.savez_compressed(file, **values)
    return file


def loaded(file: Path, split: str = "train", **chosen: Any) -> ImageSet:
    return load(ArrayConfig(array=str(file), **chosen), split)  # type: ignore[arg-type]


def whole(file: Path, **chosen: Any) -> ImageSet:
    return loaded(file, held_out=0, **chosen)


def refusal(call: Callable[..., Any], *args: Any, **chosen: Any) -> str:
    with pytest.raises(InputError) as error:
        call(*args, **chosen)
    message = str(error.value)
    assert message.startswith(str(args[0]) if isinstance(args[0], Path) else REFUSED)
    assert "\n" not in message
    assert len(message) < 400
    return message


# ---- layouts


def test_grey_pictures_need_no_axis_of_channels():
    assert np.array_equal(image_set(GREY).images[:, 0], GREY)
    assert image_set(GREY).shape == (1, 20, 16)


@pytest.mark.parametrize("own", [RGB, RGB[:, :1]], ids=["colour", "grey"])
def test_channels_first_and_last_are_the_same_pictures(own: np.ndarray):
    first, last = image_set(own), image_set(np.moveaxis(own, 1, 3))
    assert first.hash == last.hash
    assert np.array_equal(first.images, own)
    assert last.images.is_contiguous()
    assert first.origin.messages == ()
    assert "the channels were moved" in last.origin.messages[0]
    assert first.origin.modes == {"RGB" if own is RGB else "grey": 40}
    assert first.origin.sizes == {(20, 16): 40}


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((), "shape ()"),
        ((5,), "shape 5 is not one of"),
        ((5, 3072), r".reshape(-1, 3, 32, 32)"),
        ((5, 100), r".reshape(-1, height, width)"),
        ((500, 100), "10×10 images; height and width must be 16 to 128 pixels"),
        ((5, 500), r".reshape(-1, height, width)"),
        ((2, 16, 16, 16, 3), "is not one of"),
        ((5, 20, 16, 4), "4 channels"),
        ((5, 4, 20, 16), "composite alpha"),
        ((5, 20, 16, 2), "is not one of [n, H, W]"),
        ((32, 32, 3, 5), "is not one of"),
        ((5, 3, 20, 3), "ambiguous"),
        ((5, 1, 1, 1), "ambiguous"),
        ((40, 32, 3), "x[None]"),
        ((5, 15, 16), "15×16; height and width must be 16 to 128"),
        ((5, 16, 129), "16×129; height and width must be 16 to 128"),
        ((5, 3, 20, 130), "20×130"),
        ((5, 8, 8, 3), "8×8"),
        ((0, 16, 16), "is empty"),
        ((5, 0, 16), "is empty"),
    ],
    ids=str,
)
def test_other_shapes_are_refused_with_the_way_out(shape: tuple[int, ...], said: str):
    assert said in refusal(image_set, np.zeros(shape, np.uint8))


@pytest.mark.parametrize("shape", [(2, 16, 16), (2, 128, 128), (2, 3, 16, 128), (2, 128, 16, 3)], ids=str)
def test_sides_of_16_to_128_are_read(shape: tuple[int, ...]):
    assert len(image_set(np.zeros(shape, np.uint8))) == 2


# ---- values


@pytest.mark.parametrize("kind", ["u1", "<i2", ">i2", "u2", "i4", "<i8", ">u8"])
def test_whole_numbers_stay_as_they_are(kind: str):
    assert np.array_equal(image_set(EVERY_BYTE.astype(kind)).images[:, 0], EVERY_BYTE)
    assert image_set((GREY > 99).astype(kind)).images.max() == 1


@pytest.mark.parametrize("kind", ["<f2", "<f4", ">f4", "f8", "longdouble"])
def test_floats_in_0_to_1_and_in_minus_1_to_1_are_the_same_pictures(kind: str):
    unit, signed = image_set((EVERY_BYTE / 255).astype(kind)), image_set((EVERY_BYTE / 127.5 - 1).astype(kind))
    assert np.array_equal(unit.images[:, 0], EVERY_BYTE)
    assert np.array_equal(signed.images[:, 0], EVERY_BYTE)
    assert unit.origin.messages == ("floats in [0, 1] (none is negative) were scaled to 0 … 255",)
    assert signed.origin.messages == ("floats in [-1, 1] (some are negative) were scaled to 0 … 255",)


def test_any_float_below_0_means_that_black_is_minus_1():
    own = np.full((2, 16, 16), 0.5)
    own[1, 3, 5] = -0.75
    images = image_set(own).images
    assert (images[0, 0, 0, 0], images[1, 0, 3, 5]) == (191, 32)


def test_many_floats_are_converted_as_few_are():
    own = np.random.default_rng(0).random((300, 128, 128), np.float32)  # more than one slab
    assert np.array_equal(image_set(own).images[:, 0], np.rint(own * 255).astype(np.uint8))


def test_false_and_true_are_black_and_white():
    own = image_set(BITS)
    assert np.array_equal(own.images[:, 0], np.where(BITS, 255, 0))
    assert "True to 255" in own.origin.messages[0]


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        (256, "i4", "values from 0 to 256, but integers must be in 0 to 255; divide 9-bit values by 2"),
        (-1, "i4", "values from -1 to 0"),
        (1 << 40, "i8", "rescale the values"),
        (2, "f4", "values from 0 to 2, but floats must be in [0, 1] or [-1, 1]; divide by 255"),
        (255, "f4", "divide by 255"),
        (-1.5, "f8", "values from -1.5 to 0"),
        (1.0001, "f8", "values from 0 to 1.0001"),
        (300, "f8", "rescale or clip the values"),
        (-1e-9, "f8", "unclear whether 0 or -1 is black"),
        (math.nan, "f4", "not finite"),
        (math.inf, "f4", "not finite"),
        (-math.inf, "f8", "not finite"),
    ],
)
def test_values_out_of_range_are_refused_with_the_range_found(value: float, kind: str, said: str):
    own = np.zeros((3, 16, 16), kind)
    own[1, 2, 3] = value
    assert said in refusal(image_set, own)


@pytest.mark.parametrize("kind", ["c8", "O", "U4", "S4", "M8[s]", "m8[s]", [("a", "u1")]], ids=str)
def test_what_is_no_number_is_refused(kind: Any):
    assert "is not supported" in refusal(image_set, np.zeros((2, 16, 16), kind))


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 4), st.sampled_from([1, 3]), st.just(16), st.integers(16, 20))))
def test_uint8_pictures_are_kept_to_the_bit(own: np.ndarray):
    for same in (own, np.asfortranarray(own), torch.from_numpy(own), own.astype(np.float64) / 255):
        assert np.array_equal(image_set(same).images, own)


# ---- in memory


def test_arrays_lists_and_tensors_are_the_same_set():
    tensor = torch.from_numpy(GREY)
    ones = [
        tensor,
        tensor.float().div(255).requires_grad_(),
        (tensor.float() / 255).double(),
        GREY.tolist(),
        list(GREY),
    ]
    labels = [torch.from_numpy(NUMBERS), NUMBERS.tolist(), NUMBERS.astype("u1"), NUMBERS[:, None], NUMBERS]
    assert {image_set(own, numbers).hash for own, numbers in zip(ones, labels, strict=True)} == {
        image_set(GREY, NUMBERS).hash
    }
    assert np.array_equal(image_set(torch.from_numpy(BITS).to(torch.bfloat16)).images[:, 0] == 255, BITS)


def test_a_set_does_not_change_with_what_it_was_made_of():
    own, numbers = GREY.copy(), NUMBERS.copy()
    made = image_set(own, numbers)
    own[:], numbers[:] = 0, 0
    assert np.array_equal(made.images[:, 0], GREY)
    assert np.array_equal(made.labels, NUMBERS)


def test_what_may_not_be_written_is_read_without_a_word():
    own, numbers = GREY.copy(), NUMBERS.copy()
    own.flags.writeable = numbers.flags.writeable = False
    assert len(image_set(own, numbers)) == len(image_set(own[::-1, ::2, ::-1].repeat(2, 1))) == 40


def test_names_of_set_and_classes_are_those_given():
    own = image_set(GREY, NUMBERS, ["a", "b", "c", "d"], name="mine")
    assert (own.name, own.classes) == ("mine", ("a", "b", "c", "d"))
    assert image_set(GREY, NUMBERS).classes == ("0", "1", "2", "3")
    assert image_set(GREY).classes == ()
    assert image_set(GREY).labels is None


@pytest.mark.parametrize(
    "own",
    ["abc", None, {}, [[1], [2, 3]], [GREY[0], GREY[0, :16]], 7, torch.zeros(2, 16, 16, device="meta"), object()],
    ids=["text", "none", "dict", "ragged", "two sizes", "number", "meta", "object"],
)
def test_what_is_no_array_is_refused(own: Any):
    refusal(image_set, own)


# ---- labels and classes


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (NUMBERS[:39], "39 labels for 40 images"),
        (NUMBERS / 2, "not integers"),
        (NUMBERS - 1, "labels from -1 to 2"),
        (NUMBERS + 10_000, "outside the range 0 to 9999"),
        (NUMBERS.astype("u8") + (1 << 63), "outside the range 0 to 9999"),
        (np.eye(4)[NUMBERS], "argmax"),
        (np.ones((40, 14), int), "images have several labels or none; choose one label for each image"),
        (np.zeros((40, 14), int), "images have several labels or none"),
        (np.full((40, 3), 7), "pass one integer for each image"),
        (np.int64(3), "have shape ()"),
        (["cat"] * 40, "not integers"),
        ([[1], [2, 3]], "cannot be converted to an array"),
        ([], "not integers"),
    ],
    ids=[
        "short",
        "float",
        "negative",
        "many",
        "huge",
        "one-hot",
        "several",
        "no-hot",
        "rows",
        "single",
        "text",
        "ragged",
        "empty",
    ],
)
def test_labels_that_are_none_are_refused(labels: Any, said: str):
    assert said in refusal(image_set, GREY, labels)


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        (["a", "b", "c"], "3 class names, but labels up to 3"),
        (["a", "b", "c", "a"], "two classes are named 'a'"),
        (["a", "b", "c", "../d"], "is not a valid name for a class"),
        (["a", "b", "c", ".."], "is not a valid name for a class"),
        (["a", "b", "c", ""], "is not a valid name for a class"),
        (["a", "b", "c", "d\n"], "is not a valid name for a class"),
        (["a", "b", "c", "C:d"], "is not a valid name for a class"),
    ],
    ids=["few", "twice", "path", "above", "empty", "line", "drive"],
)
def test_names_of_classes_that_could_not_name_folders_are_refused(classes: list[str], said: str, tmp_path: Path):
    assert said in refusal(image_set, GREY, NUMBERS, classes)
    assert said in refusal(whole, npz(tmp_path, images=GREY, labels=NUMBERS, classes=classes))


def test_names_of_classes_are_short(tmp_path: Path):
    classes = ["a", "b", "c", "d" * 256]
    assert "is not a valid name for a class" in refusal(image_set, GREY, NUMBERS, classes)
    assert "at most 255 characters" in refusal(whole, npz(tmp_path, images=GREY, labels=NUMBERS, classes=classes))
    classes[3] = "d" * 255
    assert whole(npz(tmp_path, images=GREY, labels=NUMBERS, classes=classes)).classes == tuple(classes)


def test_classes_without_labels_are_refused():
    assert "but no labels" in refusal(image_set, GREY, None, ["a"])


# ---- files


@pytest.mark.parametrize("name", ["images", "x", "x_train", "data", "arr_0", "X", "Images"])
@pytest.mark.parametrize("label", ["labels", "y", "y_train", "arr_1", "Y_Train"])
def test_usual_names_of_arrays_are_found(tmp_path: Path, name: str, label: str):
    own = whole(npz(tmp_path, other=np.zeros(3), **{name: GREY, label: NUMBERS}))
    assert own.hash == image_set(GREY, NUMBERS).hash


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_stored_and_packed_files_are_the_same(tmp_path: Path, save: Callable[..., None]):
    save(tmp_path / "own.npz", RGB, NUMBERS)
    assert whole(tmp_path / "own.npz").hash == image_set(RGB, NUMBERS).hash


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("suffix", [".npy", ".NPY"])
def test_an_npy_file_is_pictures_alone(tmp_path: Path, order: Any, suffix: str):
    with (tmp_path / f"own{suffix}").open("wb") as file:
        np.save(file, np.asarray(RGB / 255, order=order))
    own = whole(tmp_path / f"own{suffix}")
    assert own.hash == image_set(RGB).hash
    assert own.labels is None
    assert (own.name, own.card.title) == ("array", f"own{suffix}")


def test_stored_names_of_classes_are_read(tmp_path: Path):
    for classes in (["a", "b", "ç", "d"], [b"a", b"b", "ç".encode(), b"d"]):
        assert whole(npz(tmp_path, x=GREY, y=NUMBERS, classes=classes)).classes == ("a", "b", "ç", "d")
    assert whole(npz(tmp_path, x=GREY, y=NUMBERS, classes=[7, 8, 9, 10])).classes == ("7", "8", "9", "10")


def test_exported_sets_come_back(tmp_path: Path):
    drawn = lines.load(LinesConfig(count=30))
    (tmp_path / "own.npz").write_bytes(compressed_npz(arrays(drawn)))
    own = whole(tmp_path / "own.npz")
    assert torch.equal(own.images, drawn.images)
    assert torch.equal(own.labels, drawn.labels)
    assert own.classes == tuple(str(number) for number in range(int(drawn.labels.max()) + 1))


def test_every_picture_is_in_one_split_and_copies_are_in_the_same(tmp_path: Path):
    own = np.concatenate([GREY, GREY])
    parts = [loaded(npz(tmp_path, x=own, y=np.arange(80) % 40), split, held_out=0.5) for split in SPLITS]
    assert sum(len(part) for part in parts) == 80
    numbers = [set(part.labels.tolist()) for part in parts]
    assert all(numbers)
    assert not numbers[0] & numbers[1] | numbers[0] & numbers[2] | numbers[1] & numbers[2]
    for part in parts:
        assert np.array_equal(part.images[:, 0], GREY[part.labels])
        assert len(part.classes) == 40


def test_splits_depend_neither_on_kind_nor_layout_nor_inversion(tmp_path: Path):
    (tmp_path / "other").mkdir()
    one, other = npz(tmp_path, x=GREY), npz(tmp_path / "other", x=GREY[..., None] / 127.5 - 1)
    for split in SPLITS:
        assert loaded(one, split, held_out=0.5).hash == loaded(other, split, held_out=0.5).hash
        inverted = loaded(other, split, held_out=0.5, invert=True)
        assert torch.equal(inverted.images, 255 - loaded(one, split, held_out=0.5).images)
        assert inverted.origin.messages[-1] == "black and white were inverted"


@pytest.mark.parametrize("names", [("x_test", "y_test"), ("images_test", "labels_test"), ("X_test", "Y_TEST")])
def test_test_pictures_of_their_own_are_the_test_split(tmp_path: Path, names: tuple[str, str]):
    file = npz(tmp_path, x_train=GREY, y_train=NUMBERS, **{names[0]: 255 - GREY[:7], names[1]: NUMBERS[:7] + 5})
    train, validation, test = (loaded(file, split, held_out=0.5) for split in SPLITS)
    assert np.array_equal(test.images[:, 0], 255 - GREY[:7])
    assert [test.classes[label] for label in test.labels] == list(map(str, NUMBERS[:7] + 5))
    assert len(train) + len(validation) == 40
    assert 4 < len(validation) < 16  # half of what is held out
    assert train.classes == validation.classes == test.classes == tuple("01235678")
    assert not {row.tobytes() for row in train.images.numpy()} & {row.tobytes() for row in validation.images.numpy()}


def test_test_pictures_without_labels_have_none(tmp_path: Path):
    test = loaded(npz(tmp_path, x=GREY, y=NUMBERS, x_test=GREY[:3]), "test")
    assert (test.labels, test.classes) == (None, ())


def test_count_bounds_the_train_split_alone(tmp_path: Path):
    file = npz(tmp_path, x=GREY, y=NUMBERS)
    few, all_of_it = (
        [loaded(file, split, held_out=0.5, **chosen) for split in SPLITS] for chosen in ({"count": 3}, {})
    )
    assert len(few[0]) == 3
    rows = random_rows(len(all_of_it[0]), 3).sort().values
    assert torch.equal(few[0].images, all_of_it[0].images[rows])
    assert torch.equal(few[0].labels, all_of_it[0].labels[rows])
    assert [part.hash for part in few[1:]] == [part.hash for part in all_of_it[1:]]


@pytest.mark.parametrize("split", ["validation", "test"])
def test_an_empty_split_says_so(tmp_path: Path, split: str):
    with pytest.raises(EmptySplitError, match=rf"the {split} split is empty; data\.held_out=0.* of 40 images"):
        loaded(npz(tmp_path, x=GREY), split, held_out=0)


def test_a_missing_array_names_those_that_are_there(tmp_path: Path):
    assert "found: pictures, truth" in refusal(whole, npz(tmp_path, pictures=GREY, truth=NUMBERS))
    assert "the file has no arrays" in refusal(whole, npz(tmp_path))
    assert "and 8 more" in refusal(whole, npz(tmp_path, **{f"a{i}": NUMBERS for i in range(20)}))
    assert "2 arrays are named x" in refusal(whole, npz(tmp_path, x=GREY, X=GREY))


def test_faults_of_an_array_name_file_and_array(tmp_path: Path):
    file = npz(tmp_path, x_train=GREY.astype(int) * 2, y_train=NUMBERS)
    assert refusal(whole, file).startswith(f"{file}, x_train: the array has values from 0 to 510")
    file = npz(tmp_path, x=GREY, y=NUMBERS[:3])
    assert refusal(whole, file).startswith(f"{file}, y: there are 3 labels for 40 images")
    assert "not an array [K] of class names" in refusal(whole, npz(tmp_path, x=GREY, y=NUMBERS, classes=np.zeros(4)))
    np.save(tmp_path / "own.npy", GREY[0])
    assert refusal(whole, tmp_path / "own.npy").startswith(f"{tmp_path / 'own.npy'}: shape 20×16")


def test_count_of_a_file_sorted_by_class_takes_all_classes_and_a_recorded_run_the_first_rows(tmp_path: Path):
    file = npz(tmp_path, x=np.repeat(GREY, 5, axis=0), y=np.arange(200) // 50)
    assert whole(file, count=50).labels.unique().tolist() == [0, 1, 2, 3]
    assert whole(file, count=50, subset="first").labels.unique().tolist() == [0]
    fewer = {picture.tobytes() for picture in whole(file, count=20).images.numpy()}
    assert fewer <= {picture.tobytes() for picture in whole(file, count=50).images.numpy()}
    asked = {"array": str(file), "count": 50}
    assert (ArrayConfig(**asked).subset, ArrayConfig.model_validate(asked, context=RECORDED).subset) == (
        "random",
        "first",
    )


def test_an_exported_pair_of_domains_is_refused_as_such(tmp_path: Path):
    np.savez(tmp_path / "p.npz", x=GREY[:, None], y=GREY[:7, None], x_as_y=GREY[:, None])
    for split in ("train", "test"):
        with pytest.raises(InputError, match=r"x and y are the images of two domains.*save one.*name images"):
            load(ArrayConfig(array=f"{tmp_path}/p.npz"), split)

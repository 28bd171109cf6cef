"""Data sets, batches, arrays and points passed from Python become one set, read once, or are refused in one line."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from ganarium.core.errors import GanariumError, InputError, UsageError
from ganarium.data import items
from ganarium.data.datasets import ImageSet, PointSet
from ganarium.data.files.arrays import image_set
from ganarium.data.given_data import given_data

N = 24
GREYS = np.random.default_rng(0).integers(0, 256, (N, 20, 16), dtype=np.uint8)
LABELS = np.arange(N) % 3
POINTS = np.random.default_rng(1).normal(size=(N, 3)).astype(np.float32)
Item = Callable[[int], Any]


class Items(Dataset[Any]):
    """A data set whose items a function returns; it counts how often they are read."""

    def __init__(self, item: Item, n: int = N) -> None:
        self.item, self.n, self.read = item, n, [0] * min(n, N)

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> Any:
        self.read[i] += 1
        return self.item(i)


class Stream(IterableDataset[Any]):
    """Items one after the other."""

    def __iter__(self) -> Iterator[Any]:
        return iter(zip(GREYS, LABELS, strict=True))


LAYOUTS: dict[str, Item] = {
    "pillow": lambda i: (Image.fromarray(GREYS[i]), int(LABELS[i])),
    "hw": lambda i: (GREYS[i], LABELS[i]),
    "chw": lambda i: (torch.from_numpy(GREYS[i][None] / 255), torch.tensor(int(LABELS[i]))),
    "hwc": lambda i: (GREYS[i][..., None].astype(np.int64), np.array([LABELS[i]])),
    "half": lambda i: (torch.from_numpy(GREYS[i][None]).double() / 127.5 - 1, LABELS[i].astype(np.int8)),
}
FORMS: dict[str, Callable[[], Any]] = {name: lambda item=item: Items(item) for name, item in LAYOUTS.items()} | {
    "loader": lambda: DataLoader(Items(LAYOUTS["chw"]), batch_size=7),
    "batches": lambda: ((GREYS[i : i + 5, None], LABELS[i : i + 5]) for i in range(0, N, 5)),
    "stream": Stream,
    "pair": lambda: (torch.from_numpy(GREYS)[:, None], torch.from_numpy(LABELS).byte()),
    "pairs": lambda: [LAYOUTS["pillow"](i) for i in range(N)],
    "labelled": lambda: (Items(lambda i: GREYS[i]), list(map(int, LABELS))),
    "tensors": lambda: TensorDataset(torch.from_numpy(GREYS)[:, None], torch.from_numpy(LABELS)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_same_images_is_the_same_set(form: str):
    found = given_data(FORMS[form]())
    assert isinstance(found, ImageSet)
    assert found.hash == image_set(GREYS, LABELS).hash
    assert found.classes == ("0", "1", "2")


@pytest.mark.parametrize("d", [1, 2, 16, 64])
def test_every_form_of_the_same_points_is_the_same_set(d: int):
    points = np.random.default_rng(2).normal(size=(200, d)).astype(np.float32)
    forms = [points, torch.from_numpy(points).double(), TensorDataset(torch.from_numpy(points))]
    forms += [Items(lambda i: points[i].tolist(), 10), iter([points[:150], points[150:]])]
    found = [given_data(form) for form in forms]
    assert all(isinstance(one, PointSet) and one.shape == (d,) for one in found)
    assert [len(one) for one in found] == [200, 200, 200, 10, 200]
    assert np.array_equal(found[3].points, points[:10])
    assert len({one.hash for one in found}) == 2


def test_flat_square_images_stay_images():
    flat = GREYS[:, :16].reshape(N, 256)
    assert given_data(Items(lambda i: flat[i])).hash == given_data(flat).hash == image_set(flat).hash


def test_each_item_is_read_once_and_three_are_read_again():
    data = Items(LAYOUTS["hw"])
    given_data(data)
    assert sorted(data.read) == [1] * (N - 3) + [2] * 3


def test_a_transform_is_applied_to_each_item_alone():
    seen: list[Any] = []

    def halve(x: Any) -> Any:
        seen.append(np.shape(x))
        return np.asarray(x) // 2

    for data in (Items(LAYOUTS["pillow"]), GREYS, iter([(GREYS, LABELS)]), (GREYS, LABELS)):
        assert np.array_equal(given_data(data, transform=halve).images[:, 0], GREYS // 2)
    assert {*seen} == {(20, 16)}


def test_names_of_classes_are_those_of_the_data_set_if_they_name_folders():
    data = Items(LAYOUTS["hw"])
    for names, found in ((["cat", "dog", "owl", "ant"], ("cat", "dog", "owl")), (["a/b", "c", "d"], ("0", "1", "2"))):
        data.classes = names
        assert given_data(data).classes == found
    data.classes = ["too", "few"]
    assert given_data(data).classes == ("0", "1", "2")


def test_random_items_are_the_same_in_every_process_if_they_draw_from_torch(caplog: pytest.LogCaptureFixture):
    data = Items(lambda i: (GREYS[i] + torch.randint(2, (1,)).numpy()).astype(np.uint8))
    state = torch.get_rng_state()
    assert given_data(data).hash == given_data(data).hash
    assert torch.equal(torch.get_rng_state(), state)
    assert "differs when it is read again; every epoch uses the first reading" in caplog.text


def test_items_that_do_not_change_cause_no_warning(caplog: pytest.LogCaptureFixture):
    given_data(Items(LAYOUTS["pillow"]))
    assert not caplog.records


def test_labels_of_points_are_ignored_with_a_warning(caplog: pytest.LogCaptureFixture):
    assert isinstance(given_data((POINTS, LABELS)), PointSet)
    assert "the labels are ignored, because the data are points" in caplog.text


def test_a_column_of_numbers_is_read_as_points_with_a_warning(caplog: pytest.LogCaptureFixture):
    assert given_data(np.arange(10.0)).shape == (1,)
    assert "data: an array of 10 numbers is read as points in 1 dimension; pass an array [n, d]" in caplog.text


def failing(i: int) -> Any:
    if i == 7:
        raise OSError("disk\nerror")
    return GREYS[i]


def endless() -> Iterator[Any]:
    while True:
        yield POINTS


def broken() -> Iterator[Any]:
    yield POINTS
    raise OSError("lost")


FAULTS: dict[str, tuple[Any, str]] = {
    "empty": (Items(LAYOUTS["hw"], 0), r"has length 0; pass data with at least one item"),
    "nothing": (iter([]), "the iterable yields nothing"),
    "ragged": (Items(lambda i: GREYS[i][: 20 - (i == 5)]), r"item 5 has shape 19×16 .* but item 0 has shape 20×16"),
    "ragged-pillow": (
        Items(lambda i: Image.new("L", (16, 20 + i))),
        r"item 1 is a Pillow image of 21×16, but item 0 is a Pillow image of 20×16; .*transform=",
    ),
    "types": (Items(lambda i: GREYS[i] if i else GREYS[i] / 255), "item 1 has shape 20×16 and type uint8, but item 0"),
    "raising": (
        Items(failing),
        r"item 7 of 24 cannot be read: OSError: disk error \(test_given_data.py:\d+\); correct or leave out",
    ),
    "raising-batch": (broken(), r"reading batch 1 failed: OSError: lost"),
    "nan": (Items(lambda i: GREYS[i] / (255 if i < 9 else np.nan)), r"item 9: some values are not finite"),
    "label": (Items(lambda i: (GREYS[i], i / 2)), "item 0: the label has type float64, but must be one integer"),
    "one-hot": (Items(lambda i: (GREYS[i], [0, 1])), r"item 0: the label has shape \(2,\)"),
    "negative": (Items(lambda i: (GREYS[i], -1)), "labels from -1 to -1 are outside the range"),
    "huge-label": (
        Items(lambda i: (GREYS[i], np.uint64(2**64 - 1))),
        "item 0: the label 18446744073709551615 does not",
    ),
    "huge-labels": ((GREYS, np.full(N, 2**64 - 1, np.uint64)), "18446744073709551615"),
    "some-labels": (Items(lambda i: (GREYS[i], 1) if i < 3 else GREYS[i]), "item 0 has a label, but item 3 has none"),
    "three": (Items(lambda i: (GREYS[i], 1, 2)), r"item 0 is a tuple of 3 values; return x or \(x, y\)"),
    "dict": (Items(lambda i: {"image": GREYS[i]}), "item 0 is of type dict; return an array, a tensor or a Pillow"),
    "text": (Items(lambda _: np.array("x")), "item 0: type <U1 is not supported"),
    "range": (Items(lambda i: GREYS[i] / 1.0), "values from 0 to 255, but floats must be in"),
    "layout": (Items(lambda _: np.zeros((3, 16, 3))), "ambiguous: the channels may be the second or the last axis"),
    "points-or-image": (
        np.zeros((100, 20)),
        r'ambiguous: points or one image; pass data={"points": x} for points',
    ),
    "equal": (np.zeros((10, 2)), "all 10 points are equal, and equal points share a split; pass points that differ"),
    "small": (Items(lambda _: np.zeros((8, 8))), "the images are 8×8; height and width must be 16 to 128 pixels"),
    "endless": (endless(), r"has not ended after 1,000 samples; .* pass itertools\.islice\(data, 1000\)"),
    "large": (Items(lambda i: GREYS[i], 10**9), "1,000,000,000 samples of 320 bytes are too many: at most"),
    "batch-labels": (iter([(GREYS, LABELS[:3])]), r"batch 0: has 24 samples and labels of shape \(3,\)"),
    "pair": ((torch.zeros(5, 2), torch.zeros(4)), "a pair of 5 samples and 4 labels; pass one label for each sample"),
    "number": (iter([1.0]), "batch 0 is of type float; yield batches x"),
    "set": ({1, 2}, "data=set: this type is not supported; pass a name, a path, an array"),
    "mapping": (map, "data=type: this type is not supported"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_refused_in_one_line_that_names_the_item_and_the_fix(fault: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(items, "MOST_STREAMED", 1_000)
    data, complaint = FAULTS[fault]
    with pytest.raises(UsageError, match=complaint) as refused:
        given_data(data)
    assert str(refused.value).startswith("data")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


COLOURS = torch.rand(12, 3, 32, 32)
SINGLE: dict[str, Callable[[], Any]] = {
    "images": lambda: iter(COLOURS),
    "in-lists": lambda: ([image] for image in COLOURS),
    "greys": lambda: (image[:1] for image in COLOURS),
    "planes": lambda: (image[0] for image in COLOURS),
    "unbatched": lambda: DataLoader(TensorDataset(COLOURS), batch_size=None),
    "points": lambda: iter(torch.rand(12, 2)),
    "lists": lambda: ([float(i), 2.0] for i in range(12)),
    "labelled": lambda: ((image, 1) for image in COLOURS),
    "tensor-label": lambda: DataLoader(TensorDataset(COLOURS, torch.arange(12)), batch_size=None),
}


@pytest.mark.parametrize("form", SINGLE)
def test_single_samples_in_place_of_batches_are_refused_and_read_as_a_list(form: str):
    with pytest.raises(InputError, match=r"may also be a single (image|point)|single sample with its label"):
        given_data(SINGLE[form]())
    if form not in ("in-lists", "unbatched", "tensor-label"):
        assert len(given_data(list(SINGLE[form]()))) == 12
    assert len(given_data(iter([COLOURS[:3], COLOURS[3:4]]))) == 4
    assert len(given_data(iter([torch.rand(3, 32, 32), torch.rand(5, 32, 32)]))) == 8


def test_the_beginning_of_an_endless_stream_is_read_as_advised(monkeypatch: pytest.MonkeyPatch):
    class Endless(IterableDataset[Any]):
        """Colour images and labels without end."""

        def __iter__(self) -> Iterator[Any]:
            while True:
                yield COLOURS[0], 1

    monkeypatch.setattr(items, "MOST_STREAMED", 20)
    with pytest.raises(InputError, match=r"pass list\(itertools\.islice\(data, 1000\)\)"):
        given_data(Endless())
    assert given_data(list(islice(Endless(), 5))).images.shape == (5, 3, 32, 32)


def test_the_first_batches_of_an_endless_iterable_are_read():
    assert len(given_data(islice(endless(), 3))) == 3 * N


def test_a_data_set_without_a_length_or_with_two_kinds_of_labels_is_refused():
    class Unsized(Items):
        """A data set whose length is unknown."""

        def __len__(self) -> int:
            raise NotImplementedError

    with pytest.raises(InputError, match=r"its length is unknown: NotImplementedError.*define __len__"):
        given_data(Unsized(LAYOUTS["hw"]))
    for data in (Items(LAYOUTS["hw"]), (GREYS, LABELS)):
        with pytest.raises(UsageError, match=r"contain.* labels; leave out labels=…"):
            given_data(data, labels=LABELS)


def test_interrupts_and_errors_of_ganarium_pass_unchanged():
    def interrupted(_: int) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        given_data(Items(interrupted))
    with pytest.raises(GanariumError, match=r"transform=… failed: ZeroDivisionError"):
        given_data(Items(LAYOUTS["hw"]), transform=lambda x: x.item(1 // 0))

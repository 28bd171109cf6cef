"""What a label means: a string is the name of a class, an integer its number, wherever labels are asked for."""

import numpy as np
import pytest
import torch

from ganarium.core.errors import UsageError
from ganarium.training.generator_inputs import class_numbers

NUMBERED = tuple(map(str, range(12)))
ANIMALS = ("ant", "bee", "cat")


@pytest.mark.parametrize(
    "asked",
    [
        [2, 10],
        (2, 10),
        ["2", "10"],
        ["2", 10],
        [np.int64(2), torch.tensor(10)],
        np.array([2, 10]),
        np.array([2, 10], np.uint8),
        np.array(["2", "10"]),
        torch.tensor([2, 10]),
        torch.tensor([2, 10], dtype=torch.int32),
        range(2, 11, 8),
    ],
    ids=repr,
)
def test_lists_arrays_and_tensors_mean_the_same_classes(asked):
    assert class_numbers(asked, 2, NUMBERED).tolist() == [2, 10]


@pytest.mark.parametrize(
    "asked",
    ["cat", 2, np.int64(2), np.uint8(2), np.array(2), torch.tensor(2), np.str_("cat"), np.array("cat")],
    ids=repr,
)
def test_one_class_of_any_type_is_for_all_samples(asked):
    numbers = class_numbers(asked, 3, ANIMALS)
    assert numbers.tolist() == [2, 2, 2]
    assert numbers.dtype == torch.int64


@pytest.mark.parametrize(
    "asked",
    [
        *(2.0, True, np.bool_(True), torch.tensor(2.0), torch.tensor([0.0, 1.0]), torch.tensor([True, False])),
        *([None, 0], [[0], [1]], {}, print, b"ant", [b"ant", 0]),
        *(-1, 3, [0, 3], torch.tensor([-1, 0]), "dog", ["ant", "dog"]),
    ],
    ids=repr,
)
def test_whatever_is_neither_a_name_nor_a_number_of_a_class_is_refused(asked):
    with pytest.raises(UsageError, match="label"):
        class_numbers(asked, 2, ANIMALS)


@pytest.mark.parametrize("asked", [1, [1, 2], torch.tensor([1, 2]), np.array([1, 2]), np.int64(1)], ids=repr)
@pytest.mark.parametrize("classes", [("1", "2", "3"), ("0", "5", "9"), ("10", "ant", "bee")], ids=str)
def test_an_integer_is_refused_where_it_could_be_the_name_of_another_class(asked, classes):
    with pytest.raises(UsageError, match="ambiguous here, since the class names are also numbers"):
        class_numbers(asked, 2, classes)
    assert class_numbers(list(classes[1::-1]), 2, classes).tolist() == [1, 0]


def test_classes_without_training_pictures_take_no_turn_and_cannot_be_asked_for():
    assert class_numbers(None, 4, ANIMALS, {"bee"}).tolist() == [0, 2, 0, 2]
    for asked in ("bee", 1, [0, 1], torch.tensor([1, 1])):
        with pytest.raises(UsageError, match="'bee': this class had no training images"):
            class_numbers(asked, 2, ANIMALS, {"bee"})

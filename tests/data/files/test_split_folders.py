"""Folders of splits, by the names that data sets on the web have; they never become classes."""

import pytest

from ganarium.core.errors import InputError
from ganarium.data.files.split_folders import divide


def divided(*folders: str):
    """Splits and class folders of one picture in each folder."""
    found = divide([(*folder.split("/"), "1.png") for folder in folders])
    return found.parts, [parts[0] for parts in found.inside]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("training_set", "test_set"),
        ("seg_train", "seg_test"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("train/train", "test/test"),
        ("Training", "Testing"),
        ("train", "test1"),
        ("train_images", "test_images"),
        ("TrainSet", "TestSet"),
        ("mnist-training", "mnist-testing"),
        ("train data", "test data"),
        ("x/y/training_set", "x/y/test_set"),
    ],
)
def test_any_usual_pair_of_names_is_train_and_test_with_classes_below(train: str, test: str):
    parts, classes = divided(f"{train}/cat", f"{train}/dog", f"{test}/cat", f"{test}/dog")
    assert parts == ("train", "train", "test", "test")
    assert classes == ["cat", "dog", "cat", "dog"]


@pytest.mark.parametrize("held_out", ["val", "valid", "validation", "val2017", "valid_set"])
def test_validation_has_several_names(held_out: str):
    assert divided("train2017/cat", f"{held_out}/cat")[0] == ("train", "validation")


@pytest.mark.parametrize(
    "classes", [("train_station", "bus"), ("contest", "latest"), ("test_tube", "flask"), ("A", "B")]
)
def test_classes_whose_names_resemble_splits_stay_classes(classes: tuple[str, str]):
    parts, found = divided(*classes)
    assert parts is None
    assert found == list(classes)


def test_a_train_station_and_a_test_tube_among_others_are_classes():
    assert divided("train_station", "test_tube", "bus")[0] is None


@pytest.mark.parametrize("odd", ["seg_other", "cats"])
def test_another_folder_beside_splits_of_one_pattern_is_refused_and_named(odd: str):
    with pytest.raises(InputError, match=rf"{odd}\) are next to"):
        divided("seg_train/cat", "seg_test/cat", odd)


@pytest.mark.parametrize("names", [("test", "val"), ("test_set", "valid_set"), ("train1", "train2")])
def test_splits_of_which_one_half_is_missing_are_refused_with_the_way_out(names: tuple[str, ...]):
    with pytest.raises(InputError, match=r"named like splits, but .* is missing.*data\.layout=plain"):
        divided(*names)


def test_folders_of_pictures_to_predict_are_left_out_and_said():
    found = divide([("seg_train", "cat", "1.png"), ("seg_test", "cat", "1.png"), ("seg_pred", "seg_pred", "1.png")])
    assert found.parts == ("train", "test", "unlabelled")
    (note,) = found.findings
    assert note.text.startswith("1 image in seg_pred skipped")


def test_what_was_recognized_is_said():
    found = divide([("training_set", "cat", "1.png"), ("test_set", "cat", "1.png")])
    assert found.messages == ("splits: test_set is test, training_set is train",)


@pytest.mark.parametrize("pattern", ["{split}{domain}", "{split}_{domain}", "x/{split}{domain}", "{domain}/{split}"])
def test_two_domains_for_translation_are_recognized(pattern: str):
    folders = [(split, domain) for split in ("train", "test") for domain in "AB"]
    found = divide([(*pattern.format(split=s, domain=d).split("/"), "1.png") for s, d in folders])
    assert found.parts == ("train", "train", "test", "test")
    assert found.domains == (0, 1, 0, 1)
    assert found.messages[0].startswith("two domains for translation: x is ")


def test_something_beside_the_folders_of_two_domains_is_refused_and_named():
    with pytest.raises(InputError, match=r"other\) are next to"):
        divided("trainA", "trainB", "testA", "other")


def test_one_domain_alone_is_no_pair():
    found = divide([("trainA", "1.png"), ("testA", "2.png")])
    assert (found.parts, found.domains) == (("train", "test"), None)

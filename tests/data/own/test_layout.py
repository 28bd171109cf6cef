"""Classes and splits, read off the names of folders."""

import pytest

from ganarium.core.errors import InputError
from ganarium.data.own.labels import MOST_CLASSES
from ganarium.data.own.layout import arrange


def test_sub_folders_are_the_classes_in_the_order_of_their_names():
    layout = arrange(["dog/1.png", "cat/2.png", "dog/3.png"], "auto")
    assert (layout.classes, layout.labels, layout.splits) == (("cat", "dog"), (1, 0, 1), None)
    assert arrange(["dog/1.png", "cat/2.png"], "none").labels is None


def test_folders_that_hold_everything_are_passed_through():
    assert arrange(["all/of/it/cat/1.png", "all/of/it/dog/1.png"], "auto").classes == ("cat", "dog")
    assert arrange(["all/1.png", "all/2.png"], "auto").labels is None


def test_folders_named_train_and_test_are_splits():
    layout = arrange(["x/train/cat/1.png", "x/train/dog/2.png", "x/test/cat/3.png", "x/Valid/dog/4.png"], "auto")
    assert layout.splits == ("train", "train", "test", "validation")
    assert (layout.classes, layout.labels) == (("cat", "dog"), (0, 1, 0, 1))


def test_a_lone_test_folder_or_one_among_others_is_a_class():
    assert arrange(["test/1.png", "dog/2.png"], "auto").classes == ("dog", "test")
    assert arrange(["train/1.png", "dog/3.png"], "auto").classes == ("dog", "train")
    assert arrange(["test/a/1.png", "test/b/1.png"], "auto").splits is None


def test_a_train_folder_alone_is_a_split():
    layout = arrange(["train/a/1.png", "train/b/1.png"], "auto")
    assert (layout.splits, layout.classes) == (("train", "train"), ("a", "b"))


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["1.png", "2.png"], "no sub-folders"),
        (["1.png", "cat/2.png"], "1 of 2 pictures lie beside"),
        ([f"{i}/1.png" for i in range(MOST_CLASSES + 1)], "too many"),
        (["train/only/1.png", "test/only/1.png"], "no sub-folders"),
        (["test/1.png", "test/2.png"], "one sub-folder only"),
    ],
    ids=["flat", "mixed", "many", "one", "lone"],
)
def test_folders_that_give_no_labels_say_why(names: list[str], why: str):
    layout = arrange(names, "auto")
    assert layout.labels is None
    assert why in layout.said[0]
    with pytest.raises(InputError, match=why):
        arrange(names, "folders")


def test_folders_one_level_off_are_said():
    layout = arrange(["big/cat/1.png", "big/dog/1.png", "small/cat/1.png"], "auto")
    assert layout.classes == ("big", "small")
    assert "3 folders of their own" in layout.said[1]


@pytest.mark.parametrize("odd", ["stray.png", "old/1.png"])
@pytest.mark.parametrize("held_out", ["test", "Val"])
def test_something_beside_train_and_test_is_refused_and_named_not_trained_on(odd: str, held_out: str):
    names = ["x/train/cat/1.png", "x/train/dog/2.png", f"x/{held_out}/cat/3.png", f"x/{odd}"]
    for labels in ("auto", "none"):
        with pytest.raises(InputError, match=f"beside them there is {odd.partition('/')[0]}: move it"):
            arrange(names, labels)
    assert arrange(names[:3], "auto").splits is not None


@pytest.mark.parametrize(
    "classes",
    [
        tuple(str(number) for number in range(12)),
        ("-10", "-2", "0", "1.25", "1.5", "10"),
        ("class2", "class10", "class10b"),
        ("7 b", "07 c", "10 a"),
        ("ant", "bee", "cat"),
        ("9" * 5000, "1" + "0" * 5000),
    ],
    ids=lambda classes: classes[0][:9],
)
def test_numbers_in_the_names_of_classes_sort_as_numbers_and_as_text_where_asked(classes: tuple[str, ...]):
    names = [f"{name}/1.png" for name in reversed(classes)]
    assert arrange(names, "auto").classes == classes
    assert arrange(names, "auto", "text").classes == tuple(sorted(classes))


def test_classes_are_found_below_folders_that_all_splits_share():
    names = ["train/images/cat/1.png", "train/images/dog/2.png", "test/images/cat/3.png", "test/images/dog/4.png"]
    layout = arrange(names, "auto")
    assert (layout.classes, layout.labels) == (("cat", "dog"), (0, 1, 0, 1))
    assert layout.splits == ("train", "train", "test", "test")


def test_splits_that_lie_too_deep_are_said():
    layout = arrange(["cat/train/1.png", "cat/test/2.png", "dog/train/3.png"], "auto")
    assert layout.splits is None
    assert any("folders named test, train lie below others" in sentence for sentence in layout.said)

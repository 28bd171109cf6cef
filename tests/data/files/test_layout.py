"""Classes and splits, read off the names of folders."""

import pytest

from ganarium.core.errors import InputError
from ganarium.data.files.label_validation import MOST_CLASSES
from ganarium.data.files.layout import LabelSource, arrange
from ganarium.data.files.plain_layout import arrange_plainly


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
        (["1.png", "2.png"], "not in sub-folders"),
        (["1.png", "cat/2.png"], "1 of 2 images are next to"),
        ([f"{i}/1.png" for i in range(MOST_CLASSES + 1)], "more than the maximum"),
        (["train/only/1.png", "test/only/1.png"], "not in sub-folders"),
        (["test/1.png", "test/2.png"], "only one sub-folder"),
    ],
    ids=["flat", "mixed", "many", "one", "lone"],
)
def test_folders_that_give_no_labels_say_why(names: list[str], why: str):
    layout = arrange(names, "auto")
    assert layout.labels is None
    assert why in layout.unlabelled
    assert any(f"no labels: {layout.unlabelled}" in text for text in (*layout.messages, *map(str, layout.findings)))
    with pytest.raises(InputError, match=why):
        arrange(names, "folders")


def test_folders_one_level_off_are_said():
    layout = arrange(["big/cat/1.png", "big/dog/1.png", "small/cat/1.png"], "auto")
    assert layout.classes == ("big", "small")
    assert "contain 3 sub-folders" in layout.findings[0].text


@pytest.mark.parametrize("odd", ["stray.png", "old/1.png"])
@pytest.mark.parametrize("held_out", ["test", "Val"])
def test_something_beside_train_and_test_is_refused_and_named_not_trained_on(odd: str, held_out: str):
    names = ["x/train/cat/1.png", "x/train/dog/2.png", f"x/{held_out}/cat/3.png", f"x/{odd}"]
    for labels in ("auto", "none"):
        with pytest.raises(InputError, match=rf"{odd.partition('/')[0]}\) are next to"):
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
    assert arrange(names, "auto", order="text").classes == tuple(sorted(classes))


def test_classes_are_found_below_folders_that_all_splits_share():
    names = ["train/images/cat/1.png", "train/images/dog/2.png", "test/images/cat/3.png", "test/images/dog/4.png"]
    layout = arrange(names, "auto")
    assert (layout.classes, layout.labels) == (("cat", "dog"), (0, 1, 0, 1))
    assert layout.splits == ("train", "train", "test", "test")


def test_splits_below_the_classes_are_splits():
    layout = arrange(["cat/train/1.png", "cat/test/2.png", "dog/train/3.png"], "auto")
    assert layout.splits == ("train", "test", "train")
    assert (layout.classes, layout.labels) == (("cat", "dog"), (0, 0, 1))


@pytest.mark.parametrize(
    "names",
    [
        ["cat/train/1.png", "cat/test/2.png", "dog/3.png"],
        ["cat/train/1.png", "cat/test/2.png", "dog/other/3.png"],
        ["x/a/train/1.png", "x/a/test/2.png", "y/b/3.png"],
        ["train/train/1.png", "train/val/2.png", "test/3.png"],
    ],
)
@pytest.mark.parametrize("labels", ["auto", "none"])
def test_splits_on_some_levels_only_are_refused_with_the_way_out(names: list[str], labels: LabelSource):
    with pytest.raises(InputError, match=r"named like splits.*pass the folder.*data\.layout=plain"):
        arrange(names, labels)
    assert arrange_plainly(names, labels).rows == tuple(range(len(names)))


# ---- labels are not lost to a few pictures without any


def many(folder: str, n: int = 20) -> list[str]:
    return [f"{folder}/{i}.png" for i in range(n)]


def test_a_stray_picture_beside_class_folders_is_left_out_and_said():
    names = [*many("cat"), *many("dog"), "preview.png"]
    layout = arrange(names, "auto")
    assert layout.classes == ("cat", "dog")
    assert layout.rows == tuple(range(40))
    (note,) = layout.findings
    assert (note.name, note.examples) == ("left-out", ("preview.png",))
    assert "use all images without labels: data.labels=none" in note.advice
    assert arrange(names, "none").rows == tuple(range(41))


def test_many_strays_cost_the_labels_and_the_check_says_why():
    names = [*many("cat"), *many("dog"), *(f"{i}.png" for i in range(9))]
    layout = arrange(names, "auto")
    assert layout.labels is None
    assert layout.rows == tuple(range(49))
    assert "9 of 49 images are next to the sub-folders (cat, dog)" in layout.unlabelled
    assert [(note.name, note.grave) for note in layout.findings] == [("labels-lost", True)]
    insisted = arrange(names, "folders")
    assert insisted.rows == tuple(range(40))


def test_an_unlabelled_test_folder_beside_a_labelled_train_folder_costs_no_labels():
    names = [*many("train/cat"), *many("train/dog"), *many("test", 30)]
    layout = arrange(names, "auto")
    assert layout.classes == ("cat", "dog")
    assert layout.rows == tuple(range(40))
    assert layout.splits is None  # data.held_out decides
    assert "30 images" in layout.findings[0].text
    assert arrange(names, "none").splits == ("train",) * 40 + ("test",) * 30


def test_numbered_shards_are_not_classes():
    stylegan = [f"{i // 40:05d}/img{i:08d}.png" for i in range(120)]
    ffhq = [f"{1000 * (i // 10):05d}/{1000 * (i // 10) + i % 10:05d}.png" for i in range(30)]
    x_rays = [f"images_{i % 3:03d}/{i}.png" for i in range(9)]
    for names in (stylegan, ffhq, x_rays):
        layout = arrange(names, "auto")
        assert layout.labels is None
        assert layout.findings[0].name == "labels-lost"
        assert len(arrange(names, "folders").classes) == 3


def test_numbered_classes_are_classes():
    signs = [f"{sign:05d}/{sign:05d}_{i:05d}.png" for sign in range(3) for i in range(4)]
    restarted = [f"{sign:05d}/{i:05d}.png" for sign in range(3) for i in range(4)]
    for names in (restarted, [f"{sign}/{i}.png" for sign in range(12) for i in range(4)]):
        assert arrange(names, "auto").labels is not None
    assert arrange(signs, "auto").classes == ("00000", "00001", "00002")


def test_names_that_unicode_writes_in_two_ways_are_one_class():
    names = [*many("caf\u00e9"), *many("cafe\u0301"), *many("tea")]
    layout = arrange(names, "auto")
    assert layout.classes == ("caf\u00e9", "tea")
    assert layout.labels == (0,) * 40 + (1,) * 20
    assert "2 folders are named" in layout.findings[0].text
    assert len(arrange_plainly(names, "auto").classes) == 3


def test_names_that_differ_in_capital_letters_only_are_a_fault():
    (note,) = arrange([*many("train/Cat"), *many("train/dog"), *many("test/cat")], "auto").findings
    assert (note.name, note.grave) == ("names-alike", True)
    assert "Cat, cat" in note.text


@pytest.mark.parametrize("part", ["test", "val"])
def test_one_folder_of_no_class_in_a_held_out_part_is_unlabelled(part: str):
    train = [f"train/{name}/{i}.png" for name in ("cat", "dog") for i in range(3)]
    layout = arrange([*train, f"{part}/unknown/1.png", f"{part}/unknown/2.png"], "auto")
    assert (layout.classes, layout.rows, layout.splits) == (("cat", "dog"), tuple(range(6)), None)
    assert any("contains one folder, unknown, which is not a class" in note.text for note in layout.findings)
    assert "no validation or test folder has labelled images, so data.held_out is used" in layout.messages
    assert arrange([*train, f"{part}/cat/1.png"], "auto").splits is not None
    assert arrange([*train, f"{part}/cow/1.png", f"{part}/hen/1.png"], "auto").classes == ("cat", "cow", "dog", "hen")

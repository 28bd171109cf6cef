"""Labels in files beside pictures: StyleGAN's dataset.json, and the tables of Hugging Face and Kaggle."""

import json
import tracemalloc
from collections.abc import Mapping

import pytest

from ganarium.core.errors import InputError
from ganarium.data.files import label_tables
from ganarium.data.files.label_table_search import Tables
from ganarium.data.files.layout import LabelSource, Layout, arrange

FLAT = [f"{i:03d}.png" for i in range(12)]
SHARDS = [f"{i // 4:05d}/img{i:08d}.png" for i in range(12)]


def layout(names: list[str], files: Mapping[str, str | bytes], labels: LabelSource = "auto") -> Layout:
    contents = {name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()}
    return arrange(names, labels, Tables(tuple(contents), contents.__getitem__))


def classes(found: Layout) -> list[str]:
    assert found.labels is not None
    return [found.classes[label] for label in found.labels]


def stylegan(names: list[str]) -> str:
    return json.dumps({"labels": [[name, i % 3] for i, name in enumerate(names)]})


def csv(title: str, names: list[str], separator: str = ",") -> str:
    rows = [f"{name}{separator}{'cat' if i % 2 else 'dog'}" for i, name in enumerate(names)]
    return "\n".join([title, *rows])


# ---- dataset.json


@pytest.mark.parametrize("above", ["", "ffhq/"])
def test_labels_of_dataset_json_are_read_and_its_shards_are_not_classes(above: str):
    found = layout([above + name for name in SHARDS], {f"{above}dataset.json": stylegan(SHARDS)})
    assert found.classes == ("0", "1", "2")
    assert found.labels == tuple(i % 3 for i in range(12))
    assert found.tables == (f"{above}dataset.json",)


def test_a_dataset_json_without_labels_leaves_none():
    found = layout(SHARDS, {"dataset.json": '{"labels": null}'})
    assert found.labels is None
    assert "dataset.json declares that there are none" in found.unlabelled


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not valid JSON"),
        (b"\xff\xfe{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"labels": 3}', "not a list"),
        ('{"labels": [["00000/img00000000.png"]]}', "is not"),
        ('{"labels": [["00000/img00000000.png", -1]]}', "not a class from 0"),
        ('{"labels": [["00000/img00000000.png", 1.5]]}', "not a class from 0"),
        ('{"labels": [["00000/img00000000.png", [0.1, 0.9]]]}', "not a class from 0"),
        ('{"labels": [["00000/img00000000.png", true]]}', "not a class from 0"),
        ('{"labels": [["00000/img00000000.png", 99999999]]}', "not a class from 0"),
        ('{"labels": [["00000/img00000000.png", 1], ["00000/img00000000.png", 2]]}', "two labels"),
        ('{"labels": [["elsewhere.png", 1]]}', "lists none of the images"),
        ('{"labels": []}', "lists none of the images"),
    ],
)
def test_a_damaged_dataset_json_is_refused_with_the_way_out(text: str | bytes, why: str):
    with pytest.raises(InputError, match=rf"dataset\.json.*{why}.*data\.labels=none"):
        layout(SHARDS, {"dataset.json": text})
    assert layout(SHARDS, {"dataset.json": text}, "none").labels is None
    assert len(layout(SHARDS, {"dataset.json": text}, "folders").classes) == 3


def test_pictures_that_dataset_json_does_not_list_are_left_out_or_cost_the_labels():
    names = [f"{i // 10:05d}/{i}.png" for i in range(40)]
    few = layout(names, {"dataset.json": stylegan(names[:37])})
    assert few.rows == tuple(range(37))
    assert "3 images without a label" in few.findings[0].text
    many = layout(names, {"dataset.json": stylegan(names[:20])})
    assert many.labels is None
    assert "20 of 40 images have no label in dataset.json" in many.unlabelled


def test_a_dataset_json_of_another_kind_is_named_and_folders_are_read():
    found = layout([f"{c}/{i}.png" for c in "ab" for i in range(4)], {"dataset.json": '{"name": "mine"}'})
    assert found.classes == ("a", "b")
    assert 'dataset.json (has no "labels")' in found.findings[0].text


@pytest.mark.parametrize(
    "text", ['{"labels": [' + "[]," * 3_000_000 + "[]]}", "[" * (33 << 20)], ids=["values", "bytes"]
)
def test_a_huge_dataset_json_is_refused_before_it_takes_memory(text: str):
    content = text.encode()
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="more than"):
            layout(SHARDS, {"dataset.json": content})
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


# ---- tables


@pytest.mark.parametrize(
    "title", ["file_name,label", "id,label", "image_id,class", "Image Index,category", "filename,target"]
)
@pytest.mark.parametrize("table", ["labels.csv", "metadata.csv", "train.csv", "annotations.csv"])
def test_a_table_with_a_column_of_files_and_one_of_labels_is_read(title: str, table: str):
    found = layout(FLAT, {table: csv(title, FLAT)})
    assert classes(found) == ["dog", "cat"] * 6
    assert found.messages[0] == f"labels: 2 classes from {table}"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (csv("id,breed", [name[:-4] for name in FLAT]), FLAT),
        (csv("image;label", FLAT, ";"), FLAT),
        ("\ufeff" + csv("path,label", [f"./images\\{name}" for name in FLAT]), [f"images/{name}" for name in FLAT]),
        (csv("path,label", [f"/kaggle/input/{name}" for name in FLAT]), FLAT),
        (csv("", FLAT)[1:], FLAT),
    ],
    ids=["without suffix", "semicolons", "backslashes", "elsewhere", "no titles"],
)
def test_files_are_found_however_a_table_names_them(text: str, names: list[str]):
    assert classes(layout(names, {"labels.csv": text})) == ["dog", "cat"] * 6


def test_hugging_face_metadata_beside_the_pictures_of_each_split_is_read():
    names = [f"{split}/{name}" for split in ("train", "test") for name in FLAT]
    lines = "\n".join(
        json.dumps({"file_name": name, "label": i % 2, "text": f"no. {i}"}) for i, name in enumerate(FLAT)
    )
    found = layout(names, {"train/metadata.jsonl": lines, "test/metadata.csv": csv("file_name,label", FLAT)})
    assert found.splits == ("train",) * 12 + ("test",) * 12
    assert classes(found) == ["0", "1"] * 6 + ["dog", "cat"] * 6


def test_a_table_that_is_named_as_a_split_is_about_that_split():
    names = [f"{split}/{i}.png" for split in ("train", "test") for i in range(4)]
    found = layout(names, {"train.csv": csv("id,label", ["0", "1", "2", "3"]), "test.csv": "id\n0\n1\n2\n3"})
    assert found.rows == (0, 1, 2, 3)
    assert classes(found) == ["dog", "cat"] * 2
    assert any("test.csv" in note.text for note in found.findings)


def test_whole_numbers_are_classes_in_the_order_of_numbers():
    rows = "\n".join(f"{i},{i % 12}.0" for i in range(36))
    found = layout([f"{i}.png" for i in range(36)], {"labels.csv": f"id,label\n{rows}"})
    assert found.classes == tuple(map(str, range(12)))
    assert found.labels == tuple(i % 12 for i in range(36))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,b,c\n1,2,3", "no column named file_name"),
        ("id,width,height\n000,3,4", "no label column"),
        (
            csv("id,label", FLAT).replace(",", ",x,").replace("id,x,label", "id,class,label"),
            "several label columns",
        ),
        ("id,label\nnobody,cat", "lists none of the images"),
        ("id,text\n" + "\n".join(f"{name},caption {name}" for name in FLAT), "too many to be classes"),
        ("id,label\n000,cat\n000,dog", "two labels"),
        (
            "id,label\n" + "\n".join(f"{name},../../{i % 2}" for i, name in enumerate(FLAT)),
            "is not a valid name for a class",
        ),
        (b"id,label\n\xff,cat", "not UTF-8"),
        ("id,label\n000," + "x" * 200_000, "damaged"),
        ("", "no column"),
    ],
)
def test_a_table_that_is_not_read_is_named_with_the_reason_and_refused_where_it_is_asked_for(
    text: str | bytes, why: str
):
    found = layout(FLAT, {"labels.csv": text})
    assert found.labels is None
    (note,) = found.findings
    assert note.name == "tables-not-read"
    assert "labels.csv" in note.text
    assert why in note.text
    with pytest.raises(InputError, match=r"data\.labels=table"):
        layout(FLAT, {"labels.csv": text}, "table")


def test_other_json_files_are_named_too():
    assert "coco.json" in layout(FLAT, {"coco.json": "{}"}).findings[0].text


def test_folders_that_say_the_same_as_a_table_are_read_and_others_are_refused():
    names = [f"{'cat' if i % 2 else 'dog'}/{name}" for i, name in enumerate(FLAT)]
    assert layout(names, {"labels.csv": csv("id,label", FLAT)}).classes == ("cat", "dog")
    moved = [name.replace("dog", "cat", 1) if "000" in name else name for name in names]
    files = {"labels.csv": csv("id,label", FLAT)}
    with pytest.raises(InputError, match=r"labels\.csv.*data\.labels=folders, table or none"):
        layout(moved, files)
    assert classes(layout(moved, files, "folders"))[0] == "cat"
    assert classes(layout(moved, files, "table"))[0] == "dog"


def test_tables_that_disagree_are_refused():
    files = {"a.csv": csv("id,label", FLAT), "b.csv": csv("id,label", FLAT[::-1])}
    with pytest.raises(InputError, match=r"a\.csv, b\.csv have different labels for the same image"):
        layout(FLAT, files)


def test_a_table_larger_than_the_bound_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(label_tables, "MOST_BYTES", 10)
    assert "larger than" in layout(FLAT, {"labels.csv": csv("id,label", FLAT)}).findings[0].text


def test_names_in_either_unicode_form_are_found():
    names = [f"caf\u00e9{i}.png" for i in range(4)]
    text = csv("file_name,label", [name.replace("\u00e9", "e\u0301") for name in names])
    assert classes(layout(names, {"labels.csv": text})) == ["dog", "cat"] * 2


# ---- columns and values that are not read


def said(found: Layout, name: str) -> str:
    (text,) = (str(note) for note in found.findings if note.name == name)
    return text


@pytest.mark.parametrize("title", ["split", "Set", "subset", "fold", "partition"])
def test_a_column_named_as_a_split_is_named_with_the_way_out(title: str):
    rows = "\n".join(f"{name},{'ab'[i % 2]},{'train' if i < 9 else 'test'},7" for i, name in enumerate(FLAT))
    found = layout(FLAT, {"meta.csv": f"file_name,label,{title},age\n{rows}"})
    text = said(found, "split-column-not-read")
    assert text.startswith(f"column '{title}' of meta.csv is not read")
    assert text.endswith("move the images into folders named train and test")
    assert said(found, "columns-not-read").startswith("column 'age' of meta.csv is not read")


def test_a_column_of_splits_is_never_the_label():
    rows = "\n".join(f"{name},{'train' if i < 9 else 'test'}" for i, name in enumerate(FLAT))
    found = layout(FLAT, {"meta.csv": f"file_name,split\n{rows}"})
    assert found.labels is None
    assert "column split is ignored: use folders named train and test" in said(found, "tables-not-read")


def test_a_table_that_agrees_with_the_folders_counts_as_read():
    names = [f"{'cat' if i % 2 else 'dog'}/{name}" for i, name in enumerate(FLAT)]
    assert layout(names, {"labels.csv": csv("id,label", FLAT)}).tables == ("labels.csv",)


def lines(labels: list[object]) -> str:
    return "\n".join(json.dumps({"file_name": name, "label": label}) for name, label in zip(FLAT, labels, strict=True))


def test_whole_floats_in_json_lines_are_whole_numbers():
    found = layout(FLAT, {"metadata.jsonl": lines([float(i % 3) for i in range(12)])})
    assert classes(found) == [str(i % 3) for i in range(12)]


@pytest.mark.parametrize(
    ("label", "why"),
    [
        (True, "the label of 000.png is true, neither text nor an integer"),
        (0.5, "the label of 000.png is 0.5, neither text nor an integer"),
        (float("nan"), "the label of 000.png is NaN, neither text nor an integer"),
        ([1, 2], "neither text nor an integer"),
        (None, "has no labels for the listed images"),
    ],
)
def test_values_in_json_lines_that_are_no_labels_are_refused_for_what_they_are(label: object, why: str):
    assert why in said(layout(FLAT, {"metadata.jsonl": lines([label] * 12)}), "tables-not-read")

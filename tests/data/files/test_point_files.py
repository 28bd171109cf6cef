"""Points of a user's own are read from arrays and tables, split by content, and told from pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganarium.config.data_files import CoordinatesConfig, CsvConfig
from ganarium.config.overrides import data_settings
from ganarium.core.errors import EmptySplitError, InputError, SettingsError
from ganarium.data.datasets import PointSet, Split
from ganarium.data.files.csv_sets import load as load_csv
from ganarium.data.files.detect import overrides_for
from ganarium.data.files.point_files import load

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
POINTS = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)


def saved(path: Path, **arrays: Any) -> Path:
    np.savez(path / "own.npz", **arrays)
    return path / "own.npz"


def table(path: Path, points: np.ndarray = POINTS, head: str = "") -> Path:
    lines = "".join(",".join(repr(float(number)) for number in row) + "\n" for row in points)
    (path / "own.csv").write_text(head + lines)
    return path / "own.csv"


def loaded(file: Path, split: Split = "train", **chosen: Any) -> PointSet:
    return load(CoordinatesConfig(coordinates=str(file), **chosen), split)


def refusal(file: Path) -> str:
    with pytest.raises(InputError) as error:
        loaded(file)
    message = str(error.value)
    assert message.startswith(str(file))
    assert "\n" not in message
    return message


def files(path: Path) -> dict[str, Path]:
    numbered = np.concatenate([np.arange(60)[:, None], POINTS, np.arange(60)[:, None] % 2], 1)
    for name in ("points", "X", "named", "labelled", "plain", "numbered", "npy"):
        (path / name).mkdir()
    np.save(path / "npy" / "own.npy", POINTS.astype(float))
    return {
        "points": saved(path / "points", points=POINTS),
        "X": saved(path / "X", X=POINTS.astype(float), y=np.arange(60) % 2),
        "npy": path / "npy" / "own.npy",
        "plain": table(path / "plain"),
        "named": table(path / "named", head="x,y\n"),
        "labelled": table(path / "labelled", np.c_[POINTS, np.arange(60) % 2], "x,y,label\n"),
        "numbered": table(path / "numbered", numbered, ",a,b,class\n"),
    }


def test_every_form_of_a_file_is_the_same_points_and_is_known_by_its_content(tmp_path: Path):
    for name, file in files(tmp_path).items():
        own = loaded(file, held_out=0)
        assert np.array_equal(own.points, POINTS), name
        assert (own.law, own.shape, own.labels, own.classes) == (None, (2,), None, ())
        assert overrides_for(str(file)) == [f"data.coordinates={file}"], name
    assert len({loaded(file, held_out=0).hash for file in tmp_path.glob("*/*")}) == 1


def test_points_on_the_line_are_points(tmp_path: Path):
    for file in (saved(tmp_path, points=POINTS[:, 0]), table(tmp_path, POINTS[:, :1])):
        own = loaded(file, held_out=0)
        assert own.shape == (1,)
        assert np.array_equal(own.points, POINTS[:, :1])


def test_pictures_are_not_taken_for_points(tmp_path: Path):
    pictures = np.zeros((5, 16, 16), np.uint8)
    assert overrides_for(str(saved(tmp_path, images=pictures))) == [f"data.array={tmp_path / 'own.npz'}"]
    assert overrides_for(str(saved(tmp_path, images=pictures, points=np.zeros((5, 2)))))[0].startswith("data.array")
    np.save(tmp_path / "own.npy", pictures)
    assert overrides_for(str(tmp_path / "own.npy")) == [f"data.array={tmp_path / 'own.npy'}"]
    assert overrides_for(str(table(tmp_path, np.zeros((5, 257))))) == [f"data.csv={tmp_path / 'own.csv'}"]


def test_equal_points_are_in_one_split_and_every_point_is_in_one(tmp_path: Path):
    file = saved(tmp_path, points=np.concatenate([POINTS, POINTS]))
    parts = [loaded(file, split, held_out=0.5).points.numpy() for split in SPLITS]
    assert sum(map(len, parts)) == 120
    rows = [{row.tobytes() for row in part} for part in parts]
    assert all(rows)
    assert not rows[0] & rows[1] | rows[0] & rows[2] | rows[1] & rows[2]
    assert len(loaded(file, count=7)) == 7


HOSTILE = {
    "wide": (np.zeros((5, 65)), "has shape 5×65"),
    "solid": (np.zeros((5, 2, 2)), "has shape 5×2×2"),
    "text": (np.array([["a", "b"]]), "type <U1"),
    "complex": (np.zeros((5, 2), complex), "type complex128"),
    "nan": (np.array([[0, 0], [0, np.nan]]), "row 1 is not finite"),
    "infinite": (np.array([[np.inf, 0.0]]), "row 0 is not finite"),
    "huge": (np.array([[1e300, 0.0]]), "row 0 is not finite"),
    "objects": (np.array([[None, None]]), "never unpickled"),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_arrays_that_hold_no_points_are_refused(tmp_path: Path, fault: str):
    array, said = HOSTILE[fault]
    assert said in refusal(saved(tmp_path, points=array))


def test_files_that_hold_no_points_are_refused(tmp_path: Path):
    assert "no array is named points; found: other" in refusal(saved(tmp_path, other=POINTS))
    assert "line 3, column 2: cat is not a finite number" in refusal(table(tmp_path, POINTS[:0], "x,y\n0,1\n0,cat\n"))
    assert "is empty" in refusal(table(tmp_path, POINTS[:0]))
    for name in ("absent.npz", "absent.csv"):
        assert "No such file" in refusal(tmp_path / name)
    (tmp_path / "own.txt").touch()
    assert "not named .npz or .npy" in refusal(tmp_path / "own.txt")
    (tmp_path / "folder.csv").mkdir()
    assert "not a file" in refusal(tmp_path / "folder.csv")
    (tmp_path / "own.csv").write_bytes(b"\xff\0\x93" * 999)
    refusal(tmp_path / "own.csv")
    with pytest.raises(EmptySplitError, match=r"the test split is empty; data\.held_out=0 of 60 points"):
        loaded(saved(tmp_path, points=POINTS), "test", held_out=0)


@pytest.mark.parametrize("head", ["x,y,z\n", "a,b,c\n", ""])
def test_three_coordinates_are_points_and_never_cut_to_two(tmp_path: Path, head: str):
    solid = np.c_[POINTS, POINTS[:, 0]]
    for file in (table(tmp_path, solid, head), saved(tmp_path, points=solid), saved(tmp_path, images=solid)):
        assert overrides_for(str(file)) == [f"data.coordinates={file}"]
        assert np.array_equal(loaded(file, held_out=0).points, solid)


@pytest.mark.parametrize("d", [16, 64])
def test_rows_that_may_be_flat_images_are_points_only_where_they_are_called_so(tmp_path: Path, d: int):
    rows = np.random.default_rng(0).normal(size=(200, d)).astype(np.float32)
    np.save(tmp_path / "own.npy", rows)
    assert overrides_for(str(tmp_path / "own.npy")) == [f"data.array={tmp_path / 'own.npy'}"]
    assert overrides_for(str(table(tmp_path, rows))) == [f"data.csv={tmp_path / 'own.csv'}"]
    assert np.array_equal(loaded(tmp_path / "own.npy", held_out=0).points, rows)
    assert np.array_equal(loaded(tmp_path / "own.csv", held_out=0).points, rows)
    with pytest.raises(InputError, match=r"for points, use data\.points=FILE"):
        load_csv(CsvConfig(csv=str(tmp_path / "own.csv")))


def test_a_plain_row_of_numbers_that_is_named_points_is_known_by_its_name(tmp_path: Path):
    file = saved(tmp_path, points=POINTS[:, 0])
    assert overrides_for(str(file)) == [f"data.coordinates={file}"]


def test_columns_and_arrays_that_are_not_read_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    loaded(table(tmp_path, np.c_[POINTS, POINTS], "id,x,y,weight\n"))
    loaded(saved(tmp_path, points=POINTS, labels=np.zeros(60)))
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path / 'own.csv'}: ignored columns or arrays: 'weight'",
        f"{tmp_path / 'own.npz'}: ignored columns or arrays: 'labels'",
    ]


def test_points_is_another_name_of_the_setting_that_never_hides_the_image_set_of_this_name(tmp_path: Path):
    file = table(tmp_path)
    expected = CoordinatesConfig(coordinates=str(file))
    assert CoordinatesConfig(points=str(file)) == expected
    for words in ([f"data.points={file}"], ["data=points", f"data.points={file}"], [f"data.coordinates={file}"]):
        assert data_settings(words) == expected
    assert data_settings(["data=points", "data.count=5"]).kind == "points"
    with pytest.raises(SettingsError, match="points is another name of coordinates; remove one of the two"):
        data_settings([f"data.points={file}", f"data.coordinates={file}"])

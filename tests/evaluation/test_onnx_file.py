"""Features by a network from a file: the numbers of torch, each picture by itself, every wrong file refused."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

import ganarium
from ganarium.api.evaluation import scores_of
from ganarium.config.base import DataConfig
from ganarium.config.synthetic import PairsConfig
from ganarium.config.toy2d import RingConfig
from ganarium.core.errors import InputError, UsageError
from ganarium.core.random_streams import Streams, integers, normal
from ganarium.data.files.arrays import image_set
from ganarium.evaluation.controls import noisy
from ganarium.evaluation.features import cache, onnx_file
from ganarium.evaluation.features.onnx_file import FileFeatures, read_network
from ganarium.evaluation.features.random_convolutions import RandomConvolutions
from ganarium.evaluation.images import score_images
from ganarium.evaluation.measures import EXTRAPOLATED, measures_of
from ganarium.evaluation.reference import load_reference
from ganarium.evaluation.samples import Generated, ImageReference
from ganarium.runs.directory import Run
from ganarium.studies.study import Study, StudyFolder, runs_of
from ganarium.studies.worker import perform

STREAMS = Streams(3)
KERNEL = STREAMS.at("kernel", normal(6, 3, 3, 3), 0)
COLOURED = STREAMS.at("coloured", integers(40, 3, 12, 10, high=256), 0).byte()
GREY = COLOURED[:, :1]
FREE = ("n", 3, "h", "w")
POOL = [helper.make_node("GlobalAveragePool", ["x"], ["y"])]
CAST = [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)]

Nodes = Sequence[onnx.NodeProto]
Write = Callable[..., Path]


def network(nodes: Nodes, sides: Sequence[object] = FREE, kind: int = TensorProto.FLOAT, **weights: Tensor) -> bytes:
    """An ONNX file's content: from x to y, whose shape is left open."""
    tensors = [numpy_helper.from_array(value.numpy(), name) for name, value in weights.items()]
    x = helper.make_tensor_value_info("x", kind, sides)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", [x], [y], tensors)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    made.ir_version = 8
    content: bytes = made.SerializeToString()
    return content


def node(kind: str, *inputs: str, to: str, **settings: object) -> onnx.NodeProto:
    return helper.make_node(kind, list(inputs), [to], **settings)


def convolution(sides: Sequence[object] = FREE) -> bytes:
    """relu(conv(x)), averaged over places."""
    nodes = [
        node("Conv", "x", "kernel", to="a", pads=[1, 1, 1, 1]),
        node("Relu", "a", to="b"),
        node("GlobalAveragePool", "b", to="c"),
        node("Flatten", "c", to="y"),
    ]
    return network(nodes, sides, kernel=KERNEL)


def by_torch(images: Tensor) -> Tensor:
    return F.relu(F.conv2d(images.float() / 255, KERNEL, padding=1)).mean((2, 3))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A file of that content; its path."""

    def written(content: bytes, name: str = "net.onnx") -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return written


def features_of(path: Path, images: Tensor, batch: int = 500) -> Tensor:
    return FileFeatures(read_network(path), tuple(images.shape[1:])).extract(images, batch).features


def test_features_are_those_of_the_same_arithmetic_in_torch(write: Write):
    features = features_of(write(convolution()), COLOURED)
    assert features.shape == (40, 6)
    torch.testing.assert_close(features, by_torch(COLOURED), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("batch", [1, 7, 40])
def test_each_picture_is_read_by_itself(write: Write, batch: int):
    path = write(convolution())
    torch.testing.assert_close(features_of(path, COLOURED, batch), features_of(path, COLOURED), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("sides", [(1, 3, "h", "w"), (1, 3, 12, 10), ("n", 3, 12, 10), ("n", "c", "h", "w"), None])
def test_fixed_sides_that_are_the_datas_own_are_read_as_well_as_free_ones(write: Write, sides):
    torch.testing.assert_close(features_of(write(convolution(sides)), COLOURED), by_torch(COLOURED))


def test_grey_pictures_are_given_three_times_where_three_channels_are_wanted(write: Write):
    torch.testing.assert_close(features_of(write(convolution()), GREY), by_torch(GREY.expand(-1, 3, -1, -1)))
    assert features_of(write(network(POOL, ("n", "c", "h", "w"))), GREY).shape == (40, 1)


def test_maps_are_averaged_over_places(write: Write):
    maps = write(network([node("Conv", "x", "kernel", to="y")], kernel=KERNEL))
    torch.testing.assert_close(
        features_of(maps, COLOURED), F.conv2d(COLOURED.float() / 255, KERNEL).mean((2, 3)), rtol=1e-5, atol=1e-5
    )


def test_a_network_resizes_inside_if_it_wants_another_size(write: Write):
    scales = torch.tensor([1.0, 1.0, 2.0, 2.0])
    nodes = [node("Resize", "x", "", "scales", to="big", mode="nearest"), node("GlobalAveragePool", "big", to="y")]
    means = COLOURED.float().mean((2, 3)) / 255
    torch.testing.assert_close(features_of(write(network(nodes, scales=scales)), COLOURED), means)


def test_no_pictures_make_an_empty_reading(write: Write):
    assert features_of(write(convolution()), COLOURED[:0]).shape == (0, 6)


NAMES = {
    "Inception V3 (pool).onnx": "inception-v3-pool-",
    "dinov2.onnx": "dinov2-",
    "x" * 80 + ".onnx": "x" * 24 + "-",
    "網.onnx": "features-",
    "../x.onnx": "x-",
}


@pytest.mark.parametrize(("file", "start"), NAMES.items(), ids=NAMES.values())
def test_a_name_is_the_files_own_and_that_of_its_content(tmp_path: Path, file: str, start: str):
    (tmp_path / "a").mkdir()
    path = tmp_path / "a" / file
    path.write_bytes(b"one")
    one = read_network(path).name
    assert one == read_network(path).name == f"{start}7692c3ad"  # of sha256(b"one")
    path.write_bytes(b"two")
    assert read_network(path).name not in (one, read_network(write_beside(path)).name)


def write_beside(path: Path) -> Path:
    other = path.with_name(f"other-{path.name}")
    other.write_bytes(path.read_bytes())
    return other


def twin(ours: RandomConvolutions) -> bytes:
    """What `RandomConvolutions` computes of 16×16 pictures, as a file."""
    weights = {f"k{i}": kernel for i, kernel in enumerate(ours._kernels)} | {
        "half": torch.tensor(0.5),
        "sums": ours._sums,
        "mean": ours._fit["mean"].float(),
        "directions": ours._fit["directions"].float(),
    }
    nodes, maps = [node("Sub", "x", "half", to="m")], "m"
    for i, places in enumerate((4, 2, 1)):
        nodes += [
            node("Conv", maps, f"k{i}", to=f"c{i}", pads=[1, 1, 1, 1]),
            node("Relu", f"c{i}", to=f"r{i}"),
            node("AveragePool", f"r{i}", to=f"p{i}", kernel_shape=[places] * 2, strides=[places] * 2),
            node("Flatten", f"p{i}", to=f"f{i}"),
            node("AveragePool", f"r{i}", to=f"h{i}", kernel_shape=[2, 2], strides=[2, 2]),
        ]
        maps = f"h{i}"
    nodes += [
        node("Concat", "f0", "f1", "f2", to="seen", axis=1),
        node("MatMul", "seen", "sums", to="sketch"),
        node("Sub", "sketch", "mean", to="centred"),
        node("MatMul", "centred", "directions", to="y"),
    ]
    return network(nodes, ("n", 1, 16, 16), **weights)


@pytest.fixture(scope="module")
def blots() -> Tensor:
    """Pictures of 16×16 that vary in every way, uint8 [600, 1, 16, 16]."""
    noise = STREAMS.at("blots", normal(600, 1, 20, 20), 0)
    return (128 + 150 * F.avg_pool2d(noise, 5, 1)).clamp(0, 255).byte()


@pytest.fixture(scope="module")
def real(blots: Tensor) -> ImageReference:
    """300 blots to learn from, 200 that were held out."""
    return ImageReference(image_set(blots[:300]), image_set(blots[300:500]), "test")


@pytest.mark.slow
def test_a_file_that_computes_what_our_own_reader_does_scores_as_it_does(
    write: Write, real: ImageReference, blots: Tensor
):
    ours = RandomConvolutions(real.train)
    file = read_network(write(twin(ours), "twin.onnx"))
    by = replace(real, extra_extractors=(FileFeatures(file, real.train.shape),))
    scores = {score.name: score for score in score_images(Generated(noisy(blots[500:])), by)}
    mine = {name for name in scores if name.endswith(f"/{file.name}")}
    assert {name.split("/")[0] for name in mine} == {name.split("/")[0] for name in scores} - {"similarity"}
    for name in mine:
        other = scores[name.replace(file.name, ours.name)]
        assert scores[name].value == pytest.approx(other.value, rel=1e-3, abs=1e-3), name
        assert scores[name].floor == pytest.approx(other.floor, rel=1e-3, abs=1e-3), name


def test_real_pictures_are_read_once_for_all_processes(write: Write, real: ImageReference, tmp_path, monkeypatch):
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_in_memory", {})
    path = write(network(POOL, ("n", 1, "h", "w")))
    first = cache.cached_features(FileFeatures(read_network(path), (1, 16, 16)), real.train)
    monkeypatch.setattr(cache, "_in_memory", {})
    again = FileFeatures(read_network(path), (1, 16, 16))
    monkeypatch.setattr(FileFeatures, "extract", None)
    assert torch.equal(cache.cached_features(again, real.train).features, first.features)


def test_wide_features_are_measured_without_the_slowest_distance():
    assert EXTRAPOLATED in measures_of(512)
    assert EXTRAPOLATED not in measures_of(513)
    assert [measure for measure in measures_of(512) if measure is not EXTRAPOLATED] == measures_of(2_048)


# -- what is refused ------------------------------------------------------------------------------------------------


def elsewhere(location: str) -> bytes:
    """A network whose weights lie in another file, or so it says."""
    made = onnx.load_model_from_string(convolution())
    (tensor,) = made.graph.initializer
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "offset": "0", "length": str(KERNEL.numel() * 4)}.items():
        tensor.external_data.add(key=key, value=value)
    content: bytes = made.SerializeToString()
    return content


def two_inputs() -> bytes:
    made = onnx.load_model_from_string(network([node("Concat", "x", "z", to="y", axis=1)]))
    made.graph.input.add().CopyFrom(helper.make_tensor_value_info("z", TensorProto.FLOAT, FREE))
    content: bytes = made.SerializeToString()
    return content


def two_words() -> bytes:
    made = onnx.load_model_from_string(network([node("Constant", to="y", value_strings=["a", "b"])]))
    made.graph.output[0].type.tensor_type.elem_type = TensorProto.STRING
    content: bytes = made.SerializeToString()
    return content


NOT_A_NETWORK = {
    "empty": (b"", "file is empty"),
    "text": (b"Dear Ian,", "onnxruntime cannot load it"),
    "zeros": (bytes(100), "onnxruntime cannot load it"),
    "truncated": (convolution()[:-40], "onnxruntime cannot load it"),
    "unknown operation": (network([node("Oracle", "x", to="y")]), "Oracle"),
    "weights elsewhere": (elsewhere("weights.bin"), "external_data=False"),
    "weights above": (elsewhere("../weights.bin"), "external_data=False"),
    "weights anywhere": (elsewhere("/dev/zero"), "external_data=False"),
    "weights nowhere": (elsewhere(""), "external_data=False"),
}
WRONG_INPUT = {
    "another size": (
        convolution(("n", 3, 299, 299)),
        r"\[any, 3, 299, 299\], not \[any, 3, 12, 10\]; images are never",
    ),
    "a fixed size inside": (
        network([node("Reshape", "x", "s", to="y")], s=torch.tensor([-1, 3 * 299 * 299])),
        r"fails on images \[3, 3, 12, 10\].*include the resizing",
    ),
    "other channels": (network(POOL, ("n", 4, "h", "w")), r"\[any, 4, any, any\]"),
    "one channel": (network(POOL, ("n", 1, "h", "w")), r"\[any, 1, any, any\]"),
    "other channels inside": (network([node("Conv", "x", "k", to="y")], None, k=KERNEL[:, :2]), "fails on"),
    "seven at once": (network(POOL, (7, 3, "h", "w")), "batch size is fixed at 7"),
    "two inputs": (two_inputs(), r"2 inputs \(x, z\)"),
    "half precision": (network(CAST, FREE, TensorProto.FLOAT16), r"tensor\(float16\)"),
    "bytes": (network(CAST, FREE, TensorProto.UINT8), r"tensor\(uint8\)"),
    "rows": (network([node("Relu", "x", to="y")], ("n", 784)), r"\[any, 784\]"),
}
WRONG_OUTPUT = {
    "not finite": (network([node("Mul", "x", "nan", to="y")], nan=torch.tensor(float("nan"))), "not finite"),
    "infinite": (network([node("Div", "x", "nought", to="y")], nought=torch.tensor(0.0)), "not finite"),
    "one number in all": (network([node("ReduceMean", "x", to="y", keepdims=0)]), r"is \[\]; features must"),
    "one number a picture": (network([node("ReduceMean", "x", to="y", axes=[1, 2, 3], keepdims=0)]), r"is \[3\]"),
    "a sequence of tokens": (network([node("ReduceMean", "x", to="y", axes=[3], keepdims=0)]), r"is \[3, 3, 12\]"),
    "one row in all": (network([node("ReduceMean", "x", to="y", axes=[0])]), r"is \[1, 3, 12, 10\]"),
    "none": (network([node("Slice", "x", "a", "a", "one", to="y")], a=torch.tensor([0]), one=torch.tensor([1])), "is"),
    "too many": (
        network([node("Expand", "x", "s", to="a"), node("Flatten", "a", to="y")], s=torch.tensor([1, 3, 120, 100])),
        "fails on|up to 4,096",
    ),
    "words": (two_words(), r"is \[2\]"),
    "beside others": (
        network([node("ReduceMean", "x", to="m", axes=[0]), node("Sub", "x", "m", to="y")]),
        "depend on the rest of the batch",
    ),
    "by chance": (
        network([node("Dropout", "x", "half", "yes", to="y")], half=torch.tensor(0.5), yes=torch.tensor(True)),
        r"network\.eval\(\)",
    ),
}
WRONG = NOT_A_NETWORK | WRONG_INPUT | WRONG_OUTPUT


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_read_is_refused_in_one_line(write: Write, case: str, monkeypatch, capfd):
    content, words = WRONG[case]
    path = write(content, "wrong.onnx")
    write(KERNEL.numpy().tobytes(), "weights.bin")  # beside the network: its name would not know them
    monkeypatch.chdir(path.parent)
    with pytest.raises(InputError, match=words) as refusal:
        features_of(Path("wrong.onnx"), COLOURED)
    assert str(refusal.value).startswith("wrong.onnx: ")
    assert "\n" not in str(refusal.value)
    assert capfd.readouterr() == ("", "")


def test_what_is_no_file_is_refused(tmp_path: Path, monkeypatch):
    for path in (tmp_path / "missing.onnx", tmp_path, Path("/dev/zero")):
        with pytest.raises(InputError, match="cannot be read"):
            read_network(path)
    (tmp_path / "large.onnx").write_bytes(bytes(11))
    monkeypatch.setattr(onnx_file, "MOST_BYTES", 10)
    with pytest.raises(InputError, match="larger than 10 bytes"):
        read_network(tmp_path / "large.onnx")


def test_features_that_turn_out_not_finite_are_refused_however_late(write: Write):
    """1/x of a black picture, of which there is none among those tried."""
    path = write(network([node("GlobalMaxPool", "x", to="m"), node("Reciprocal", "m", to="y")]))
    extractor = FileFeatures(read_network(path), (3, 12, 10))
    with pytest.raises(InputError, match="not finite"):
        extractor.extract(torch.cat([COLOURED, COLOURED[:1] * 0]))


@pytest.mark.parametrize("images", [COLOURED.float(), COLOURED[0], COLOURED[:, :1], COLOURED[..., 1:]])
def test_other_pictures_than_it_was_opened_for_are_refused(write: Write, images: Tensor):
    extractor = FileFeatures(read_network(write(convolution())), (3, 12, 10))
    with pytest.raises(InputError, match="needs uint8 images"):
        extractor.extract(images)


def test_without_onnxruntime_the_extra_is_named(write: Write, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UsageError, match=r"pip install 'ganarium\[features\]'"):
        features_of(write(convolution()), COLOURED)


@pytest.mark.parametrize("settings", [RingConfig(count=100), PairsConfig(count=100)], ids=["points", "translations"])
def test_data_that_are_judged_exactly_need_no_features(write: Write, settings: DataConfig):
    with pytest.raises(UsageError, match="features are for images"):
        load_reference(settings, features=read_network(write(convolution())))


@pytest.mark.slow
def test_a_network_for_other_pictures_is_refused_before_anything_is_sampled(write: Write, run: Run, monkeypatch):
    monkeypatch.setattr("ganarium.api.evaluation.evaluate_run", None)
    with pytest.raises(InputError, match=r"not \[any, 1, 16, 16\]"):
        ganarium.api.evaluate(run, features=write(convolution(("n", 3, 299, 299))))


def test_onnxruntime_is_loaded_when_a_file_is_read_by_and_nowhere_else():
    assert not hasattr(onnx_file, "onnxruntime")
    files = Path(ganarium.__file__).parent.rglob("*.py")
    assert [file.name for file in files if "import onnxruntime" in file.read_text("utf-8")] == ["onnx_file.py"]


# -- runs and studies -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def words(blots: Tensor, tmp_path_factory) -> tuple[str, ...]:
    """Settings of data of which some 120 pictures are held out for the test, and of a tiny training."""
    data = tmp_path_factory.mktemp("data") / "blots.npz"
    np.savez(data, images=blots.numpy())
    return (
        f"data.array={data}",
        "data.held_out=0.4",
        "engine.device=cpu",
        "engine.threads=1",
        "record.evaluate_every=0",
    )


@pytest.fixture(scope="module")
def run(tiny, words: tuple[str, ...], tmp_path_factory) -> Run:
    return ganarium.train(tiny(*words), out=tmp_path_factory.mktemp("scored") / "run", on_line=str)


@pytest.mark.slow
def test_scores_with_features_and_without_are_kept_apart(write: Write, run, monkeypatch):
    path, other = write(convolution()), write(convolution((1, *FREE[1:])), "other.onnx")
    readers = {
        features: {score.name.split("/")[1] for score in scores_of(run, n=100, features=features)}
        for features in (path, None, other)
    }
    added = {features: names - readers[None] for features, names in readers.items()}
    assert added == {path: {read_network(path).name}, other: {read_network(other).name}, None: set()}
    monkeypatch.setattr("ganarium.api.evaluation.evaluate", None)
    for features, names in readers.items():
        found = scores_of(run, n=100, features=features and str(features))
        assert {score.name.split("/")[1] for score in found} == names
    rows = ganarium.api.compare([run], n=100, features=path).rows
    assert f"frechet/{read_network(path).name}" in {row.name for row in rows}


@pytest.fixture
def study(words: tuple[str, ...]) -> Study:
    sizes = ("generator.hidden=[8]", "discriminator.hidden=[8]", "train.batch=8")
    return Study(recipe="dense-layers", words=(*words, *sizes), seeds=(0,), steps=4, n=100)


@pytest.mark.slow
def test_a_study_measures_features_of_a_file(write: Write, study: Study, tmp_path: Path):
    path = write(convolution())
    study, home = study.model_copy(update={"features": str(path)}), StudyFolder(tmp_path / "study")
    (cell,) = runs_of(study)
    assert [*perform(study, cell, home, lambda: False)]
    trained = home.scored_run(cell)
    assert trained
    assert f"frechet/{read_network(path).name}" in trained.scores


@pytest.mark.parametrize("content", [b"Dear Ian,", convolution((1, 3, 299, 299))])
def test_a_study_whose_features_cannot_be_measured_trains_nothing(
    write: Write, study: Study, tmp_path: Path, content: bytes
):
    study, home = study.model_copy(update={"features": str(write(content))}), StudyFolder(tmp_path / "study")
    (cell,) = runs_of(study)
    with pytest.raises(InputError, match=r"net\.onnx: "):
        [*perform(study, cell, home, lambda: False)]
    assert not list(home.path.rglob("*.safetensors"))

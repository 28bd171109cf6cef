"""`--features FILE.onnx`: scores by a network of the user's own beside the others."""

import json
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from ganarium.core.random_streams import Streams, normal

SIDE = 16


def pictures(n: int, seed: int) -> np.ndarray:
    """Noise that is brighter here and there, uint8 [n, side, side]."""
    noise = Streams(seed).at("pictures", normal(n, SIDE, SIDE), 0)
    bright = Streams(seed).at("bright", normal(n, 1, 1), 0)
    return (128 + 40 * noise + 40 * bright).clamp(0, 255).byte().numpy()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pictures to judge by, pictures to judge, and a network that sees rows and columns."""
    folder = tmp_path_factory.mktemp("desk")
    np.savez(folder / "real.npz", images=pictures(500, 0))
    np.savez(folder / "made.npz", images=pictures(120, 1))
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["rows"], axes=[1, 3], keepdims=0),
        helper.make_node("ReduceMean", ["x"], ["columns"], axes=[1, 2], keepdims=0),
        helper.make_node("Concat", ["rows", "columns"], ["both"], axis=1),
        helper.make_node("Mul", ["both", "ten"], ["y"]),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", "c", SIDE, SIDE])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2 * SIDE])
    graph = helper.make_graph(nodes, "sums", [x], [y], [numpy_helper.from_array(np.float32(10), "ten")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (folder / "Sums.onnx").write_bytes(model.SerializeToString())
    return folder


def scores(said) -> dict[str, dict[str, object]]:
    assert said.status == 0, said.stderr
    return {score["name"]: score for score in json.loads(said.stdout)["scores"]}


@pytest.mark.slow
def test_features_of_a_file_are_measured_beside_the_others(desk: Path, ganarium):
    words = ("evaluate", "made.npz", "--against", "real.npz", "data.held_out=0.4", "--json")
    plain = scores(ganarium(*words, folder=desk))
    both = scores(ganarium(*words, "--features", "Sums.onnx", folder=desk))
    assert both.items() >= plain.items()
    added = both.keys() - plain.keys()
    (reader,) = {name.split("/")[1] for name in added}
    assert reader.startswith("sums-")
    assert {name.split("/")[0] for name in added} == {name.split("/")[0] for name in plain} - {"similarity"}
    frechet = both[f"frechet/{reader}"]
    assert frechet["floor"] / 3 < frechet["value"] < 3 * frechet["floor"]


@pytest.mark.slow
def test_runs_are_compared_by_them(desk: Path, ganarium, settings):
    words = ("dense-layers", "data.array=real.npz", "data.held_out=0.4", "train.steps=3", "record.evaluate_every=0")
    for seed in (0, 1):
        said = ganarium("train", *words, *settings["tiny"], f"seed={seed}", "--out", f"runs/s{seed}", folder=desk)
        assert said.status == 0, said.stderr
    said = ganarium("compare", "s0", "s1", "-n", "100", "--features", "Sums.onnx", "--json", folder=desk)
    assert said.status == 0, said.stderr
    assert any(row["name"].startswith("frechet/sums-") for row in json.loads(said.stdout)["rows"])
    kept = {path.name for path in (desk / "runs/s0/scores").iterdir()}
    (name,) = kept
    assert name.startswith("step-00000003-test-100-sums-")

"""A MobileNet made for TensorFlow.js begins a `mobile` net; a file that is not one is named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import tensorflow as tf

from edge.errors import EdgeError
from edge.vision.preprocess import normalise
from tests.train.faces import faces
from train.arrays import Array
from train.begin import begin
from train.nets import STRIDES, build
from train.pretrained import read, unfold
from train.recipe import MOBILE_WIDTHS, NETS, Stage

pytestmark = pytest.mark.filterwarnings("ignore")

WIDTHS, SIDE = MOBILE_WIDTHS[:2], 56


def weights_of(blocks: int) -> dict[str, Array]:
    """Weights such as a folded MobileNet has, at random."""
    rng = np.random.default_rng(1)

    def some(*shape: int) -> Array:
        return rng.normal(0.0, 0.3, shape).astype(np.float32)

    found = {"conv1/convolution/merged_input": some(3, 3, 3, 32) * 0.02, "conv1_bn/batchnorm_1/sub": some(32)}
    channels = 32
    for block, width in enumerate(MOBILE_WIDTHS[:blocks], 1):
        found[f"conv_dw_{block}/depthwise_kernel"] = some(3, 3, channels, 1)
        found[f"conv_dw_{block}_bn/batchnorm_1/mul"] = some(channels)
        found[f"conv_dw_{block}_bn/batchnorm_1/sub"] = some(channels)
        found[f"conv_pw_{block}/convolution/merged_input"] = some(1, 1, channels, width)
        found[f"conv_pw_{block}_bn/batchnorm_1/sub"] = some(width)
        channels = width
    return found


def written(folder: Path, weights: dict[str, Array], half: bool = False) -> Path:
    """As TensorFlow.js's converter writes them: one list of weights, its bytes cut into files of any length."""
    kind = np.float16 if half else np.float32
    data = b"".join(value.astype(kind).tobytes() for value in weights.values())
    names = ["group1-shard1of2.bin", "group1-shard2of2.bin"]
    (folder / names[0]).write_bytes(data[:1001])
    (folder / names[1]).write_bytes(data[1001:])
    entries: list[dict[str, Any]] = [
        {"name": name, "shape": list(value.shape), "dtype": "float32"}
        | ({"quantization": {"dtype": "float16"}} if half else {})
        for name, value in weights.items()
    ]
    path = folder / "model.json"
    path.write_text(json.dumps({"weightsManifest": [{"paths": names, "weights": entries}]}))
    return path


def folded(weights: dict[str, Array], images: Array, side: int, blocks: int) -> Array:
    """What the foreign net itself makes of grey pixels (uint8 [n, h, w]): its last block's mean."""
    x = tf.image.resize(np.repeat(images[..., None].astype(np.float32), 3, axis=3), [side, side])
    x = tf.nn.conv2d(x - [103.939, 116.779, 123.68], weights["conv1/convolution/merged_input"], 2, "SAME")
    x = tf.nn.relu6(x + weights["conv1_bn/batchnorm_1/sub"])
    for block in range(1, blocks + 1):
        stride = STRIDES[block - 1]
        across = weights[f"conv_dw_{block}/depthwise_kernel"]
        x = tf.nn.depthwise_conv2d(x, across, [1, stride, stride, 1], "SAME")
        x = x * weights[f"conv_dw_{block}_bn/batchnorm_1/mul"] + weights[f"conv_dw_{block}_bn/batchnorm_1/sub"]
        x = tf.nn.conv2d(tf.nn.relu6(x), weights[f"conv_pw_{block}/convolution/merged_input"], 1, "SAME")
        x = tf.nn.relu6(x + weights[f"conv_pw_{block}_bn/batchnorm_1/sub"])
    return np.asarray(tf.reduce_mean(x, [1, 2]))


def features(net: Any, images: Array) -> Array:
    trunk = tf.keras.Model(net.input, net.get_layer("average").output)
    return np.asarray(trunk((images[..., None] / 255.0 - 0.5) / 0.25))


def middle_grey(images: Array) -> Array:
    """The mean of the three means: where a picture is that grey, its border's zeros are the same in both nets."""
    return np.clip(images.astype(int) // 3 + 76, 0, 255).astype(np.uint8)


def filled(path: Path, images: Array) -> Any:
    net = build("mobile", ["crowd"], WIDTHS, SIDE)
    found = unfold(path, WIDTHS, SIDE, normalise(images, NETS["mobile"].input)[..., None])
    for name, values in found.items():
        net.get_layer(name).set_weights(values)
    return net


@pytest.mark.parametrize("half", [False, True])
def test_a_net_begun_so_sees_what_the_foreign_net_sees(tmp_path: Path, half: bool) -> None:
    weights, images = weights_of(2), middle_grey(faces(each=4).images)
    ours = features(filled(written(tmp_path, weights, half), images), images)
    assert np.corrcoef(ours.ravel(), folded(weights, images, SIDE, 2).ravel())[0, 1] > 0.995


def test_weights_that_were_packed_into_bytes_are_unpacked(tmp_path: Path) -> None:
    steps = np.array([0, 128, 255], np.uint8)
    (tmp_path / "w.bin").write_bytes(steps.tobytes())
    packed = {"dtype": "uint8", "scale": 0.01, "min": -1.5}
    entry = {"name": "w", "shape": [3], "dtype": "float32", "quantization": packed}
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"weightsManifest": [{"paths": ["w.bin"], "weights": [entry]}]}))
    assert read(path)["w"] == pytest.approx([-1.5, -0.22, 1.05])


def test_a_stage_begins_with_it(tmp_path: Path) -> None:
    stage = Stage("large", 1, widths=WIDTHS, side=SIDE)
    net = build("mobile", ["crowd"], WIDTHS, SIDE)
    path = written(tmp_path, weights_of(2))
    begin(net, stage, [path], faces(each=3).images)
    assert np.array_equal(net.get_layer("pw2").get_weights()[0], read(path)["conv_pw_2/convolution/merged_input"])


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match=r"none.json: cannot be read \(No such file"):
        read(tmp_path / "none.json")
    (tmp_path / "other.json").write_text("[1, 2]")
    with pytest.raises(EdgeError, match=r"other.json: not the model.json of a TensorFlow.js model"):
        read(tmp_path / "other.json")


def test_a_file_that_is_cut_off_or_missing_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, weights_of(2))
    rest = tmp_path / "group1-shard2of2.bin"
    rest.write_bytes(rest.read_bytes()[:-8])
    with pytest.raises(EdgeError, match=r"ends before conv_pw_2_bn/batchnorm_1/sub: cut off\?"):
        read(path)
    rest.unlink()
    with pytest.raises(EdgeError, match=r"group1-shard2of2.bin: cannot be read"):
        read(path)


def test_a_net_of_another_make_is_named(tmp_path: Path) -> None:
    weights, images = weights_of(1), np.zeros((2, 48, 48, 1), np.float32)
    path = written(tmp_path, weights)
    with pytest.raises(EdgeError, match=r"model.json: has no conv_dw_2/depthwise_kernel"):
        unfold(path, WIDTHS, SIDE, images)
    with pytest.raises(EdgeError, match=r"model.json: begins a net of MobileNet's own widths"):
        unfold(path, (64, 100), SIDE, images)
    weights["conv_dw_1/depthwise_kernel"] = weights["conv_dw_1/depthwise_kernel"][..., 0]
    with pytest.raises(EdgeError, match=r"has no conv_dw_1/depthwise_kernel of \(3, 3, 32, 1\)"):
        unfold(written(tmp_path, weights), WIDTHS, SIDE, images)

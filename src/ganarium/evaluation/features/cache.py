"""Content-addressed cache of the features of data sets, in memory and on disk."""

from collections.abc import Callable
from hashlib import blake2b

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from ganarium.core import cache
from ganarium.data.datasets import ImageSet
from ganarium.evaluation.features.base import Extractor, ExtractorOutput

DIGEST = 16  # number of bytes of the digest, which precedes the tensors

_in_memory: dict[tuple[str, str], ExtractorOutput] = {}


def cached_features(extractor: Extractor, data: ImageSet) -> ExtractorOutput:
    """Return the features of a whole data set, cached by the extractor's name and the hash of the images."""
    key = (extractor.name, data.hash)
    if key not in _in_memory:
        tensors = cached_tensors(f"{extractor.name}-{data.hash[:16]}", lambda: _tensors(extractor.extract(data.images)))
        _in_memory[key] = ExtractorOutput(tensors["features"], tensors.get("probabilities"))
    return _in_memory[key]


def cached_tensors(name: str, compute: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the cached tensors with this name, or compute and cache them if they are missing or damaged."""
    path = cache.folder() / f"{name}.reading"
    try:
        content = path.read_bytes()
        if content[:DIGEST] == _digest(content[DIGEST:]):
            cache.touch(path)
            return load(content[DIGEST:])
    except (OSError, SafetensorError):
        pass
    tensors = compute()
    content = save({key: tensor.contiguous() for key, tensor in tensors.items()})
    cache.keep(path, _digest(content), content)
    return tensors


def _tensors(output: ExtractorOutput) -> dict[str, Tensor]:
    tensors = {"features": output.features}
    return tensors if output.probabilities is None else tensors | {"probabilities": output.probabilities}


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=DIGEST).digest()

"""Content-addressed cache of the features of data sets, in memory and on disk."""

from collections.abc import Callable
from hashlib import blake2b

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from ganarium.core import cache
from ganarium.data.datasets import ImageSet
from ganarium.evaluation.features.base import Extractor, Reading

DIGEST = 16  # bytes of the digest before the tensors

_held: dict[tuple[str, str], Reading] = {}


def reading_of(extractor: Extractor, data: ImageSet) -> Reading:
    """Return the features of a whole data set, cached by the extractor's name and the hash of the pictures."""
    key = (extractor.name, data.hash)
    if key not in _held:
        tensors = kept_tensors(f"{extractor.name}-{data.hash[:16]}", lambda: _tensors(extractor.read(data.images)))
        _held[key] = Reading(tensors["features"], tensors.get("probabilities"))
    return _held[key]


def kept_tensors(name: str, make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the cached tensors with this name. Compute them when they are missing or damaged."""
    path = cache.folder() / f"{name}.reading"
    try:
        content = path.read_bytes()
        if content[:DIGEST] == _digest(content[DIGEST:]):
            cache.touch(path)
            return load(content[DIGEST:])
    except (OSError, SafetensorError):
        pass
    tensors = make()
    content = save({key: tensor.contiguous() for key, tensor in tensors.items()})
    cache.keep(path, _digest(content), content)
    return tensors


def _tensors(reading: Reading) -> dict[str, Tensor]:
    tensors = {"features": reading.features}
    return tensors if reading.probabilities is None else tensors | {"probabilities": reading.probabilities}


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=DIGEST).digest()

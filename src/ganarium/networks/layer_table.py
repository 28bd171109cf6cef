"""A table of a network's layers in order of execution."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle

from ganarium.core.random_streams import seeded
from ganarium.networks.base import Discriminator, Generator, Network

SAMPLES = 2  # batch size of the forward pass on the meta device
PLAIN: Mapping[Callable[..., Any], str] = {
    F.relu: "ReLU",
    F.elu: "ELU",
    F.softplus: "softplus",
    torch.tanh: "tanh",
    torch.sigmoid: "sigmoid",
    torch.Tensor.max: "maxout",
}


@dataclass(frozen=True)
class Layer:
    """One row of a layer table.

    name: name of the layer in the network; "" for an activation
    kind: type of the layer, such as "convolution 3×3, stride 2"
    shape: shape of the largest weights, dense weights as [in, out]; empty without weights
    output: shape of the output for one sample
    parameters: number of trainable values, including biases; 0 for weights of an earlier row
    statistics: number of running statistics of batch norm
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    output: tuple[int, ...]
    parameters: int = 0
    statistics: int = 0


def layers(network: Network, shape: Sequence[int]) -> list[Layer]:
    """Return the layers of a network, for images or points of the given shape.

    One forward pass records which layers run: on the meta device, on tensors without values.
    """
    with torch.no_grad(), seeded(0), _Recorder(network) as recorder:
        network(*_inputs(network, shape))
    rows = [*recorder.rows, *recorder.left()]
    assert sum(row.parameters for row in rows) == sum(part.numel() for part in network.parameters())
    return rows


def _inputs(network: Network, shape: Sequence[int]) -> Iterator[Any]:
    """Yield the network's inputs: samples or latents, labels (or None) if accepted, and random draws."""
    first = [network.latent] if isinstance(network, Generator) else shape
    if isinstance(network, Discriminator):
        first = network.subject.shape
    device = next(network.parameters()).device
    yield torch.zeros(SAMPLES, *first, device=device)
    if isinstance(network, Generator | Discriminator):
        has_label = network.subject.classes > 0
        yield torch.zeros(SAMPLES, dtype=torch.int64, device=device) if has_label else None
    yield {name: torch.zeros(draw.shape, device=device) for name, draw in network.draws(SAMPLES).items()}


class _Recorder(TorchFunctionMode):
    """A context that records a row for each layer and each activation of a forward pass."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.rows: list[Layer] = []
        self._names = {module: name for name, module in network.named_modules()}
        self._written: set[nn.Module] = set()
        self._counted: set[int] = set()  # weights, which several layers may share
        self._hooks: list[RemovableHandle] = []

    def __enter__(self) -> "_Recorder":
        self._hooks = [module.register_forward_hook(self._called) for module in self._names]
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)  # type: ignore[no-untyped-call]
        for hook in self._hooks:
            hook.remove()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        result = func(*args, **named)
        if func is F.leaky_relu:
            self.rows.append(Layer("", f"leaky ReLU {named['negative_slope']:g}", (), _of_one(result)))
        elif func in PLAIN:
            output = result.values if func is torch.Tensor.max else result
            self.rows.append(Layer("", PLAIN[func], (), _of_one(output)))
        return result

    def _called(self, module: nn.Module, _given: Any, result: Any) -> None:
        output = _of_one(result)
        for child in module.children():  # layers whose weights the module uses without calling them
            if child not in self._written and any(True for _ in child.parameters(recurse=False)):
                self._write(child, output)
        self._write(module, output)

    def left(self) -> Iterator[Layer]:
        """Yield a row for each layer whose weights are used without a call of the layer."""
        for module, name in self._names.items():
            own = list(module.parameters(recurse=False))
            if own and module not in self._written:
                yield Layer(name, kind_of(module), tuple(own[0].shape), (), self._count(own))

    def _write(self, module: nn.Module, output: tuple[int, ...]) -> None:
        kind = kind_of(module)
        if not kind:
            return
        own = [] if module in self._written else list(module.parameters(recurse=False))
        self._written.add(module)
        shape = tuple(own[0].shape) if own else ()
        if isinstance(module, nn.Linear):
            shape = shape[::-1]
        statistics = [*module.buffers(recurse=False)] if own and isinstance(module, _BatchNorm) else []
        row = Layer(self._names[module], kind, shape, output, self._count(own), self._count(statistics))
        self.rows.append(row)

    def _count(self, tensors: Sequence[Tensor]) -> int:
        """Return the number of values in the tensors that no earlier row counted."""
        new = [tensor for tensor in tensors if id(tensor) not in self._counted]
        self._counted.update(map(id, new))
        return sum(tensor.numel() for tensor in new)


def kind_of(module: nn.Module) -> str:
    """Return the type of a layer; "" for a container.

    >>> kind_of(nn.Conv2d(3, 8, 5, stride=2))
    'convolution 5×5, stride 2'
    """
    title = getattr(module, "title", None)
    if isinstance(title, str):
        return title
    match module:
        case nn.Linear():
            return "dense"
        case nn.ConvTranspose2d():
            return f"transposed convolution {_kernel(module)}"
        case nn.Conv2d():
            edges = ", reflection padding" if module.padding_mode == "reflect" else ""
            return f"convolution {_kernel(module)}{edges}"
        case _BatchNorm():
            return "batch norm"
        case nn.Upsample():
            return f"upsampling ×{module.scale_factor:g}, {module.mode}"
        case nn.MaxPool2d():
            return f"max-pool {module.kernel_size}×{module.kernel_size}"
        case nn.AvgPool2d():
            return f"average-pool {module.kernel_size}×{module.kernel_size}"
    own = any(True for _ in module.parameters(recurse=False))
    return type(module).__name__ if own else ""


def _kernel(module: nn.Conv2d | nn.ConvTranspose2d) -> str:
    stride = module.stride[0]
    parts = ["×".join(map(str, module.kernel_size))]
    parts += [f"stride {stride}"] if stride != 1 else []
    parts += [f"{module.groups} groups"] if module.groups != 1 else []
    return ", ".join(parts)


def _of_one(result: Any) -> tuple[int, ...]:
    """Return the output shape for one sample; (1,) for a single number, () for anything but a tensor."""
    return (tuple(result.shape[1:]) or (1,)) if isinstance(result, Tensor) else ()

"""Registration of your own parts, with settings, overrides, help and validation as for built-in parts.

    import ganarium

    @ganarium.register.objective("squared-hinge")
    def squared_hinge(margin: float = 1.0):
        \"\"\"Squared hinge loss.\"\"\"
        ...
        return discriminator_loss, generator_loss          # functions (real_logits, fake_logits) -> values [n]

The parameters of the function or class become settings, here `objective.margin`. With `settings=Model`, a dataclass or
pydantic model, the function or class is called with one instance of the model instead. Lists show the first line of the
docstring.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from inspect import Parameter, cleandoc, isfunction, signature
from typing import Any, ClassVar, TypeVar, cast, get_args

from pydantic import Field, PositiveFloat, TypeAdapter, ValidationError, create_model

from ganarium.config.base import Config, ScheduledConfig
from ganarium.config.datasets import DATA, OwnDataConfig, OwnPointsConfig
from ganarium.config.layers import DiscriminatorConfig, OwnGeneratorConfig
from ganarium.config.metrics import METRICS, Better, MetricEntry, Takes
from ganarium.config.networks import DISCRIMINATORS, GENERATORS
from ganarium.config.objectives import OBJECTIVES, ObjectiveConfig
from ganarium.config.observers import OBSERVERS, ObserverConfig
from ganarium.config.optimizers import OPTIMIZERS, OptimizerConfig
from ganarium.config.own_part import VARIADIC, OwnPart, parameters_of, settings_model
from ganarium.config.registry import NO_REQUIREMENTS, Entry, Registry, Requires
from ganarium.config.remedies import REMEDIES
from ganarium.config.updates import UPDATES, UpdateConfig
from ganarium.core.errors import UsageError, suggestion
from ganarium.core.part_hash import part_hash

C = TypeVar("C", bound=Callable[..., Any])
Decorator = Callable[[C], C]
NAME = re.compile(r"[a-z][a-z0-9_-]*")
OF_THE_DATA = ("latent", "shape", "classes", "outputs")  # arguments of a network that are not settings
OF_THE_PLAYER = ("parameters", "params", "lr")  # arguments of an optimizer that are not settings


def objective(
    name: str, *, paper: str = "", settings: type[Any] | None = None, signed_logits: bool = False
) -> Decorator[C]:
    """Register an objective: a function that returns the losses of the discriminator and of the generator.

    Each loss maps (real_logits [n], fake_logits [n]) to one value per sample, [n]. The function may
    return a `ganarium.Objective` instead of the pair.

    signed_logits: whether logits above 0 mean real and logits below 0 mean generated
    """
    base = _with(ObjectiveConfig, signed_logits=signed_logits)
    return _decorator(OBJECTIVES, name, base, "losses.objectives:of_own_part", paper, settings)


def remedy(
    name: str,
    *,
    paper: str = "",
    settings: type[Any] | None = None,
    neutral: Mapping[str, Any] | None = None,
    requires: Requires = NO_REQUIREMENTS,
) -> Decorator[C]:
    """Register a remedy: a subclass of `ganarium.Remedy`.

    neutral: settings with which the remedy changes nothing, for example {"weight": 0.0}
    requires: requirements on the rest of the experiment
    """
    target = "training.remedies.base:of_own_part"
    return _decorator(REMEDIES, name, ScheduledConfig, target, paper, settings, neutral=neutral, requires=requires)


def generator(name: str, *, paper: str = "", settings: type[Any] | None = None) -> Decorator[C]:
    """Register a generator: a `torch.nn.Module` class, or a function that returns a module.

    The module maps latents [n, latent] (and labels int64 [n], if it takes a second argument) to images [n, C, H, W] or
    points [n, d]. Parameters named `latent`, `shape` and `classes` receive the number of latent dimensions, the shape
    of a sample and the number of classes; all others are settings.
    """
    return _decorator(
        GENERATORS, name, OwnGeneratorConfig, "networks.foreign:generator", paper, settings, takes=OF_THE_DATA
    )


def discriminator(name: str, *, paper: str = "", settings: type[Any] | None = None) -> Decorator[C]:
    """Register a discriminator: a `torch.nn.Module` class, or a function that returns a module.

    The module maps images [n, C, H, W] or points [n, d] (and labels int64 [n], if it takes a second argument) to logits
    [n] or [n, 1]. Parameters named `shape`, `classes` and `outputs` receive the shape of a sample, the number of
    classes and the number of outputs per sample; all others are settings.
    """
    base = DiscriminatorConfig
    return _decorator(DISCRIMINATORS, name, base, "networks.foreign:discriminator", paper, settings, takes=OF_THE_DATA)


def data(name: str, *, paper: str = "", settings: type[Any] | None = None, points: bool = False) -> Decorator[C]:
    """Register a data set: a function that returns the samples.

    It returns a map-style data set of x or (x, y), arrays or tensors x or (x, y) with integer labels y, or an iterable
    of batches, and must return the same samples in every process. It is called once per process for each combination
    of its settings. `count`, `held_out` and `cache` are settings of every data set.

    points: whether the samples are points [d] rather than images
    """
    base = OwnPointsConfig if points else OwnDataConfig
    return _decorator(DATA, name, base, "data.own_sets:load", paper, settings)


def observer(name: str, *, settings: type[Any] | None = None) -> Decorator[C]:
    """Register an observer: a subclass of `ganarium.Observer`, or a function that returns an instance of one.

    It observes the runs whose settings contain `observers.NAME`, also when they are resumed or forked. It is created
    before a run starts, possibly more than once; open files and connections in `on_start`.
    """
    return _decorator(OBSERVERS, name, ObserverConfig, "training.observers:of_own_part", "", settings)


def optimizer(name: str, *, paper: str = "", settings: type[Any] | None = None) -> Decorator[C]:
    """Register an optimizer: a subclass of `torch.optim.Optimizer`, or a function that returns an optimizer.

    The parameters `parameters` (or `params`) and `lr` receive the weights of a player and its learning rate at step 0,
    which later follows `optim.schedule`; all others are settings. A default of `lr` is the default of `optim.lr`. The
    optimizer may keep tensors and numbers for each weight, and numbers in its groups.
    """

    def register(function: C) -> C:
        if not {"parameters", "params"} & parameters_of(function).keys():
            raise UsageError(f"optimizer {name!r}: add a parameter named parameters, which receives the weights")
        return cast(
            C,
            _decorator(
                OPTIMIZERS,
                name,
                _with_rate(parameters_of(function).get("lr")),
                "training.own_optimizers:of_own_part",
                paper,
                settings,
                takes=OF_THE_PLAYER,
            )(function),
        )

    return register


def update(
    name: str, *, paper: str = "", settings: type[Any] | None = None, even_updates: bool = False
) -> Decorator[C]:
    """Register an update rule: a subclass of `ganarium.UpdateRule`, or a function that returns an update rule.

    An update rule keeps nothing between steps, so that runs can be resumed exactly.

    even_updates: whether every step has the same number of discriminator updates, none of which is undone, as remedies
        with `every` > 1 need
    """
    notes = {"__annotations__": {"even_updates": ClassVar[bool]}, "even_updates": even_updates}
    base = type("OwnUpdateConfig", (UpdateConfig,), {"__module__": __name__, **notes})
    return _decorator(UPDATES, name, base, "training.own_update_rules:of_own_part", paper, settings)


def metric(name: str, *, better: Better = "real", takes: Takes = "features", paper: str = "") -> Decorator[C]:
    """Register a metric: a function of real and generated samples that returns a number.

    It receives two float32 tensors: features [n, d] and [m, d] of real and generated images, or coordinates of points.
    `ganarium.evaluate` reports its value, its value for real samples, and a standard error from leaving out one tenth
    of the generated samples at a time. The name of a score includes a hash of the function: its source code, the file
    that defines it, its defaults and the variables that it encloses.

    better: which values are better: "lower", "higher", or "real" for values near that of real samples
    takes: "images" for a function of images, [n, C, H, W] and [m, C, H, W] in [0, 1], instead of features
    """
    _refuse_bad_name(METRICS, name)
    for argument, value, allowed in (("better", better, get_args(Better)), ("takes", takes, get_args(Takes))):
        if value not in allowed:
            raise UsageError(f"metric {name!r}: {argument}={value!r}: must be one of {', '.join(allowed)}")

    def register(function: C) -> C:
        if not isfunction(function):
            raise UsageError(f"metric {name!r}: register a function of real and generated samples")
        given = [each for each in signature(function).parameters.values() if each.kind not in VARIADIC]
        required = [each for each in given if each.default is Parameter.empty]
        if len(given) < 2 or len(required) > 2:
            raise UsageError(
                f"metric {name!r}: must take two arguments, real and generated samples; give others defaults"
            )
        more: dict[str, Any] = {"better": better, "takes": takes, "source": part_hash(function)[:8]}
        METRICS.add(
            MetricEntry(
                name,
                _first_line(function, name),
                paper,
                Config,
                "",
                code=function,
                origin=_origin(function),
                part=function.__qualname__,
                **more,
            )
        )
        return cast(C, function)

    return register


def _refuse_bad_name(registry: Registry[Any], name: str) -> None:
    if not isinstance(name, str):
        word = registry.noun.split()[0]
        raise UsageError(f'name the {registry.noun}, for example @ganarium.register.{word}("my-name")')
    if not NAME.fullmatch(name):
        raise UsageError(f"{registry.noun} {name!r}: use a name of lower-case letters, digits, - and _")


def _first_line(function: Callable[..., Any], name: str) -> str:
    """Return the first line of the docstring, or the name."""
    return (cleandoc(function.__doc__ or "") or name).splitlines()[0]


def _decorator(
    registry: Registry[Any],
    name: str,
    base: type[Config],
    target: str,
    paper: str,
    settings: type[Any] | None,
    takes: Iterable[str] = (),
    **more: Any,
) -> Decorator[Any]:
    """Return the decorator that adds a function or class to a registry and returns it unchanged."""
    _refuse_bad_name(registry, name)

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        own = frozenset(takes).intersection(parameters_of(function))
        part = OwnPart(function, settings, own, part_hash(function, *([settings] if settings else []))[:16])
        model = settings_model(registry.noun, name, base, part)
        _refuse_neutral(f"{registry.noun} {name!r}", model, more.get("neutral") or {})
        registry.add(
            Entry(
                name,
                _first_line(function, name),
                paper,
                model,
                target,
                code=part,
                origin=_origin(function),
                part=getattr(function, "__qualname__", ""),
                **more,
            )
        )
        return function

    return register


def _refuse_neutral(what: str, model: type[Config], neutral: Mapping[str, Any]) -> None:
    """Raise `UsageError` if a neutral setting does not exist or has an invalid value."""
    for name, value in neutral.items():
        if name not in model.model_fields:
            own = [setting for setting in model.model_fields if setting not in ScheduledConfig.model_fields]
            raise UsageError(f"{what}: neutral names {name!r}, which is not one of its settings{suggestion(name, own)}")
        try:
            TypeAdapter(model.model_fields[name].rebuild_annotation()).validate_python(value)
        except ValidationError as error:
            raise UsageError(f"{what}: neutral value {name}={value!r}: {error.errors()[0]['msg']}") from None


def _with_rate(given: tuple[Any, Any] | None) -> type[OptimizerConfig]:
    """Return the base settings of an optimizer, with the default of its parameter `lr` if it has one."""
    if given is None or given[1] is Parameter.empty:
        return OptimizerConfig
    field = Field(given[1], description=OptimizerConfig.model_fields["lr"].description)
    return create_model("OwnOptimizerConfig", __base__=OptimizerConfig, lr=(PositiveFloat, field))


def _origin(function: Callable[..., Any]) -> str:
    """Return the name of the module that registered a part."""
    return str(getattr(function, "__module__", "") or "Python")


def _with(base: type[ObjectiveConfig], *, signed_logits: bool) -> type[ObjectiveConfig]:
    """Return the base settings of an objective with the given value of `signed_logits`."""
    return (
        type("OwnObjectiveConfig", (base,), {"signed_logits": property(lambda _: signed_logits)})
        if signed_logits
        else base
    )

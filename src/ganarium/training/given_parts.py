"""Parts passed from Python as objects: the settings that identify them, and differences when they are passed again."""

import logging
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from inspect import getsource, isclass, isfunction
from typing import Any

from torch import Tensor, nn

from ganarium.config.given import GIVEN, GivenConfig, is_table
from ganarium.core.errors import UsageError
from ganarium.losses.objectives import Objective
from ganarium.networks.foreign import refuse_shared, refuse_untrainable
from ganarium.runs.directory import Run
from ganarium.training.comparable_copies import bytes_of
from ganarium.training.remedies.base import Remedy

NETWORKS = ("generator", "discriminator")
EXAMPLE = '{"r1": {"gamma": 0.1}, "ema": True}'
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
LATENT_NAMES = ("latent", "latent_dim", "latent_size", "z_dim", "nz")


def with_given_parts(settings: Mapping[str, Any], words: Iterable[str] = ()) -> dict[str, Any]:
    """Return keyword settings in which parts passed as objects are replaced by the settings that identify them.

    The objects are stored for this process. A part is a module, or a class or function that returns one, for a network;
    a pair of functions for the objective; a function of a batch for `augment`; and a `Remedy` for a remedy.

    words: settings as on the command line; `generator.latent=N` replaces the latent size inferred from a generator
    """
    plain = dict(settings)
    refuse_shared({side: plain[side] for side in NETWORKS if isinstance(plain.get(side), nn.Module)})
    for side in NETWORKS:
        if side in plain and not is_table(plain[side]):
            plain[side] = {"kind": "custom"} | _identified(side, plain[side]) | _latent_of(side, plain[side])
            if any(word.startswith(f"{side}.latent=") for word in words):
                plain[side].pop("latent", None)
    if "objective" in plain and not is_table(plain["objective"]):
        plain["objective"] = {"kind": "custom"} | _identified("objective", plain["objective"])
    if plain.get("augment") is not None and not is_table(plain["augment"]):
        plain["augment"] = _identified("augment", plain["augment"])
    if plain.get("remedies") is not None:
        plain["remedies"] = _with_given_remedies(plain["remedies"])
    return {name: value for name, value in plain.items() if name != "remedies" or value}


def _with_given_remedies(remedies: Any) -> dict[str, Any]:
    """Return settings of remedies by name, with those that identify the remedies passed as objects."""
    if not isinstance(remedies, Mapping):
        raise UsageError(f"remedies=…: pass a dict of remedies by name, such as {EXAMPLE}; got {_short(remedies)}")
    plain = dict(remedies)
    for name, part in remedies.items():
        if not isinstance(name, str):
            raise UsageError(f"remedies: the name {name!r} is not a string; use names as in {EXAMPLE}")
        if isclass(part) and issubclass(part, Remedy):
            raise UsageError(
                f"remedies.{name}: {part.__name__} is a class; pass a remedy, for example {part.__name__}()"
            )
        if isinstance(part, Remedy):
            changes = type(part).change is not Remedy.change
            plain[name] = _identified(f"remedies.{name}", part) | {"changes_networks": changes}
        elif not isinstance(part, bool) and not is_table(part):
            raise UsageError(f"remedies.{name}: pass a dict of settings, True or a ganarium.Remedy; got {_short(part)}")
    return plain


def _name_of(part: Any) -> str:
    return getattr(part, "__name__", type(part).__name__)


def _short(value: Any) -> str:
    return value if isinstance(value, str) else type(value).__name__


def provide(run: Run, parts: Mapping[str, Any]) -> None:
    """Provide the parts of a run that were passed from Python; warn about each that has changed.

    parts: generator, discriminator, objective, augment, or remedies by name

    Raises `UsageError` for a part that the run did not receive from Python.
    """
    experiment = run.experiment
    recorded: dict[str, Any] = {name: getattr(experiment, name) for name in (*NETWORKS, "objective", "augment")}
    recorded |= {f"remedies.{name}": settings for name, settings in experiment.remedies.items()}
    given = {name: part for name, part in parts.items() if name != "remedies" and part is not None}
    given |= {f"remedies.{name}": part for name, part in (parts.get("remedies") or {}).items()}
    for name, part in given.items():
        settings = recorded.get(name)
        if not isinstance(settings, GivenConfig):
            raise UsageError(f"{name}=…: {run} did not receive this part from Python; leave it out")
        for difference in _differences(settings, _identified(name, part), is_network=name in NETWORKS):
            logging.getLogger("ganarium").warning("%s: %s", name, difference)
        GIVEN[settings.identity] = part


def _differences(recorded: GivenConfig, found: Mapping[str, str], *, is_network: bool) -> list[str]:
    """Return one sentence for each difference that may change the results of a run."""
    if recorded.part != found["part"]:
        return [f"the run was trained with {recorded.part}, but {found['part']} was passed"]
    if recorded.source != found["source"]:
        return [f"the source code of {recorded.part} has changed since the run was created"]
    if recorded.state != found["state"] and not is_network:
        return [f"the values of {recorded.part} differ from those with which the run was created"]
    return []


def _identified(setting: str, part: Any) -> dict[str, str]:
    """Return the settings that identify a part, and store the part for this process."""
    functions = _functions(part)
    if setting == "objective" and not (len(functions) == 2 and all(map(isfunction, functions))):
        call = f"; if {_name_of(part)} returns the pair, call it: {_name_of(part)}()" * (
            isclass(part) or isfunction(part)
        )
        raise UsageError(f"objective=…: pass a name or a pair of functions (discriminator_loss, generator_loss){call}")
    if setting in NETWORKS and not (isinstance(part, nn.Module) or isclass(part) or isfunction(part)):
        raise UsageError(f"{setting}=…: pass a name, a torch.nn.Module, or a class or function that returns one")
    if setting == "augment" and not callable(part):
        raise UsageError("augment=…: pass a function of a batch of samples, or a module")
    if setting in NETWORKS and isinstance(part, nn.Module):
        refuse_untrainable(f"{setting}=…", part)
    owners = [each if isclass(each) or isfunction(each) else type(each) for each in functions]
    names = [f"{owner.__module__}.{owner.__qualname__}" for owner in owners]
    identity = {"part": " and ".join(names), "source": _source_hash(owners), "state": _state_hash(part)}
    GIVEN[identity["part"], identity["source"], identity["state"]] = part
    return identity


def _source_hash(owners: list[Any]) -> str:
    """Return a hash of the source code; empty if the source is not available, as in an interactive session."""
    try:
        text = "".join(map(getsource, owners))
    except (OSError, TypeError):
        return ""
    return sha256(text.encode()).hexdigest()[:16]


def _state_hash(part: Any) -> str:
    """Return a hash of a module's layers and weights, a remedy's attributes, or the closures of functions."""
    if isinstance(part, nn.Module):
        state: Mapping[str, Any] = {"": repr(part), **part.state_dict()}
    elif isinstance(part, Remedy):
        state = vars(part)
    elif not isinstance(part, tuple | list | Objective) and not (isclass(part) or isfunction(part)):
        state = {"": repr(part), **getattr(part, "__dict__", {})}
    else:
        state = {
            f"{i}.{name}": value for i, each in enumerate(_functions(part)) for name, value in _bound(each).items()
        }
    digest = sha256()
    for name, value in state.items():
        digest.update(name.encode())
        digest.update(bytes_of(value) if isinstance(value, Tensor) else _text_of(value).encode())
    return digest.hexdigest()[:16] if state else ""


def _functions(part: Any) -> tuple[Any, ...]:
    """Return the functions of an objective or a pair of losses; any other part alone."""
    if isinstance(part, Objective):
        return part.discriminator, part.generator
    return tuple(part) if isinstance(part, tuple | list) else (part,)


def _bound(function: Any) -> dict[str, Any]:
    """Return the defaults of a function and the values of the variables in its closure."""
    if not isfunction(function):
        return {}
    defaults = dict(enumerate(function.__defaults__ or ())) | (function.__kwdefaults__ or {})
    enclosed = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {str(name): value for name, value in defaults.items()} | {
        name: cell.cell_contents for name, cell in enclosed
    }


def _text_of(value: Any) -> str:
    """Return a string that represents a value in every process: for functions and classes, their names."""
    return str(getattr(value, "__qualname__", "")) or ADDRESS.sub("", repr(value))


def _latent_of(side: str, part: Any) -> dict[str, int]:
    """Return the number of latent dimensions that a generator module has, from an attribute or its first layer."""
    if side != "generator" or not isinstance(part, nn.Module):
        return {}
    for name in LATENT_NAMES:
        if isinstance(getattr(part, name, None), int):
            return {"latent": getattr(part, name)}
    for layer in part.modules():
        if isinstance(layer, nn.Linear):
            return {"latent": layer.in_features}
        if isinstance(layer, nn.ConvTranspose2d):
            return {"latent": layer.in_channels}
    return {}

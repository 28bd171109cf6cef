"""Parts passed from Python as objects: the settings that identify them, and differences when they are passed again."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from inspect import isclass, isfunction
from typing import Any

from torch import nn

from ganarium.config.experiment import Experiment
from ganarium.config.given import (
    GIVEN,
    STAND_INS,
    GivenConfig,
    call_with_parts,
    copied,
    given_parts,
    is_table,
    unused_for_samples,
)
from ganarium.config.overrides import NOTHING
from ganarium.core.errors import SettingsError, UsageError
from ganarium.core.part_hash import definition, source_hash, values_hash
from ganarium.losses.objectives import Objective
from ganarium.networks.foreign import refuse_shared, refuse_untrainable
from ganarium.runs.directory import Run
from ganarium.training.remedies.base import Remedy

NETWORKS = ("generator", "discriminator")
EXAMPLE = '{"r1": {"gamma": 0.1}, "ema": True}'
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


@contextmanager
def provided(run: Run, parts: Mapping[str, Any] = NOTHING) -> Iterator[None]:
    """Provide the parts of a run that were passed from Python; warn about each that has changed.

    A part that differs from the one recorded takes its place only inside the context, if this process has the recorded
    one. Otherwise it stands in for it from then on: each use for a run warns, and new runs refuse it.

    parts: generator, discriminator, objective, augment, or remedies by name

    Raises `UsageError` for a part that the run did not receive from Python.
    """
    recorded = given_parts(run.experiment)
    given = {name: part for name, part in parts.items() if name != "remedies" and part is not None}
    given |= {f"remedies.{name}": part for name, part in (parts.get("remedies") or {}).items()}
    for name in given:
        if name not in recorded:
            raise UsageError(f"{name}=…: {run} did not receive this part from Python; leave it out")
    exact = {identity: part for identity, part in GIVEN.items() if identity not in STAND_INS}
    try:
        for name, part in given.items():
            _replace(recorded[name], name, part)
        for name, settings in recorded.items():
            for difference in STAND_INS.get(settings.identity, ()):
                logging.getLogger("ganarium").warning("%s: %s", name, difference)
        yield
    finally:
        GIVEN.update(exact)
        for identity in exact:
            STAND_INS.pop(identity, None)


def _replace(settings: GivenConfig, name: str, part: Any) -> None:
    """Use a part in place of the one that the settings identify, and note how it differs."""
    found = _identified(name, part)
    identity = (found["part"], found["source"], found["state"])
    if identity != settings.identity:
        GIVEN[settings.identity] = GIVEN[identity]
        STAND_INS[settings.identity] = _differences(settings, found, is_network=name in NETWORKS)


def refuse_stand_ins(experiment: Experiment) -> None:
    """Raise `SettingsError` if this process has another object than the one that the settings of a new run identify."""
    if others := [name for name, settings in given_parts(experiment).items() if settings.identity in STAND_INS]:
        raise SettingsError(
            f"{', '.join(others)}: the settings identify other objects than those passed to ganarium.resume or "
            f"ganarium.load; pass the objects of the new run: {', '.join(f'{name}=…' for name in others)}"
        )


def refuse_missing(run: Run, experiment: Experiment, needed: Collection[str] | None = None) -> None:
    """Raise `SettingsError` that names all parts which this process does not have, if it needs any of them.

    experiment: the settings of the run, or those of its fork
    needed: settings of the parts that are needed; all by default
    """
    missing = {name: each.part for name, each in given_parts(experiment).items() if each.identity not in GIVEN}
    if missing and (needed is None or missing.keys() & needed):
        sampling = [name for name in missing if name in parts_for_samples(experiment)]
        calls = [call_with_parts("resume", run, missing)] + [call_with_parts("load", run, sampling)] * bool(sampling)
        raise SettingsError(
            f"{run}: {_named(missing)} not available here; pass {'it' if len(missing) == 1 else 'them'} again: "
            f"{' or '.join(calls)}; evaluate, compare and fork in this process then find what was passed"
        )


def _named(missing: Mapping[str, str]) -> str:
    """Return the beginning of a sentence, as in "generator (mine.Images) was passed from Python and is"."""
    named = [f"{name} ({part})" for name, part in missing.items()]
    if len(named) == 1:
        return f"{named[0]} was passed from Python and is"
    return f"{', '.join(named[:-1])} and {named[-1]} were passed from Python and are"


def parts_for_samples(experiment: Experiment) -> set[str]:
    """Return the settings of the parts that generating and classifying samples needs."""
    unused = {f"remedies.{name}" for name in unused_for_samples(experiment)} | {"objective", "augment"}
    judges = set() if experiment.game.predicts_classes else {"discriminator"}
    return given_parts(experiment).keys() - unused - judges


def _differences(recorded: GivenConfig, found: Mapping[str, str], *, is_network: bool) -> list[str]:
    """Return one sentence for each difference that may change the results of a run."""
    if recorded.part != found["part"]:
        return [f"the run was trained with {recorded.part}, but {found['part']} was passed"]
    if recorded.source != found["source"]:
        return [f"the source code of {recorded.part}, or other code of its file, has changed since the run was created"]
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
    definitions = [definition(each) for each in functions]
    name = " and ".join(f"{each.__module__}.{each.__qualname__}" for each in definitions)
    identity = {
        "part": name,
        "source": source_hash(*functions)[:16],
        "state": values_hash(*functions)[:16],
    }
    GIVEN[name, identity["source"], identity["state"]] = copied(part, name)
    STAND_INS.pop((name, identity["source"], identity["state"]), None)
    return identity


def _functions(part: Any) -> tuple[Any, ...]:
    """Return the functions of an objective or a pair of losses; any other part alone."""
    if isinstance(part, Objective):
        return part.discriminator, part.generator
    return tuple(part) if isinstance(part, tuple | list) else (part,)


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

"""Everything that the page of one run shows beside its curves: settings, findings, citations, provenance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from ganarium.config.entries import entries_of
from ganarium.config.experiment import Experiment
from ganarium.config.formatted_overrides import words_between
from ganarium.config.overrides import experiment_from, flatten, plain
from ganarium.config.plugins import load_installed
from ganarium.core.errors import GanariumError
from ganarium.core.escape import command, shown
from ganarium.diagnosis.advice import before, commands_for, remedies_for
from ganarium.diagnosis.diagnose import DiagnosedFinding, diagnose_run
from ganarium.diagnosis.rules import RULES
from ganarium.recipes import RECIPES
from ganarium.report.document.texts.evidence_texts import evidence_in_chinese
from ganarium.runs.directory import EVENTS, EXPERIMENT, Run
from ganarium.runs.events import Finding
from ganarium.runs.provenance import Provenance, as_table, pop_provenance, validated
from ganarium.web.forms import explained
from ganarium.web.index import RunIndex
from ganarium.web.log_tail import RunLog
from ganarium.web.memory import memory_of
from ganarium.web.safe_files import is_plain_file
from ganarium.web.sample_files import checkpoint_steps, sample_steps
from ganarium.web.summaries import PARENT, DamagedRunError, WatchedRun, finding_head, read_settings

DIAGNOSED = 4 << 20  # bytes of a log up to which a run is diagnosed when it is shown; longer ones say what they logged
MEANINGS = {rule.name: rule.meaning for rule in RULES}
NO_NUMBERS = {"text": "", "meaning": "", "commands": [], "remedies": []}


def open_run(run: WatchedRun) -> Run:
    """Return the run with validated settings. Raises `DamagedRunError` or `GanariumError`, which say what is wrong."""
    return _opened(run.path, run.version, _changed(run.path))


def _changed(path: Path) -> int:
    try:
        return (path / EXPERIMENT).lstat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=256)
def _opened(path: Path, version: str, changed: int) -> Run:
    """Open a run as `Run.open` does, but without following links or repeating warnings; cached until it changes."""
    del version, changed  # keys of the cache
    load_installed()
    values = read_settings(path)
    provenance = pop_provenance(values)
    experiment = experiment_from(values, EXPERIMENT, recorded=True)
    return Run(path, experiment, validated(provenance, Path(EXPERIMENT)))


def details(run: WatchedRun, log: RunLog, index: RunIndex) -> dict[str, Any]:
    """Return the details of a run; settings that cannot be read leave the rest, and `error` says why."""
    summary = index.summary(run.found.key)
    found: dict[str, Any] = {
        "summary": summary,
        "seconds": summary["seconds"],
        "left": summary["left"],
        "memory": memory_of(run.process),
        "notes": {"tags": summary["tags"], "note": summary["note"]},
        "checkpoints": checkpoint_steps(run.path),
        "samples": sample_steps(run.path),
        "classes": [],
        "shape": [],
        "steered": _newest_steering(log, None),
        "slow": _newest_slow(log),
        "error": None,
    }
    try:
        opened = open_run(run)
    except (DamagedRunError, GanariumError) as error:
        empty = {"settings": [], "citations": [], "command": "", "provenance": {}, "machine": ""}
        logged = [
            _logged(one) | NO_NUMBERS | {"text": one.text, "chinese": evidence_in_chinese(one.text)}
            for one in log.findings.values()
        ]
        return found | empty | {"translates": False, "points": False, "findings": logged, "error": str(error)}
    experiment, provenance = opened.experiment, opened.provenance
    return found | {
        "settings": list(_settings(experiment)),
        "citations": list(_citations(experiment)),
        "command": _command(run, opened, index),
        "provenance": as_table(provenance)["provenance"],
        "classes": list(provenance.classes),
        "shape": list(provenance.shape),
        "translates": experiment.game.translates,
        "points": experiment.data.holds_points,
        "findings": _findings(opened, log),
        "machine": _machine(experiment, provenance),
    }


def _settings(experiment: Experiment) -> Iterator[dict[str, Any]]:
    """Yield each setting with its value, the recipe's value, whether they differ, and its explanation."""
    recipe = RECIPES.get(experiment.recipe)
    defaults = dict(flatten(plain(recipe.experiment()))) if recipe else {}
    docs = explained(experiment)
    for key, value in flatten(plain(experiment)):
        default = defaults.get(key)
        changed = recipe is not None and default != value and not key.startswith("engine.")
        yield {"key": key, "value": value, "default": default, "changed": changed, "doc": docs.get(key, "")}


def _citations(experiment: Experiment) -> Iterator[dict[str, str]]:
    """Yield the publications behind a run, each once, with what they were used for."""
    recipe, seen = RECIPES.get(experiment.recipe), set[str]()
    if recipe and recipe.source:
        seen.add(recipe.source)
        yield {"name": f"recipe {recipe.name}", "title": recipe.line, "reference": recipe.source}
    for setting, entry in entries_of(experiment).items():
        if entry.paper and entry.paper not in seen:
            seen.add(entry.paper)
            yield {"name": f"{setting}: {entry.name}", "title": entry.line, "reference": entry.paper}


def _command(run: WatchedRun, opened: Run, index: RunIndex) -> str:
    """Return the command that trains the run again."""
    experiment, recipe = opened.experiment, RECIPES.get(opened.experiment.recipe)
    forked, parent = PARENT.fullmatch(opened.provenance.parent), index.parent(run)
    if forked and parent:
        with suppress(GanariumError, DamagedRunError):
            words = words_between(open_run(parent).experiment, experiment)
            return command("fork", shown(parent.path), "--at", forked[2], *words)
    if recipe and not forked:
        return command("train", recipe.name, *words_between(recipe.experiment(), experiment))
    return command("train", shown(opened.path / EXPERIMENT))


def _findings(run: Run, log: RunLog) -> list[dict[str, Any]]:
    """Return what the log says and, unless it is long, what the diagnosis says now, with remedies to try."""
    state = (log.seq, run.path, id(run), tuple(run.checkpoint_steps()))
    if log.described is None or log.described[0] != state:
        now = {one.name: one for one in _diagnosed(run)}
        logged = {one.name: one for one in log.findings.values()}
        found = [_described(now.get(name) or _as_diagnosed(one), run, one.step) for name, one in logged.items()]
        log.described = state, found + [_described(one, run, None) for name, one in now.items() if name not in logged]
    return log.described[1]


def _diagnosed(run: Run) -> tuple[DiagnosedFinding, ...]:
    path = run.path / EVENTS
    if not is_plain_file(path) or path.stat().st_size > DIAGNOSED:
        return ()
    try:
        return diagnose_run(run).findings
    except (GanariumError, OSError):
        return ()


def _as_diagnosed(event: Finding) -> DiagnosedFinding:
    head, meaning = finding_head(event), MEANINGS.get(event.name, "")
    return DiagnosedFinding(
        event.name, head["title"], event.text, meaning, event.grave, event.value, event.threshold, event.since
    )


def _described(finding: DiagnosedFinding, run: Run, step: int | None) -> dict[str, Any]:
    """Return a finding as JSON-compatible data.

    step: step at which it was logged; None for one that only the diagnosis of now has
    """
    known = finding.name in MEANINGS or step is None
    start = before(run, finding.since or 0) if finding.severe else None
    at = start if start is not None else 0
    remedies = remedies_for(finding.name, run.experiment) if known else []
    return {
        "name": finding.name,
        "title": finding.title,
        "text": finding.text,
        "chinese": evidence_in_chinese(finding.text),
        "meaning": finding.meaning,
        "grave": finding.severe,
        "step": step,
        "since": finding.since,
        "commands": [f"ganarium {words}" for words in commands_for(finding, run)] if known else [],
        "remedies": [{"label": " ".join(words), "words": list(words), "at": at} for words in remedies],
    }


def _logged(event: Finding) -> dict[str, Any]:
    return finding_head(event) | {"step": event.step, "since": event.since}


def _machine(experiment: Experiment, provenance: Provenance) -> str:
    engine = experiment.engine
    threads = f", {engine.threads} thread{'s' * (engine.threads != 1)}" if engine.device == "cpu" else ""
    return f"{provenance.machine}, {engine.device}{threads}, {engine.precision}"


def _newest_steering(log: RunLog, action: str | None) -> dict[str, Any] | None:
    """Return the newest steering that was carried out, of one action or of any."""
    for mark in reversed(log.marks):
        if mark["kind"] == "steered" and not mark.get("note") and action in (None, mark.get("action")):
            return {name: mark.get(name) for name in ("seq", "step", "action", "value", "by", "note")}
    return None


def _newest_slow(log: RunLog) -> float | None:
    """Return the steps per second in force, or None at full speed."""
    resumed = max((mark["seq"] for mark in log.marks if mark["kind"] == "resumed"), default=-1)
    slow = _newest_steering(log, "slow")
    return slow["value"] if slow and slow["seq"] > resumed else None

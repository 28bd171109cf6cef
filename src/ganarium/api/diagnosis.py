"""Diagnosis of a run from its log, without importing torch."""

from pathlib import Path

from ganarium.api.lookup import Run, open_run
from ganarium.diagnosis.advice import commands_for
from ganarium.diagnosis.diagnose import DiagnosedFinding, Diagnosis, diagnose_run
from ganarium.diagnosis.text import diagnosis_lines

__all__ = ["DiagnosedFinding", "Diagnosis", "commands_for", "diagnose", "diagnosis_lines"]


def diagnose(run: Run | Path | str) -> Diagnosis:
    """Diagnose a finished, running or crashed run from its log."""
    return diagnose_run(open_run(run))

"""Storage of measurements as JSON, and the page generated from these."""

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from benchmarks.speed import drawing, growth, memory, peak, quality, sampling, starting, training, waiting
from benchmarks.speed.question import Options, Question, Values
from ganarium.core.atomic import write_whole

MODULES = (training, peak, growth, quality, memory, starting, waiting, sampling, drawing)
QUESTIONS: Mapping[str, Question] = {module.QUESTION.name: module.QUESTION for module in MODULES}
CPU_INFO = Path("/proc/cpuinfo")


def circumstances(options: Options, command: str) -> dict[str, Any]:
    """Return the command, the machine, and the system load before the measurement."""
    return {
        "command": command,
        "machine": f"{machine(options.device)}, {options.threads} thread(s), torch {torch.__version__}",
        "load": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else [],
    }


def machine(device: str) -> str:
    """Return the name of the processor, and of the accelerator if one is used."""
    names = [line.split(":", 1)[1].strip() for line in _cpu_info() if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    processor = f"{names[0] if names else platform.processor()} ({platform.machine()}, {cores} cores)"
    return f"{torch.cuda.get_device_name(device)} with {processor}" if device.startswith("cuda") else processor


def _cpu_info() -> list[str]:
    return CPU_INFO.read_text().splitlines() if CPU_INFO.exists() else []


def read_sections(folder: Path) -> dict[str, Any]:
    """Return the recorded sections by name."""
    path = folder / "speed.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def write_section(folder: Path, name: str, section: Values) -> None:
    """Add or replace one section and rewrite the page."""
    folder.mkdir(parents=True, exist_ok=True)
    found = read_sections(folder) | {name: section}
    ordered = {name: found[name] for name in QUESTIONS if name in found}
    write_whole(folder / "speed.json", (json.dumps(ordered, indent=1, ensure_ascii=False) + "\n").encode())
    write_whole(folder / "speed.md", page(ordered).encode())


def page(sections: Mapping[str, Values]) -> str:
    """Return the Markdown page with all sections."""
    lines = ["# Speed", "", "Contenders alternate within one process. Each section states the command and the machine."]
    for name, section in sections.items():
        lines += ["", *shown(QUESTIONS[name], section)]
    return "\n".join(lines) + "\n"


def shown(question: Question, section: Values) -> list[str]:
    """Return the Markdown lines of one section."""
    load = ", ".join(f"{value:.2f}" for value in section["load"])
    where = section["machine"] + (f"; load before it (1, 5, 15 minutes) {load}" if load else "")
    return [f"## {question.title}", "", *question.lines(section), "", f"`{section['command']}`: {where}."]

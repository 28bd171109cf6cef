"""pytest plug-in that checks every part registered by installed packages, by named files and by collected tests.

    pytest --ganarium
    pytest --ganarium-plugin my_parts.py

pytest imports this module in every environment that has ganarium. It is therefore outside the package, and imports
nothing from it without these options.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, final

import pytest

CHECKS = {
    "objective": "check_objective",
    "remedy": "check_remedy",
    "generator": "check_generator",
    "discriminator": "check_discriminator",
    "data set": "check_dataset",
    "metric": "check_metric",
    "optimizer": "check_optimizer",
    "update rule": "check_update",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options `--ganarium` and `--ganarium-plugin`."""
    group = parser.getgroup("ganarium", "checks of parts registered with ganarium")
    group.addoption(
        "--ganarium", action="store_true", help="check the parts that packages and collected tests registered"
    )
    group.addoption(
        "--ganarium-plugin",
        action="append",
        default=[],
        metavar="FILE",
        help="check the parts that a Python file registers; may be repeated",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add one test for each part that was registered outside ganarium."""
    files: list[str] = config.getoption("--ganarium-plugin")
    if not (config.getoption("--ganarium") or files):
        return
    plugins = import_module("ganarium.config.plugins")
    plugins.load_installed()
    for file in files:
        try:
            plugins.load_plugin(Path(config.invocation_params.dir, file))
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None
    added = [
        PartItem.from_parent(session, name=f"ganarium[{noun} {name}]", noun=noun, part=name, required=required)
        for noun, name, required in registered(plugins)
    ]
    if not added:
        raise pytest.UsageError(
            "--ganarium: no part is registered; name a file with --ganarium-plugin FILE, or install a package with the "
            "entry-point group ganarium.parts"
        )
    items += added


def registered(plugins: Any) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the noun, name and required settings of every part that was registered outside ganarium and has a check."""
    for registry in plugins.REGISTRIES:
        for entry in registry.values() if registry.noun in CHECKS else ():
            if entry.origin:
                fields = entry.settings.model_fields.items()
                yield registry.noun, entry.name, [name for name, field in fields if field.is_required()]


@final
class PartItem(pytest.Item):
    """The check of one registered part, as a test."""

    def __init__(self, *, noun: str, part: str, required: list[str], **of_pytest: Any) -> None:
        super().__init__(**of_pytest)
        self.noun, self.part, self.required = noun, part, required

    def runtest(self) -> None:
        """Check the part with its default settings; skip a part without them."""
        if self.required:
            given = ", ".join(f"{name}=…" for name in self.required)
            pytest.skip(f"needs settings; check it in a test: {CHECKS[self.noun]}({self.part!r}, {given})")
        check: Callable[[str], None] = getattr(import_module("ganarium.testing"), CHECKS[self.noun])
        check(self.part)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        """Return the list of faults without a traceback into ganarium."""
        failed = import_module("ganarium.testing").CheckError
        return str(excinfo.value) if isinstance(excinfo.value, failed) else super().repr_failure(excinfo, *args)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return the name of the test for reports."""
        return self.path, None, self.name

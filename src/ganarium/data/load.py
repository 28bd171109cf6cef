"""Loading of data sets from their settings, with a cache in memory."""

from functools import lru_cache
from pathlib import Path

from ganarium.config.base import DataConfig
from ganarium.config.data_files import FilesConfig
from ganarium.config.datasets import DATA
from ganarium.core.errors import SettingsError
from ganarium.data.class_matching import with_classes
from ganarium.data.datasets import Source, Split
from ganarium.data.files.folder_or_zip import changed_at
from ganarium.data.files.pickles import refuse_pickled


def load_data(settings: DataConfig, split: Split = "train") -> Source:
    """Load one split of a data set; the last four splits are cached in memory until a file changes."""
    place = settings.location if isinstance(settings, FilesConfig) else None
    if place:
        refuse_pickled(Path(place))
    try:
        hash(settings)
    except TypeError:
        raise SettingsError(f"data={settings.kind}: a setting is a list or table; register it as a tuple") from None
    return _load(settings, split, changed_at(Path(place)) if place else None)


@lru_cache(maxsize=4)
def _load(settings: DataConfig, split: Split, _changed: str | None) -> Source:
    source: Source = DATA[settings.kind].load()(settings, split)
    classes: tuple[str, ...] = getattr(settings, "classes", ())
    return with_classes(source, classes) if classes else source

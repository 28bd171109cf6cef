"""All fixed text of the reports, in English and in Chinese, by key."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, final, get_args

from ganarium.core.arguments import one_of
from ganarium.report.document.texts.comparison_texts import COMPARISON
from ganarium.report.document.texts.finding_texts import FINDINGS
from ganarium.report.document.texts.recipe_texts import CHOICES, RECIPE_LINES
from ganarium.report.document.texts.run_texts import RUN
from ganarium.report.document.texts.score_texts import SCORES
from ganarium.report.document.texts.training_texts import TRAINING

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
ALL: Mapping[str, tuple[str, str]] = {**RUN, **TRAINING, **FINDINGS, **SCORES, **COMPARISON}


@final
class Texts:
    """The fixed text of a report in one language: call it with a key and the values of the placeholders.

    >>> Texts("en")("document.summary"), Texts("zh")("document.summary")
    ('Summary', '摘要')
    """

    def __init__(self, language: str) -> None:
        one_of("lang", language, LANGUAGES)
        self.language = language
        self._column = 0 if language == "en" else 1

    def __call__(self, key: str, **values: Any) -> str:
        return ALL[key][self._column].format(**values)

    def known(self, key: str, otherwise: str) -> str:
        """Return the text of a key without placeholders, or another text if there is no such key."""
        return ALL[key][self._column] if key in ALL else otherwise

    def recipe_line(self, name: str, line: str) -> str:
        """Return the description of a recipe, given the English one."""
        return RECIPE_LINES.get(name, line) if self.language == "zh" else line

    def choice(self, text: str) -> str:
        """Return one of the project's choices for a recipe; in English if there is no translation."""
        return CHOICES.get(text, text) if self.language == "zh" else text

    def sentences(self, *sentences: str) -> str:
        """Return sentences as one paragraph."""
        return ("" if self.language == "zh" else " ").join(filter(None, sentences))

    def joined(self, words: Iterable[str]) -> str:
        """Return words as an enumeration."""
        return ("、" if self.language == "zh" else ", ").join(words)

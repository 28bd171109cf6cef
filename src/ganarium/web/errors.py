"""Errors of the page, and the answers that they become."""

from __future__ import annotations

import re

from ganarium.core.errors import GanariumError, RunBusyError, UsageError

FIELD = re.compile(  # a dotted name may be the subject of a sentence; other words only with = or :
    r"(?:no setting named ')?([a-z][a-z0-9_-]*(?:(?:\.[A-Za-z0-9_-]+)+(?=[=:' ]|$)|(?=[=:']|$)))"
)


class PageError(GanariumError):
    """An answer other than success: its status and one plain sentence, with the setting that is wrong if known.

    code: name under which the page has the sentence in other languages; "" if it has none
    """

    def __init__(self, status: int, message: str, field: str | None = None, *, code: str = "", **more: object) -> None:
        super().__init__(message)
        self.status, self.field, self.code, self.more = status, field, code, more


class MissingRunError(PageError):
    """A run that is not, or no longer, in the folder."""

    SENTENCE = "this run is not in the folder any more; it was moved or deleted"

    def __init__(self) -> None:
        super().__init__(404, self.SENTENCE, code="missing-run")


def answer_to(error: GanariumError) -> tuple[int, dict[str, object]]:
    """Return the status and the content of the answer to an error."""
    if isinstance(error, PageError):
        return error.status, {"error": str(error), "field": error.field, "code": error.code, **error.more}
    status = 400 if isinstance(error, UsageError) and not isinstance(error, RunBusyError) else 409
    code = "in-training" if isinstance(error, RunBusyError) else ""
    return status, {"error": str(error), "field": field_in(str(error)), "code": code}


def field_in(message: str) -> str | None:
    """Return the setting that an error message begins with.

    >>> field_in("optim.lr=-1: input should be greater than 0"), field_in("no setting named 'optm.lr'; did you mean")
    ('optim.lr', 'optm.lr')
    >>> field_in("training needs a limit; set train.steps") is None
    True
    """
    found = FIELD.match(message)
    return found[1] if found else None

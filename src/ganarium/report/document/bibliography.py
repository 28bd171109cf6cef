"""BibTeX entries of all works that the registries and recipes cite, from works.bib."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("works.bib")
ARXIV = re.compile(r"arXiv (\d{4}\.\d{4,5})")
UNPUBLISHED = re.compile(r"(S[1-5]|ours)\b")  # the documents whose systems the recipes rebuild, and own work
WITHOUT_NUMBER = {  # citations that have no arXiv number, by how they begin
    "Chintala et al. 2016": "chintala2016hacks",
    "Krizhevsky 2009": "krizhevsky2009cifar",
    "LeCun, Bottou, Bengio, Haffner 1998": "lecun1998mnist",
    "Mescheder et al. 2018": "mescheder2018convergence",
    "Miyato & Koyama 2018": "miyato2018projection",
    "Radford et al. 2016": "radford2016dcgan",
    "Robbins & Monro 1951": "robbins1951stochastic",
    "Tieleman & Hinton 2012": "tieleman2012rmsprop",
}


@dataclass(frozen=True)
class Work:
    """A published work: its key and its arXiv number, which may be empty, in works.bib, and the whole entry."""

    key: str
    arxiv: str
    bibtex: str


@cache
def works() -> tuple[Work, ...]:
    """Return all works in works.bib, in alphabetical order of their keys."""
    entries = [entry.strip() for entry in FILE.read_text("utf-8").split("\n\n")]
    return tuple(
        sorted(
            (
                Work(_found(r"@\w+\{([^,]+),", entry), _found(r"eprint = \{([^}]+)\}", entry), entry)
                for entry in entries
            ),
            key=lambda work: work.key,
        )
    )


def works_in(citations: Iterable[str]) -> list[Work]:
    """Return the works that citations name, in alphabetical order of their keys and without repetition."""
    named: set[str] = set()
    for text in citations:
        named |= {*ARXIV.findall(text), *(key for name, key in WITHOUT_NUMBER.items() if name in text)}
    return [work for work in works() if {work.key, work.arxiv} & named]


def without_entry(citation: str) -> list[str]:
    """Return the arXiv numbers without an entry in works.bib, or the whole citation if it names no known work."""
    known = {work.arxiv for work in works()}
    missing = [number for number in ARXIV.findall(citation) if number not in known]
    named = works_in([citation]) or UNPUBLISHED.match(citation)
    return missing or ([] if named else [citation])


def _found(pattern: str, entry: str) -> str:
    matched = re.search(pattern, entry)
    return matched[1] if matched else ""

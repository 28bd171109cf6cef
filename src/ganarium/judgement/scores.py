"""Scores of generated digits, each beside what real digits get for it."""

from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.data.sets import ImageSet
from ganarium.judgement.features import Extractor, Reading, load_extractor
from ganarium.metrics.frechet import frechet_distance
from ganarium.metrics.histogram import class_histogram, histogram_kl, kl_floor, missing_classes

MISSING = 0.1  # a class counts as missing below this part of its share


@dataclass(frozen=True)
class Score:
    """One number about n generated pictures.

    name: measure/extractor, for example "frechet/mnist-1a2b3c4d"; only equal names compare
    floor: the same measure on real pictures; None when there is no such thing
    note: what the number is, in which unit and which way is better
    counts: pictures of each class, where the score is about classes
    """

    name: str
    value: float
    floor: float | None
    n: int
    note: str
    counts: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain data that JSON can hold; empty counts are left out."""
        values = asdict(self)
        values["counts"] = list(self.counts)
        return values if self.counts else {key: value for key, value in values.items() if key != "counts"}


def judge_digits(
    fake_uint8: Tensor, asked_labels: Tensor | None, reference: ImageSet, floor_reference: ImageSet
) -> list[Score]:
    """Score n generated digits, 10,000 as a rule: distances at another n do not compare.

    fake_uint8: [n, 1, 28, 28]; asked_labels: whole numbers [n], the digits asked for, in the data's shares
    (else the class scores see the difference), or None; reference: MNIST's test split;
    floor_reference: its train split, of which the first n pictures stand in for the generated ones.
    """
    n = len(fake_uint8)
    extractor = load_extractor(device=str(fake_uint8.device))
    fake = extractor.read(fake_uint8)
    real = _reading_of(extractor, reference, len(reference))
    stand_in = _reading_of(extractor, floor_reference, n)
    distance = Score(
        name=f"frechet/{extractor.name}",
        value=frechet_distance(real.features, fake.features),
        floor=frechet_distance(real.features, stand_in.features),
        n=n,
        note="Fréchet distance of features, lower is better",
    )
    confidence = Score(
        name=f"confidence/{extractor.name}",
        value=_mean_confidence(fake),
        floor=_mean_confidence(real),
        n=n,
        note="mean probability of the likeliest class, higher is better",
    )
    scores = [distance, *_class_scores(extractor, fake, real, reference), confidence]
    if asked_labels is not None:
        scores.append(_obedience(extractor, fake, asked_labels, real, reference))
    return scores


def _class_scores(extractor: Extractor, fake: Reading, real: Reading, reference: ImageSet) -> list[Score]:
    classes, n = len(reference.classes), len(fake.labels)
    due = class_histogram(_labels_of(reference), classes)
    counts = class_histogram(fake.labels, classes)
    kl = Score(
        name=f"class-kl/{extractor.name}",
        value=histogram_kl(counts, due),
        floor=kl_floor(int((due > 0).sum()), n),
        n=n,
        note="KL of the class histogram to the data's, in nats, lower is better; floor (K − 1)/(2n)",
        counts=tuple(counts.tolist()),
    )
    missing = Score(
        name=f"missing-classes/{extractor.name}",
        value=float(missing_classes(counts, due, MISSING)),
        floor=float(missing_classes(class_histogram(real.labels, classes), due, MISSING)),
        n=n,
        note="classes with less than a tenth of their share, lower is better",
    )
    return [kl, missing]


def _obedience(extractor: Extractor, fake: Reading, asked: Tensor, real: Reading, reference: ImageSet) -> Score:
    if asked.shape != fake.labels.shape or asked.is_floating_point():
        raise InputError(
            f"labels of shape {tuple(asked.shape)} and type {asked.dtype} for {len(fake.labels)} pictures: "
            "give one whole number a picture"
        )
    return Score(
        name=f"asked-label/{extractor.name}",
        value=_share_equal(fake.labels, asked.cpu()),
        floor=_share_equal(real.labels, _labels_of(reference)),
        n=len(asked),
        note="share of pictures read as the digit asked for, higher is better",
    )


def _mean_confidence(reading: Reading) -> float:
    return reading.probabilities.amax(1).double().mean().item()


def _share_equal(labels: Tensor, others: Tensor) -> float:
    return (labels == others).double().mean().item()


def _labels_of(data: ImageSet) -> Tensor:
    if data.labels is None:
        raise InputError(f"{data.name} has no labels: judge digits against a labelled split")
    return data.labels


_readings: dict[tuple[str, str, int], Reading] = {}


def _reading_of(extractor: Extractor, data: ImageSet, n: int) -> Reading:
    """The reading of a data set's first n pictures, made once a process."""
    key = (extractor.name, data.hash, min(n, len(data)))
    if key not in _readings:
        _readings[key] = extractor.read(data.images[:n])
    return _readings[key]

"""The K+1 game: one logit for each of K classes and one for generated images."""

from collections.abc import Mapping, Sequence
from typing import cast, final

from torch import Tensor

from ganarium.config.games import KPlusOneConfig
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams
from ganarium.data.batches import Feed, feed_with_known
from ganarium.data.datasets import ImageSet, Source
from ganarium.losses.classes import class_loss, correct_label_logit, not_generated_logit
from ganarium.networks.base import Subject
from ganarium.training.duel import Duel
from ganarium.training.games.base import Terms, UpdateInputs, adversarial
from ganarium.training.games.two_player import TwoPlayerGame
from ganarium.training.player import Side


@final
class KPlusOne(TwoPlayerGame):
    """A game whose discriminator returns K + 1 logits and receives no label (Salimans 2016, §5; S3).

    With reading "generated", D(x) = 1 − p(K + 1 | x), and the K classes have a separate loss: on real images with a
    known label, and for a generator that receives a label. With reading "printed", as printed in S3, D(x) = p(correct
    label | x) without a separate loss.
    """

    @staticmethod
    def subjects(settings: KPlusOneConfig, shape: tuple[int, ...], classes: int) -> Mapping[str, Subject]:
        """Describe the networks; the generator receives the label if `conditional` is set."""
        received = classes if settings.conditional else 0
        return {"generator": Subject(shape, received), "discriminator": Subject(shape, outputs=classes + 1)}

    def feed(self, source: Source, size: int, streams: Streams) -> Feed:
        """Return fully labelled batches, or unlabelled batches with a few additional labelled samples."""
        if self.settings.labels is None:
            return super().feed(source, size, streams)
        assert isinstance(source, ImageSet)
        _refuse_too_few_or_many(source, self.settings.labels)
        return feed_with_known(source, size, streams, self.generator.output_range, labels=self.settings.labels)

    def label(self, inputs: UpdateInputs) -> Tensor | None:
        """Return the labels of the real batch if the generator is conditional, else None."""
        return inputs.batch.label if self.settings.conditional else None

    @staticmethod
    def class_logits(answers: Tensor) -> Tensor:
        """Return the logits of the K classes: all raw outputs except the last."""
        return answers[:, :-1]

    def logits(self, answers: Tensor, label: Tensor | None) -> Tensor:
        """Return the real-versus-generated logits computed from the discriminator's raw outputs."""
        return correct_label_logit(answers, cast(Tensor, label)) if self._printed else not_generated_logit(answers)

    def terms(self, side: Side, inputs: UpdateInputs, duels: Sequence[Duel]) -> Terms:
        """Return the objective and the classification loss over the K classes."""
        (duel,) = duels
        terms = {"objective": adversarial(side, self.objective, duel)}
        if self._printed:
            return terms
        if side == "discriminator":
            terms["classes"] = self.settings.weight * self._real_classes(inputs, duel)
        elif duel.label is not None:
            terms["classes"] = self.settings.weight * class_loss(
                self.class_logits(duel.fake_output.answers), duel.label
            )
        return terms

    def _real_classes(self, inputs: UpdateInputs, duel: Duel) -> Tensor:
        known = inputs.batch.known
        pictures, label = (duel.real, inputs.batch.label) if known is None else (known.real, known.label)
        output = duel.real_output if known is None else duel.output(pictures, "known")
        return class_loss(self.class_logits(output.answers), cast(Tensor, label))

    @property
    def _printed(self) -> bool:
        return bool(self.settings.reading == "printed")


def _refuse_too_few_or_many(source: ImageSet, labels: int) -> None:
    """Raise `SettingsError` unless every non-empty class can get an equal share, at least 1, of the known labels."""
    assert source.labels is not None
    counts = source.labels.bincount()
    counts = counts[counts > 0]
    classes, smallest = len(counts), int(counts.min())
    if not classes <= labels <= classes * smallest:
        raise SettingsError(
            f"game.labels={labels}: use {classes} to {classes * smallest:,} labels, for {classes} classes of which the "
            f"smallest has {smallest:,} images"
        )

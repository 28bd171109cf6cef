"""The state of training: everything that a training step uses and changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams
from ganarium.data.batches import Feed
from ganarium.training.duel import Duel
from ganarium.training.games.base import Fakes, Game, UpdateInputs
from ganarium.training.player import Player, Side
from ganarium.training.random_draws import Randomness
from ganarium.training.remedies.base import Remedy

Measurements = dict[str, Tensor]


@dataclass(eq=False)
class TrainingState:
    """Game, players, remedies, batches and random streams of a run, with the operations used by update rules."""

    game: Game
    players: Mapping[Side, Player]
    remedies: Mapping[str, Remedy]
    feed: Feed
    streams: Streams
    batch: int
    shared_latents: bool

    def inputs(self, number: int) -> UpdateInputs:
        """Return the inputs of a discriminator update: the batch with the given number, and latents."""
        latents = self.streams.at("latents", self.game.latents(self.batch), number)
        return UpdateInputs(self.feed.batch(number), latents, Randomness(self.streams, number))

    def generator_inputs(self, inputs: UpdateInputs) -> UpdateInputs:
        """Return the inputs of the generator update that follows: the same batch, new latents unless shared."""
        if self.shared_latents:
            return inputs
        fresh = self.streams.at("latents.generator", self.game.latents(self.batch), inputs.randomness.number)
        return replace(inputs, latents=fresh, randomness=replace(inputs.randomness, player=".generator"))

    def generate(self, inputs: UpdateInputs) -> Fakes:
        """Generate images with every generator of the game."""
        return self.game.generate(inputs)

    def duels(self, inputs: UpdateInputs, fakes: Fakes) -> Sequence[Duel]:
        """Return the duels of the game with the given generated images."""
        return self.game.duels(inputs, fakes, self.remedies)

    def discriminator_fakes(self, inputs: UpdateInputs, fakes: Fakes) -> Fakes:
        """Return the generated images for the discriminator's update: `fakes` itself if no remedy changes them."""
        shown = dict(fakes)
        for kind, pictures in fakes.items():
            for name, remedy in self.remedies.items():
                if type(remedy).fakes is Remedy.fakes:
                    continue  # no tensors to draw
                draws = remedy.draws(len(pictures), tuple(pictures.shape[1:]))
                shown[kind] = remedy.fakes(kind, shown[kind], inputs.randomness(f"{name}.{kind}", "fake", draws))
        return fakes if all(shown[kind] is fakes[kind] for kind in fakes) else shown

    def backward(self, side: Side, inputs: UpdateInputs, duels: Sequence[Duel], *, keep: bool = False) -> Measurements:
        """Compute the gradient of a player's loss with respect to its own weights; return the mean of each term.

        `keep` retains the graph for the other player.
        """
        terms = self.game.terms(side, inputs, duels)
        for name, remedy in self.remedies.items():
            for duel in duels:
                term = remedy.discriminator_term(duel) if side == "discriminator" else remedy.generator_term(duel)
                if term is not None and not isinstance(term, Tensor):
                    raise SettingsError(f"remedies.{name}: its {side} term is {type(term).__name__}; return a tensor")
                if term is not None:
                    term = remedy.scaled(term) if remedy.scale_terms else term
                    terms[name] = terms[name] + term if name in terms else term
        means = {name: term.mean() for name, term in terms.items()}
        loss = torch.stack(list(means.values())).sum() if len(means) > 1 else means["objective"]
        player = self.players[side]
        player.optimizer.zero_grad()
        torch.autograd.backward(loss, inputs=player.parameters, retain_graph=keep)
        measured = {f"{side}.{name}": mean.detach() for name, mean in means.items()}
        measured[side] = loss.detach()
        return measured

    def update(self, side: Side, start: list[Tensor] | None = None) -> None:
        """Update a player with its gradient, starting from its current weights or from `start`, unless it is frozen."""
        player = self.players[side]
        if player.frozen:
            return
        for remedy in self.remedies.values():
            remedy.after_backward(side, player)
        if start is not None:
            with torch.no_grad():
                torch._foreach_copy_(player.parameters, start)
        for remedy in self.remedies.values():
            remedy.before_update(side, player)
        player.optimizer.step()
        for remedy in self.remedies.values():
            remedy.after_update(side, player)

    def end_step(self) -> None:
        """Run the `after_step` hooks of remedies, after the players were updated."""
        for remedy in self.remedies.values():
            remedy.after_step(self.players)

    def tensors(self) -> dict[str, Tensor]:
        """Return the weights, the optimizer moments and the states of remedies by name."""
        players = {
            f"{side}/{key}": tensor for side, player in self.players.items() for key, tensor in player.state().items()
        }
        remedies = {
            f"remedies/{name}/{key}": tensor
            for name, remedy in self.remedies.items()
            for key, tensor in remedy.state().items()
        }
        return players | remedies

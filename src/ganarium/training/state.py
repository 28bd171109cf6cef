"""A match: a game with its objective, players, remedies, batches and randomness; all that a training step uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ganarium.core.random_streams import Streams
from ganarium.data.batches import Feed
from ganarium.training.draws import Deal
from ganarium.training.duel import Duel
from ganarium.training.games.base import Fakes, Game, Turn
from ganarium.training.player import Player, Side
from ganarium.training.remedies.base import Remedy

Measured = dict[str, Tensor]


@dataclass(eq=False)
class Match:
    """A game with its players, remedies, batches and randomness, and the operations of update rules."""

    game: Game
    players: Mapping[Side, Player]
    remedies: Mapping[str, Remedy]
    feed: Feed
    streams: Streams
    batch: int
    shared_latents: bool

    def turn(self, number: int) -> Turn:
        """Return the discriminator's turn of this number: a batch of real pictures, and latents."""
        latents = self.streams.at("latents", self.game.latents(self.batch), number)
        return Turn(self.feed.batch(number), latents, Deal(self.streams, number))

    def generators_turn(self, turn: Turn) -> Turn:
        """Return the generator's turn that follows: the same real pictures and labels, new latents unless shared."""
        if self.shared_latents:
            return turn
        fresh = self.streams.at("latents.generator", self.game.latents(self.batch), turn.deal.turn)
        return replace(turn, latents=fresh, deal=replace(turn.deal, player=".generator"))

    def generate(self, turn: Turn) -> Fakes:
        """Return all kinds of generated pictures."""
        return self.game.generate(turn)

    def duels(self, turn: Turn, fakes: Fakes) -> Sequence[Duel]:
        """Return the duels on these generated pictures."""
        return self.game.duels(turn, fakes, self.remedies)

    def shown(self, turn: Turn, fakes: Fakes) -> Fakes:
        """Return the generated pictures for the discriminator's update: `fakes` itself if no remedy changes them."""
        shown = dict(fakes)
        for kind, pictures in fakes.items():
            for name, remedy in self.remedies.items():
                if type(remedy).fakes is Remedy.fakes:
                    continue  # no tensors to draw
                draws = remedy.draws(len(pictures), tuple(pictures.shape[1:]))
                shown[kind] = remedy.fakes(kind, shown[kind], turn.deal(f"{name}.{kind}", "fake", draws))
        return fakes if all(shown[kind] is fakes[kind] for kind in fakes) else shown

    def backward(self, side: Side, turn: Turn, duels: Sequence[Duel], *, keep: bool = False) -> Measured:
        """Compute the gradient of a player's loss for its own weights only; return the means of its terms.

        `keep` retains the graph for the other player.
        """
        terms = self.game.terms(side, turn, duels)
        for name, remedy in self.remedies.items():
            for duel in duels:
                term = remedy.discriminator_term(duel) if side == "discriminator" else remedy.generator_term(duel)
                if term is not None:
                    term = remedy.leveled(term) if remedy.paced else term
                    terms[name] = terms[name] + term if name in terms else term
        means = {name: term.mean() for name, term in terms.items()}
        loss = torch.stack(list(means.values())).sum() if len(means) > 1 else means["objective"]
        player = self.players[side]
        player.optimizer.zero_grad()
        torch.autograd.backward(loss, inputs=player.parameters, retain_graph=keep)
        measured = {f"{side}.{name}": mean.detach() for name, mean in means.items()}
        measured[side] = loss.detach()
        return measured

    def move(self, side: Side, began: list[Tensor] | None = None) -> None:
        """Update a player with its gradient, from its current weights or from the weights `began`."""
        player = self.players[side]
        for remedy in self.remedies.values():
            remedy.after_backward(side, player)
        if began is not None:
            with torch.no_grad():
                torch._foreach_copy_(player.parameters, began)
        for remedy in self.remedies.values():
            remedy.before_move(side, player)
        player.optimizer.step()
        for remedy in self.remedies.values():
            remedy.after_move(side, player)

    def finish(self) -> None:
        """Run the `after_step` hooks of remedies, after both players were updated."""
        for remedy in self.remedies.values():
            remedy.after_step(self.players)

    def state(self) -> dict[str, Tensor]:
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

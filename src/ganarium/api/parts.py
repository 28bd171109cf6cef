"""Registration of your own parts, and their base classes."""

from ganarium.config import register
from ganarium.config.plugins import load_plugin
from ganarium.config.registry import Requires
from ganarium.losses.objectives import Objective
from ganarium.runs import events
from ganarium.training.duel import Duel
from ganarium.training.observers import Observer
from ganarium.training.remedies.base import Remedy
from ganarium.training.update_rules import UpdateRule

__all__ = ["Duel", "Objective", "Observer", "Remedy", "Requires", "UpdateRule", "events", "load_plugin", "register"]

"""Tables of the layers of an experiment's networks, with numbers of parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from ganarium.config.experiment import Experiment
from ganarium.data.load import load_data
from ganarium.networks.layer_table import Layer, layers
from ganarium.training.build import build_networks


def parameter_tables(experiment: Experiment, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Return each network's layers with weight shapes [in, out], output shapes and parameter counts.

    provenance: provenance of a run, which replaces loading the data; empty for a recipe
    """
    if provenance:
        shape, classes = tuple(provenance["shape"]), provenance["classes"]
    else:
        source = load_data(experiment.data)
        shape, classes = source.shape, source.classes
    networks = build_networks(experiment, shape, len(classes))
    return {name: _table(layers(network, shape)) for name, network in networks.items()}


def _table(rows: Sequence[Layer]) -> dict[str, Any]:
    trainable = sum(row.parameters for row in rows)
    return {
        "layers": [
            {
                "layer": row.name,
                "kind": row.kind,
                "shape": list(row.shape),
                "output": list(row.output),
                "parameters": row.parameters,
                "statistics": row.statistics,
            }
            for row in rows
        ],
        "total": trainable,
        "total_with_statistics": trainable + sum(row.statistics for row in rows),
    }

"""State that all requests share: the index, logs, streams, layer tables and jobs of one server."""

from __future__ import annotations

from pathlib import Path

from ganarium.web.index import RunIndex
from ganarium.web.jobs import Jobs
from ganarium.web.layer_tables import LayerTables
from ganarium.web.play_samplers import Samplers
from ganarium.web.play_worker import PlayWorker
from ganarium.web.run_logs import RunLogs
from ganarium.web.security import Rules
from ganarium.web.streams import Streams


class ServerState:
    """The shared parts of one server."""

    def __init__(self, folder: Path, rules: Rules) -> None:
        self.folder, self.rules = folder.absolute(), rules
        self.index = RunIndex(self.folder)
        self.logs = RunLogs(self.index)
        self.streams = Streams()
        self.layers = LayerTables()
        self.jobs = Jobs(self.folder)
        self.worker, self.samplers = PlayWorker(), Samplers()

    async def close(self) -> None:
        """Stop what runs in the background; processes that were started go on."""
        self.worker.close()
        await self.layers.close()

/** The list of all runs, kept up to date by the server's news. */

import { get } from './api';
import { connection } from './connection.svelte';
import { updated } from './runs';
import type { RunList, Summary } from './types';

class Runs {
  all = $state.raw<readonly Summary[]>([]);
  loaded = $state(false);
  error = $state.raw<unknown>(null);

  async load(): Promise<void> {
    try {
      this.all = (await get<RunList>('runs')).runs;
      this.loaded = true;
      this.error = null;
    } catch (error) {
      this.error = error;
    }
  }

  /** Load the list and follow changes until the returned function is called. */
  follow(): () => void {
    void this.load();
    return connection.stream('api/events', {
      opened: (again) => (again || this.error) && void this.load(),
      events: {
        reset: () => void this.load(),
        runs: (data) => {
          const news = data as RunList;
          this.all = updated(this.all, news.runs ?? [], news.gone);
        },
      },
    });
  }
}

export const runs = new Runs();

/** Everything that the page shows of one run, kept up to date while it is shown. */

import { ApiError, get, search } from './api';
import { connection } from './connection.svelte';
import { appended } from './series';
import { throttled } from './stream';
import type { Curves, Histograms, Normal, RunDetail, Scores, Shares, Status } from './types';

const POINTS = 2000;
const HISTOGRAMS = 400;

interface News {
  kind?: string;
}

interface StatusNews {
  status?: Status;
  step?: number;
  steps?: number | null;
  left?: number | null;
  memory?: number | null;
  seconds?: number;
}

export class RunData {
  detail = $state.raw<RunDetail | null>(null);
  curves = $state.raw<Curves | null>(null);
  histograms = $state.raw<Histograms | null>(null);
  shares = $state.raw<Shares | null>(null);
  scores = $state.raw<Scores | null>(null);
  normal = $state.raw<Normal | null>(null);
  error = $state.raw<unknown>(null);

  #range: readonly [number, number] | null = null;
  #open = true;
  #fetching = new Set<string>();
  #again = new Set<string>();
  #close: () => void;
  #refresh: Record<string, ReturnType<typeof throttled>>;
  #layers = throttled(() => this.#fetchDetail(), 3000);
  #reload = throttled(() => this.load(), 500);

  constructor(readonly id: string) {
    this.#refresh = {
      detail: throttled(() => this.#fetchDetail(), 1000),
      curves: throttled(() => this.#fetchCurves(true), 500),
      histograms: throttled(() => this.#fetchHistograms(), 1000),
      shares: throttled(() => this.#fetchShares(), 1000),
      scores: throttled(() => this.#fetchScores(), 1000),
    };
    this.load();
    this.#close = connection.stream(`api/runs/${id}/events`, {
      opened: (again) => (again || this.error) && this.#reload(),
      events: {
        line: (data) => (Array.isArray(data) ? data : [data]).forEach((line) => this.#hear(line as News)),
        status: (data) => this.#status(data as StatusNews),
        reset: () => this.#reload(),
        gone: () => this.#fetchDetail(),
      },
    });
  }

  close(): void {
    this.#open = false;
    this.#close();
    this.#reload.cancel();
    this.#layers.cancel();
    for (const refresh of Object.values(this.#refresh)) refresh.cancel();
  }

  load(): void {
    this.#fetchDetail();
    this.#fetchCurves(false);
    this.#fetchHistograms();
    this.#fetchShares();
    this.#fetchScores();
    this.#fetch<Normal | null>('normal', 'normal', (normal) => (this.normal = normal));
  }

  /** Ask for the curves of a range of steps, or of all steps if the range is null. */
  show(range: readonly [number, number] | null): void {
    if (range?.[0] === this.#range?.[0] && range?.[1] === this.#range?.[1]) return;
    this.#range = range;
    this.#fetchCurves(false);
  }

  refreshDetail(): void {
    this.#fetchDetail();
  }

  #hear({ kind }: News): void {
    const stale: Record<string, string[]> = {
      span: ['curves'],
      histogram: ['histograms'],
      shares: ['shares'],
      score: ['scores', 'detail'],
    };
    for (const name of stale[kind ?? ''] ?? (kind === 'layers' ? [] : ['detail'])) this.#refresh[name]!();
  }

  #status(news: StatusNews): void {
    if (!this.detail) return;
    const { memory, ...summary } = news;
    const ended = news.status !== undefined && news.status !== this.detail.summary.status;
    this.detail = {
      ...this.detail,
      summary: { ...this.detail.summary, ...summary },
      ...(memory === undefined ? {} : { memory }),
    };
    if (ended) this.#refresh['detail']!();
  }

  #fetchDetail(): void {
    this.#fetch<RunDetail>('detail', '', (detail) => {
      this.detail = detail;
      this.error = null;
      if (detail.pending) this.#layers();
    });
  }

  #fetchHistograms(): void {
    const query = search({ points: HISTOGRAMS });
    this.#fetch<Histograms>('histograms', `histograms${query}`, (histograms) => (this.histograms = histograms));
  }

  #fetchShares(): void {
    this.#fetch<Shares>('shares', 'shares', (shares) => (this.shares = shares));
  }

  #fetchScores(): void {
    this.#fetch<Scores>('scores', 'scores', (scores) => (this.scores = scores));
  }

  #fetchCurves(onlyNewer: boolean): void {
    const range = this.#range;
    const known = this.curves;
    if (range) {
      if (onlyNewer) return; // a chosen range does not move
      const query = search({ points: POINTS, from: range[0], to: range[1] });
      this.#fetch<Curves>('range', `curves${query}`, (curves) => {
        if (this.#range !== range) return;
        this.curves = curves;
        if (curves.complete === false) this.#reload();
      });
    } else if (onlyNewer && known && known.step.length < 2 * POINTS) {
      const query = search({ points: POINTS, after: known.seq });
      this.#fetch<Curves>('curves', `curves${query}`, (newer) => {
        if (newer.reset) this.#fetchCurves(false);
        else if (this.curves === known) this.curves = appended(known, newer);
        if (newer.complete === false) this.#refresh['curves']!();
      });
    } else {
      this.#fetch<Curves>('curves', `curves${search({ points: POINTS })}`, (curves) => {
        if (this.#range === null) this.curves = curves;
        if (curves.complete === false) this.#reload();
      });
    }
  }

  /** Fetch one part; while it is under way, further calls for the same part lead to one more request. */
  #fetch<T>(name: string, path: string, use: (value: T) => void): void {
    if (this.#fetching.has(name)) {
      this.#again.add(name);
      return;
    }
    this.#fetching.add(name);
    get<T>(`runs/${this.id}${path && `/${path}`}`)
      .then((value) => this.#open && use(value))
      .catch((error: unknown) => {
        if (!this.#open || name !== 'detail') return;
        this.error = error;
        if (error instanceof ApiError && error.status === 404) this.detail = null;
      })
      .finally(() => {
        this.#fetching.delete(name);
        if (!this.#again.delete(name) || !this.#open) return;
        if (name === 'range' || name === 'curves') this.#fetchCurves(false);
        else if (name === 'normal') return;
        else this.#refresh[name]?.();
      });
  }
}

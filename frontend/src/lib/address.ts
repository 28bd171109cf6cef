/** The part of the address behind `#`: which view is shown, of which run, and its state. */

export const VIEWS = ['runs', 'run', 'play', 'compare', 'start', 'draw', 'learn'] as const;
export type View = (typeof VIEWS)[number];
export type Query = Readonly<Record<string, string>>;

export interface Address {
  view: View;
  id: string | null;
  query: Query;
}

const ID = /^[0-9a-f]{12}$/;

/** Return the address that a hash states; anything that is not understood leads to the list of runs. */
export function parseAddress(hash: string): Address {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [view = '', id = ''] = path.split('/');
  const query = Object.fromEntries(new URLSearchParams(search));
  const known = VIEWS.find((one) => one === view) ?? 'runs';
  if (known === 'run' || known === 'play') {
    return ID.test(id) ? { view: known, id, query } : { view: 'runs', id: null, query: {} };
  }
  if (known !== 'runs') return { view: known, id: null, query };
  return { view: 'runs', id: null, query: view === '' || view === 'runs' ? query : {} };
}

/** Return the hash of an address; empty values are left out and names are sorted, so equal states have equal links. */
export function toHash({ view, id, query }: Address): string {
  const path = view === 'runs' ? '' : id === null ? view : `${view}/${id}`;
  const given = Object.entries(query).filter(([, value]) => value !== '');
  given.sort(([one], [other]) => (one < other ? -1 : 1));
  const search = new URLSearchParams(given).toString().replaceAll('%2C', ',');
  return `#/${path}${search ? `?${search}` : ''}`;
}

/** Return the token in a hash such as `#token=0123`, or null. */
export function tokenIn(hash: string): string | null {
  return /^#token=([\w-]+)$/.exec(hash)?.[1] ?? null;
}

export function toRuns(query: Query = {}): string {
  return toHash({ view: 'runs', id: null, query });
}

export function toRun(id: string, query: Query = {}): string {
  return toHash({ view: 'run', id, query });
}

export function toPlay(id: string, query: Query = {}): string {
  return toHash({ view: 'play', id, query });
}

export function toCompare(ids: readonly string[], query: Query = {}): string {
  return toHash({ view: 'compare', id: null, query: { ...query, runs: ids.join(',') } });
}

export function toStart(query: Query = {}): string {
  return toHash({ view: 'start', id: null, query });
}

export function toDraw(): string {
  return toHash({ view: 'draw', id: null, query: {} });
}

/** Return the run ids of a comma-separated list, each once, without what is no id. */
export function idsIn(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(',').filter((id) => ID.test(id)))];
}

/** Return a step written in an address, or null. */
export function stepIn(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : null;
}

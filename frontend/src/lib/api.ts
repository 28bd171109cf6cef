/** Requests to the server. Every failure is an `ApiError` with one plain sentence. */

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly field: string | null = null,
    readonly by: string | null = null,
    /** Name of the sentence, by which it is translated. */
    readonly code: string | null = null,
    /** What somebody else did to the run. */
    readonly action: string | null = null,
  ) {
    super(message);
  }
}

/** Status of an error for which no answer came: the server is not running or the network is down. */
export const UNREACHABLE = 0;

let unanswered = () => {};

/** Set what is called whenever a request gets no answer. */
export function onUnanswered(listener: () => void): void {
  unanswered = listener;
}

async function answer<T>(path: string, options: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`api/${path}`, { credentials: 'same-origin', ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    unanswered();
    throw new ApiError('', UNREACHABLE);
  }
  const body: unknown = await response.json().catch(() => null);
  options.signal?.throwIfAborted(); // an answer of which only the first part was read
  if (response.ok) return body as T;
  const told = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (key: string) => (typeof told[key] === 'string' ? (told[key] as string) : null);
  throw new ApiError(text('error') ?? `HTTP ${response.status}`, response.status, text('field'), text('by'), text('code'), text('action'));
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return answer<T>(path, signal ? { signal } : {});
}

export function send<T>(method: 'POST' | 'PUT', path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const headers = { 'Content-Type': 'application/json', 'X-Ganarium': '1' };
  return answer<T>(path, { method, headers, body: JSON.stringify(body), ...(signal ? { signal } : {}) });
}

/** Return a query string for the given values; null values are left out, lists are repeated. */
export function search(values: Record<string, string | number | readonly string[] | null | undefined>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value === null || value === undefined) continue;
    for (const one of typeof value === 'object' ? value : [String(value)]) query.append(key, one);
  }
  const text = query.toString();
  return text && `?${text}`;
}

/** Address of the picture of a step, or of the data; with the run's version, the browser may keep it for good. */
export function samplePicture(id: string, step: number | 'data', version?: string): string {
  return `api/runs/${id}/samples/${step}.png${search({ v: version })}`;
}

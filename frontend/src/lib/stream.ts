/** Server-sent events with reconnection; closed while the tab is hidden, since browsers allow few open connections. */

export interface StreamOptions {
  events: Readonly<Record<string, (data: unknown) => void>>;
  /** Called when the stream opens; `again` from the second time on, when events may have been missed. */
  opened?: (again: boolean) => void;
  lost?: () => void;
}

interface Source {
  readyState: number;
  addEventListener(name: string, listener: (event: MessageEvent) => void): void;
  close(): void;
}

export interface Surroundings {
  create(url: string): Source;
  hidden(): boolean;
  onVisibility(listener: () => void): () => void;
  later(action: () => void, milliseconds: number): () => void;
}

const FIRST_DELAY = 500;
const LONGEST_DELAY = 10_000;

const browser: Surroundings = {
  create: (url) => new EventSource(url),
  hidden: () => document.hidden,
  onVisibility(listener) {
    document.addEventListener('visibilitychange', listener);
    return () => document.removeEventListener('visibilitychange', listener);
  },
  later(action, milliseconds) {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Open a stream and keep it open until the returned function is called. */
export function openStream(url: string, options: StreamOptions, around: Surroundings = browser): () => void {
  let source: Source | null = null;
  let cancel = () => {};
  let openedBefore = false;
  let delay = FIRST_DELAY;

  function close() {
    cancel();
    source?.close();
    source = null;
  }

  function connect() {
    close();
    if (around.hidden()) return;
    const current = (source = around.create(url));
    current.addEventListener('open', () => {
      if (source !== current) return;
      delay = FIRST_DELAY;
      options.opened?.(openedBefore);
      openedBefore = true;
    });
    current.addEventListener('error', () => {
      if (source !== current) return;
      options.lost?.();
      // The browser's own attempts end with the first answer that is not a stream, so all attempts are made here.
      close();
      cancel = around.later(connect, delay);
      delay = Math.min(2 * delay, LONGEST_DELAY);
    });
    for (const [name, listener] of Object.entries(options.events)) {
      current.addEventListener(name, (event) => {
        if (source !== current) return;
        const data = parsed(event.data);
        if (data !== undefined) listener(data);
      });
    }
  }

  const forget = around.onVisibility(() => (around.hidden() ? close() : source === null && connect()));
  connect();
  return () => {
    forget();
    close();
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Return a function that runs `action` at most once in each interval, also after the last call. */
export function throttled(action: () => void, milliseconds: number): { (): void; cancel(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = -Infinity;
  const run = () => {
    timer = undefined;
    last = Date.now();
    action();
  };
  const call = () => {
    timer ??= setTimeout(run, Math.max(0, last + milliseconds - Date.now()));
  };
  return Object.assign(call, {
    cancel() {
      clearTimeout(timer);
      timer = undefined;
    },
  });
}

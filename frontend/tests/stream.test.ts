import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStream, throttled, type Surroundings } from '../src/lib/stream';

class FakeSource {
  readyState = 0;
  closed = false;
  listeners = new Map<string, (event: MessageEvent) => void>();
  constructor(readonly url: string) {}
  addEventListener(name: string, listener: (event: MessageEvent) => void) {
    this.listeners.set(name, listener);
  }
  say(name: string, data = '') {
    this.listeners.get(name)?.({ data } as MessageEvent);
  }
  close() {
    this.closed = true;
  }
}

function surroundings() {
  const sources: FakeSource[] = [];
  const waiting: { action: () => void; milliseconds: number }[] = [];
  let hidden = false;
  let listener = () => {};
  const around: Surroundings = {
    create(url) {
      const source = new FakeSource(url);
      sources.push(source);
      return source;
    },
    hidden: () => hidden,
    onVisibility(one) {
      listener = one;
      return () => (listener = () => {});
    },
    later(action, milliseconds) {
      const entry = { action, milliseconds };
      waiting.push(entry);
      return () => void waiting.splice(waiting.indexOf(entry) >>> 0, 1);
    },
  };
  const show = (visible: boolean) => {
    hidden = !visible;
    listener();
  };
  return { around, sources, waiting, show };
}

describe('a stream', () => {
  it('hands over parsed data and ignores what is damaged', () => {
    const { around, sources } = surroundings();
    const heard: unknown[] = [];
    openStream('x', { events: { line: (data) => heard.push(data) } }, around);
    sources[0]!.say('line', '{"seq":1}');
    sources[0]!.say('line', '{damaged');
    expect(heard).toEqual([{ seq: 1 }]);
  });

  it('is opened again after a loss, ever later, and soon again after a success', () => {
    const { around, sources, waiting } = surroundings();
    const opened: boolean[] = [];
    let lost = 0;
    openStream('x', { events: {}, opened: (again) => opened.push(again), lost: () => (lost += 1) }, around);
    sources[0]!.say('open');
    const delays: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      sources.at(-1)!.say('error');
      expect(sources.at(-1)!.closed).toBe(true);
      delays.push(waiting.at(-1)!.milliseconds);
      waiting.at(-1)!.action();
    }
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
    expect(delays.at(-1)).toBe(10_000);
    sources.at(-1)!.say('open');
    sources.at(-1)!.say('error');
    expect(waiting.at(-1)!.milliseconds).toBe(delays[0]);
    expect(opened).toEqual([false, true]);
    expect(lost).toBe(9);
  });

  it('is closed while the page is hidden', () => {
    const { around, sources, show } = surroundings();
    openStream('x', { events: {} }, around);
    show(false);
    expect(sources[0]!.closed).toBe(true);
    show(true);
    expect(sources).toHaveLength(2);
  });

  it('stays closed once it is given up, whatever arrives', () => {
    const { around, sources, waiting, show } = surroundings();
    const heard: unknown[] = [];
    const close = openStream('x', { events: { line: (data) => heard.push(data) } }, around);
    close();
    sources[0]!.say('line', '1');
    sources[0]!.say('error');
    show(false);
    show(true);
    expect([heard, sources.length, waiting.length]).toEqual([[], 1, 0]);
  });
});

describe('a throttled action', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('runs at most once in each interval, and after the last call', () => {
    let count = 0;
    const call = throttled(() => (count += 1), 1000);
    for (let i = 0; i < 50; i++) {
      call();
      vi.advanceTimersByTime(100);
    }
    vi.advanceTimersByTime(1000);
    expect(count).toBe(6);
  });

  it('does not run after it is cancelled', () => {
    let count = 0;
    const call = throttled(() => (count += 1), 1000);
    call();
    call.cancel();
    vi.advanceTimersByTime(5000);
    expect(count).toBe(0);
  });
});

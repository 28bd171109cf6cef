import { describe, expect, it } from 'vitest';
import { parseAddress } from '../src/lib/address';
import {
  CHAPTERS,
  chapterIn,
  existing,
  forkedAt,
  joined,
  lastValue,
  lengthIn,
  LESSONS,
  lessonOf,
  LOG_4,
  modesOverTime,
  phaseOf,
  request,
  shareDone,
  side,
  toChapter,
  usualLength,
} from '../src/lib/learn';
import type { RunDetail, Shares, Summary } from '../src/lib/types';

const [ONE, OTHER, THIRD] = ['00000000000a', '00000000000b', '00000000000c'];

function summary(changes: Partial<Summary> = {}): Summary {
  return {
    ...{ id: ONE, name: 'ring', recipe: 'ring', data: 'ring', status: 'running', step: 0, steps: 100, seconds: 0, left: null },
    ...{ started: 1, changed: 1, parent: null, group: null, seed: 0, tags: [], note: '', score: null, losses: null },
    ...{ findings: [], picture: null, error: null },
    ...changes,
  };
}

function detail(changes: Partial<Summary> = {}, more: Partial<RunDetail> = {}): RunDetail {
  return { summary: summary(changes), samples: [0], checkpoints: [0], provenance: {}, settings: [], ...more } as unknown as RunDetail;
}

describe('chapters', () => {
  it('come back from their address with the runs of all lessons, and without what belongs to one picture', () => {
    const query = { points: ONE, cure: OTHER, step: '10', layers: 's' };
    for (const chapter of CHAPTERS) {
      const found = parseAddress(toChapter(chapter, query));
      expect(found.view).toBe('learn');
      expect(chapterIn(found.query['chapter'])).toBe(chapter);
      expect([found.query['points'], found.query['cure'], found.query['step']]).toEqual([ONE, OTHER, undefined]);
    }
  });

  it('begin with the first if the address names none that exists', () => {
    for (const text of [undefined, '', 'x', '__proto__']) expect(chapterIn(text)).toBe('points');
  });

  it('show the first run twice, and each other run once', () => {
    expect(CHAPTERS.map(lessonOf)).toEqual(['points', 'points', 'collapse', 'cure', 'digits']);
  });
});

describe('the runs', () => {
  it('start from a recipe with the chosen length as their last setting', () => {
    const { path, body } = request('points', 300, null)!;
    expect(path).toBe('runs');
    const { recipe, words } = body as { recipe: string; words: string[] };
    expect([recipe, words.at(-1)]).toEqual(['ring', 'train.steps=300']);
    expect((request('digits', 5, null)!.body as { words: string[] }).words.at(-1)).toBe('train.seconds=5');
  });

  it('differ in the learning rate and the penalty between the one that learns and the one that collapses', () => {
    const words = (lesson: 'points' | 'collapse') => (request(lesson, 10, null)!.body as { words: string[] }).words;
    const own = words('collapse').filter((word) => !words('points').includes(word));
    expect(own).toEqual(['optim.lr=0.02', 'remedies.r1=false']);
  });

  it('fork the newest checkpoint of the collapsed run and train further steps', () => {
    const collapsed = detail({ id: OTHER }, { checkpoints: [0, 2000] });
    const { path, body } = request('cure', 500, collapsed)!;
    expect(path).toBe(`runs/${OTHER}/fork`);
    expect(body).toMatchObject({ at: 2000 });
    expect((body as { words: string[] }).words).toContain('train.steps=2500');
    expect(request('cure', 500, null)).toBeNull();
    expect(request('cure', 500, detail({}, { checkpoints: [] }))).toBeNull();
  });

  it('have a length that is a whole number within limits', () => {
    for (const lesson of LESSONS) expect(lengthIn(String(usualLength(lesson)), lesson)).toBe(usualLength(lesson));
    expect(['', '0', '-1', '1.5', '1e3', 'x', '100001', '9'.repeat(12)].map((text) => lengthIn(text, 'points'))).toEqual(Array(8).fill(null));
    expect([lengthIn(' 20 ', 'points'), lengthIn('3601', 'digits')]).toEqual([20, null]);
  });
});

describe('phases', () => {
  it('follow a run from its start to its end', () => {
    const at = (step: number, more: Partial<Summary> = {}) => phaseOf(detail({ step, ...more }));
    expect(phaseOf(null)).toBe('before');
    expect(phaseOf(detail({ step: 10 }, { samples: [] }))).toBe('waiting');
    expect([at(0), at(10), at(50), at(100, { status: 'finished' })]).toEqual(['waiting', 'first', 'half', 'finished']);
    expect(at(10, { status: 'paused' })).toBe('paused');
    for (const status of ['stopped', 'failed', 'diverged', 'damaged'] as const) expect(at(10, { status })).toBe('broken');
  });

  it('count the time of a run that ends after some seconds', () => {
    expect(shareDone(detail({ step: 10, steps: 7000, seconds: 60, left: 60 }))).toBe(0.5);
    expect(phaseOf(detail({ step: 10, steps: null, seconds: 90, left: 30 }))).toBe('half');
  });

  it('count the steps of a fork from its beginning', () => {
    const fork = (step: number) => detail({ step, steps: 4000 }, { provenance: { parent: 'ring-2 at step 2000' } });
    expect(forkedAt(fork(2000))).toBe(2000);
    expect([2000, 2500, 3000].map((step) => phaseOf(fork(step)))).toEqual(['waiting', 'first', 'half']);
    expect(forkedAt(detail({}, { provenance: { parent: 7 } }))).toBe(0);
  });
});

describe('numbers', () => {
  const shares: Shares = { sorts: 'mode', names: ['a', 'b', 'c'], due: [0.4, 0.4, 0.2], step: [0, 10], shares: [[1, 0, 0], [0.5, 0.05, 0.019]], lost: [] };

  it('count a mode from a tenth of its share on', () => {
    expect(modesOverTime(shares)).toEqual({ step: [0, 10], modes: [1, 2], all: 3 });
    expect(modesOverTime(null)).toEqual({ step: [], modes: [], all: 0 });
  });

  it('stand on common steps for two runs', () => {
    const both = joined({ step: [0, 10], modes: [1, 2] }, { step: [10, 20], modes: [3, 4] });
    expect(both).toEqual({ steps: [0, 10, 20], columns: [[1, 2, null], [null, 3, 4]] });
  });

  it('are the last recorded ones', () => {
    const curves = { seq: 1, step: [1, 2, 3], series: { generator: [0.5, 0.7, null] } };
    expect(lastValue(curves, 'generator')).toEqual({ step: 2, value: 0.7 });
    expect(lastValue(curves, 'constructor')).toBeNull();
    expect(lastValue(null, 'generator')).toBeNull();
  });

  it('are on one side of the expected loss only if they differ clearly', () => {
    expect([1.386, 1.3, 1.1, 1.6].map((value) => side(value, LOG_4))).toEqual(['near', 'near', 'below', 'above']);
  });
});

it('existing runs stand for those that cannot be started', () => {
  const collapse = [{ name: 'collapse', title: '', grave: true }];
  const found = existing([
    summary({ id: ONE, changed: 5 }),
    summary({ id: OTHER, changed: 4, findings: collapse }),
    summary({ id: THIRD, changed: 9, parent: OTHER }),
    summary({ id: '00000000000d', changed: 3, recipe: 'dense-digits', data: 'mnist' }),
    summary({ id: '00000000000e', changed: 10, findings: collapse }),
  ]);
  expect(found).toEqual({ points: ONE, collapse: OTHER, cure: THIRD, digits: '00000000000d' });
  expect(existing([])).toEqual({});
});

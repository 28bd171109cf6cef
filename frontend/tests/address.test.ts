import { describe, expect, it } from 'vitest';
import { idsIn, parseAddress, stepIn, toCompare, toHash, tokenIn, toRun, toRuns } from '../src/lib/address';

const ID = '0123456789ab';

describe('addresses', () => {
  it('come back from their hash with every part', () => {
    for (const address of [
      { view: 'runs', id: null, query: { text: 'a b&c=d#é', status: 'failed' } },
      { view: 'run', id: ID, query: { step: '4000', from: '10', to: '20' } },
      { view: 'compare', id: null, query: { runs: `${ID},${ID}` } },
      { view: 'play', id: ID, query: { seed: '7', move: '0.5,-1' } },
      { view: 'start', id: null, query: { recipe: 'digits' } },
      { view: 'draw', id: null, query: {} },
      { view: 'learn', id: null, query: { chapter: 'cure', collapse: ID } },
    ] as const) {
      expect(parseAddress(toHash(address))).toEqual(address);
    }
  });

  it('are equal for equal states, whatever the order in which the state was built', () => {
    expect(toRuns({ text: 'x', sort: 'name' })).toBe(toRuns({ sort: 'name', text: 'x', tag: '' }));
  });

  it('lead to the list of runs if they are damaged', () => {
    for (const hash of ['', '#', '#/', '#/run/../../etc/passwd', '#/run/<script>', '#/nothing?x=1', '#/run/', '#//', '#/run/ABC', '#/play', '#/play/x']) {
      expect(parseAddress(hash).view).toBe('runs');
    }
  });

  it('keep commas in links of comparisons readable', () => {
    expect(toCompare([ID, 'ffffffffffff'])).toBe(`#/compare?runs=${ID},ffffffffffff`);
    expect(toRun(ID, { step: '0' })).toBe(`#/run/${ID}?step=0`);
  });

  it('name each run once, and nothing that is no run', () => {
    expect(idsIn(`${ID},${ID},x,,<b>,ffffffffffff`)).toEqual([ID, 'ffffffffffff']);
    expect(idsIn(undefined)).toEqual([]);
  });

  it('state steps as whole numbers only', () => {
    expect(['0', '12', undefined, '', '-1', '1e3', '1.5', '9'.repeat(13)].map(stepIn)).toEqual([0, 12, null, null, null, null, null, null]);
  });
});

it('a token is taken from an address only where nothing else is', () => {
  expect(['#token=0a1b', '#/?token=1', '#token=', '#token=a&b', ''].map(tokenIn)).toEqual(['0a1b', null, null, null, null]);
});

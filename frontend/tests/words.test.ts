import { describe, expect, it } from 'vitest';
import { changedWords, positionOf, speedAt, tagsIn, wordsIn } from '../src/lib/words';

describe('words', () => {
  it('stand one on each line, without comments and empty lines', () => {
    expect(wordsIn(' optim.lr=0.1 \n\n# why\ngenerator.hidden=[64, 64]\r\n')).toEqual(['optim.lr=0.1', 'generator.hidden=[64, 64]']);
  });

  it('are made of changed fields only, and a kind is given to its table', () => {
    const fields = [{ key: 'optim.kind', default: 'adam' }, { key: 'optim.lr', default: '0.1' }, { key: 'seed', default: '0' }];
    expect(changedWords(fields, { 'optim.kind': 'sgd', 'optim.lr': '0.1', seed: '3', gone: '1' })).toEqual(['optim=sgd', 'seed=3']);
  });
});

it('tags are separated by commas of either language, each once', () => {
  expect(tagsIn(' a, b，a ,, c d')).toEqual(['a', 'b', 'c d']);
});

describe('the slider of the speed', () => {
  it('ends at full speed', () => {
    expect(speedAt(1)).toBeNull();
    expect(positionOf(null)).toBe(1);
    expect(speedAt(0)).toBe(0.5);
  });

  it('comes back to the position of a speed', () => {
    for (const position of [0, 0.1, 0.5, 0.9]) expect(positionOf(speedAt(position))).toBeCloseTo(position, 2);
  });
});

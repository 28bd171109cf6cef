import { describe, expect, it } from 'vitest';
import { moveText, neighbour, placeOf, playAddresses, sampleAt, seedsIn, stateIn } from '../src/lib/play';

const ID = '0123456789ab';

describe('the state of play', () => {
  it('has usual values for an empty or damaged address', () => {
    const usual = stateIn({});
    expect(usual).toMatchObject({ seed: 0, index: 0, label: '', truncation: null, step: null, x: 0.5, frames: 16 });
    const damaged = stateIn({ seed: '-1', sample: '64', truncation: '-2', x: 'a', corners: '1,2', film: '7', frames: '0', move: 'x' });
    expect(damaged).toMatchObject({ seed: 0, index: 0, truncation: null, x: 0.5, corners: [0, 1, 2, 3], filmSeeds: [0, 1, 2], frames: 1, move: [0] });
    expect(stateIn({ x: '7', move: '1e9' })).toMatchObject({ x: 1, move: [20] });
  });

  it('determines every address, so that a link shows the same picture', () => {
    const addresses = playAddresses(ID, stateIn({ seed: '7', at: '600', class: 'a & b', move: '0.5,-1', sample: '3', truncation: '0.7' }));
    expect(addresses.grid).toBe(`api/runs/${ID}/sample?step=600&seed=7&n=64&columns=8&labels=a+%26+b&truncation=0.7&format=png`);
    expect(addresses.sample).toContain('index=3&label=a+%26+b&truncation=0.7&move=0.5%2C-1&scale=8');
    expect(addresses.nearest).toMatch(/^runs\//);
  });

  it('mixes classes between corners only if all four are chosen', () => {
    expect(playAddresses(ID, stateIn({ cornerClasses: '1,2,,4' })).between).not.toContain('labels');
    expect(playAddresses(ID, stateIn({ cornerClasses: '1,2,3,4' })).between).toContain('labels=1&labels=2&labels=3&labels=4');
  });

  it('writes sliders without zeros at the end', () => {
    expect([moveText([0, 0]), moveText([0.5, 0, -1.004, 0]), moveText([])]).toEqual(['', '0.5,0,-1', '']);
  });

  it('takes seeds from lists with commas of both languages', () => {
    expect(seedsIn('1, 2，3 x -4 99999999999999999')).toEqual([1, 2, 3]);
  });
});

describe('the grid', () => {
  it('finds the sample at a place and the place of a sample', () => {
    for (const index of [0, 7, 8, 35, 63]) {
      const [left, top, width, height] = placeOf(index, [28, 20]);
      expect(sampleAt(left + width / 2, top + height / 2)).toBe(index);
    }
    expect([sampleAt(-1, -1), sampleAt(2, 2)]).toEqual([0, 63]);
  });

  it('is left by no arrow key', () => {
    expect(['ArrowLeft', 'ArrowUp', 'Enter'].map((key) => neighbour(0, key))).toEqual([0, 0, 0]);
    expect(['ArrowRight', 'ArrowDown'].map((key) => neighbour(63, key))).toEqual([63, 63]);
    expect([neighbour(9, 'ArrowUp'), neighbour(9, 'ArrowDown')]).toEqual([1, 17]);
  });
});

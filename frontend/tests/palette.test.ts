import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrast, dash, lineColour, LINES, type Theme } from '../src/lib/palette';

const css = readFileSync(new URL('../src/styles/tokens.css', import.meta.url), 'utf8');
function token(name: string, theme: Theme): string {
  const block = theme === 'light' ? css.split('}')[0]! : css.slice(css.indexOf("[data-theme='dark']")).split('}')[0]!;
  return new RegExp(`--${name}: (#[0-9a-f]{6})`).exec(block)![1]!;
}

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  const grounds = ['ground', 'surface', 'raised'].map((name) => token(name, theme));

  it('lines have a contrast of at least 3 with every ground', () => {
    for (const colour of LINES[theme]) for (const ground of grounds) expect(contrast(colour, ground), `${colour} on ${ground}`).toBeGreaterThanOrEqual(3);
  });

  it('text has a contrast of at least 4.5 with every ground', () => {
    for (const name of ['text', 'muted', 'accent', 'good', 'warn', 'bad']) {
      for (const ground of grounds) expect(contrast(token(name, theme), ground), name).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrast(token('accent-text', theme), token('accent', theme))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(token('bad', theme), token('bad-soft', theme))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(token('muted', theme), token('accent-soft', theme))).toBeGreaterThanOrEqual(4.5);
  });

  it('controls and the focus have a contrast of at least 3', () => {
    for (const name of ['control', 'focus']) for (const ground of grounds) expect(contrast(token(name, theme), ground), name).toBeGreaterThanOrEqual(3);
  });
});

it('32 lines differ in colour or dashes', () => {
  const looks = Array.from({ length: 32 }, (_, index) => lineColour(index, 'light') + dash(index).join());
  expect(new Set(looks).size).toBe(32);
});

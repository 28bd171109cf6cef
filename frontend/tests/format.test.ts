import { describe, expect, it } from 'vitest';
import { duration, mebibytes, moment, number, percent, quoted, setting, shapeText, whole, withError } from '../src/lib/format';

describe('numbers', () => {
  it('have four significant digits, and an exponent beyond nine powers of ten', () => {
    expect([0.0697509, 123456, 0.00001234, 3.2e12, 0, -0.5, null, NaN, Infinity, -Infinity].map((one) => number(one, 'en'))).toEqual([
      '0.06975', '123,500', '1.23e−5', '3.20e+12', '0', '−0.5', '–', '–', '∞', '−∞',
    ]);
  });

  it('are grouped by thousands in both languages', () => {
    expect(whole(1234567, 'en')).toBe('1,234,567');
    expect(whole(1234567, 'zh')).toBe('1,234,567');
    expect(percent(0.1234, 'en', 1)).toBe('12.3%');
  });

  it('carry their standard error with two digits, if there is one', () => {
    expect(withError(0.06975, 0.018747, 'en')).toBe('0.06975 ± 0.019');
    expect(withError(8, null, 'en')).toBe('8');
  });
});

describe('durations', () => {
  it('use their two largest units', () => {
    expect([0, 59.4, 60, 185, 3600, 3725, 90000, null, Infinity].map((one) => duration(one, 'en'))).toEqual([
      '0 s', '59 s', '1 min', '3 min 5 s', '1 h', '1 h 2 min', '1 d 1 h', '–', '–',
    ]);
    expect(duration(185, 'zh')).toBe('3 分 5 秒');
  });

  it('never show sixty of a unit', () => {
    for (let seconds = 0; seconds < 100_000; seconds += 7.3) expect(duration(seconds, 'en')).not.toMatch(/\b60 (s|min)|\b24 h/);
  });
});

describe('moments', () => {
  it('leave out the date of today', () => {
    const now = new Date(2026, 4, 28, 20, 0).getTime();
    expect(moment(now / 1000 - 60, 'en', now)).toBe('19:59');
    expect(moment(now / 1000 - 86_400 * 2, 'en', now)).toContain('2026');
    expect(moment(null, 'en')).toBe('–');
  });
});

describe('settings', () => {
  it('are written as on the command line', () => {
    expect([null, true, 'adam', 0.002, [64, 64], ['a'], { a: 1 }].map(setting)).toEqual([
      'none', 'true', 'adam', '0.002', '[64, 64]', '[a]', '{"a":1}',
    ]);
  });

  it('are quoted so that a shell takes them as one word', () => {
    expect(['optim.lr=0.1', 'a b', "it's", '$(rm)', 'generator.hidden=[1, 2]', ''].map(quoted)).toEqual([
      'optim.lr=0.1', "'a b'", `'it'"'"'s'`, "'$(rm)'", "'generator.hidden=[1, 2]'", "''",
    ]);
  });

  it('state memory in MiB, and in GiB from 1,024', () => {
    expect([412.3, 1536, null].map((one) => mebibytes(one, 'en'))).toEqual(['412 MiB', '1.5 GiB', '–']);
  });
});

it('shapes are products, or the text that the server sent', () => {
  expect([[16, 14, 14], [5], [], null, undefined, '2 × 3'].map(shapeText)).toEqual(['16 × 14 × 14', '5', '', '', '', '2 × 3']);
});

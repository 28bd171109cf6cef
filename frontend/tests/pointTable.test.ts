import { describe, expect, it } from 'vitest';
import { pointsIn, TableError } from '../src/lib/pointTable';

const POINTS = [[1, 2], [3, -4.5], [0.005, 6]];

describe('a table of points', () => {
  it.each([
    ['with a header', 'x,y\n1,2\n3,-4.5\n5e-3,6\n'],
    ['without a header', '1,2\n3,-4.5\n.005,6'],
    ['with semicolons and Windows line ends', 'x;y\r\n1;2\r\n3;-4.5\r\n5E-3;6\r\n'],
    ['with tabs', '1\t2\n3\t-4.5\n0.005\t6'],
    ['with a byte order mark, quotes and empty lines', '\uFEFF\n"x", "y"\n"1","2"\n\n 3 , -4.5\n+0.005,6.\n\n'],
    ['with other columns, whatever is in them', 'name,Y,X\nJo,2,1\n,-4.5,3\n<b>,6,0.005'],
    ['with two columns of other names', 'length,width\n1,2\n3,-4.5\n0.005,6'],
  ])('is read %s', (_, text) => {
    expect(pointsIn(text)).toEqual(POINTS);
  });

  it.each([
    ['', { kind: 'empty' }],
    ['\n \n', { kind: 'empty' }],
    ['1,2,3\n4,5,6', { kind: 'columns', count: 3 }],
    ['hello', { kind: 'columns', count: 1 }],
    ['x,y\n1,2\n3,4', { kind: 'few', count: 2 }],
    ['x,y\n', { kind: 'few', count: 0 }],
    ['1,2\n'.repeat(20_001), { kind: 'many', count: 20_001 }],
    ['x,y\n1,2\n\n3,4,5\n', { kind: 'fields', line: 4, count: 3, expected: 2 }],
    ['x,y\n1,2\n3\n', { kind: 'fields', line: 3, count: 1, expected: 2 }],
    ['x,y\n1,2\n3,four', { kind: 'number', line: 3, column: 2, text: 'four' }],
    ['x,y\n1,nan\n', { kind: 'number', line: 2, column: 2, text: 'nan' }],
    ['x,y\n1,0x10\n', { kind: 'number', line: 2, column: 2, text: '0x10' }],
    ['x,y\n1,\n', { kind: 'number', line: 2, column: 2, text: '' }],
    ['x,y\n1,1e7\n', { kind: 'range', line: 2, column: 2, text: '1e7' }],
    ['x,y\n1e999,1\n', { kind: 'range', line: 2, column: 1, text: '1e999' }],
    [`x,y\n1,${'a'.repeat(99)}`, { kind: 'number', line: 2, column: 2, text: `${'a'.repeat(20)}…` }],
  ])('%j is refused with the place of the first fault', (text, fault) => {
    let found: unknown;
    try {
      pointsIn(text);
    } catch (error) {
      found = error;
    }
    expect(found).toBeInstanceOf(TableError);
    expect((found as TableError).fault).toEqual(fault);
  });
});

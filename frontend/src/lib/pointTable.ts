/** Tables of points: the text of a CSV file as points, or the first fault with its line. */

import { FEWEST, LARGEST, MOST } from './draw';
import type { Point } from './plane';

export const MOST_BYTES = 10_000_000;
const LONGEST_SHOWN = 20; // characters of a field in a message
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What is wrong with a table; lines and columns are counted from 1. */
export type TableFault =
  | { kind: 'empty' | 'bytes' | 'unread' }
  | { kind: 'columns' | 'few' | 'many'; count: number }
  | { kind: 'fields'; line: number; count: number; expected: number }
  | { kind: 'number' | 'range'; line: number; column: number; text: string };

export class TableError extends Error {
  constructor(readonly fault: TableFault) {
    super(fault.kind);
  }
}

/**
 * Return the points in the text of a table. Columns are separated by commas, semicolons or tabs; a first line that is not numbers
 * names them. Those named x and y are read, or else the only two. Raises `TableError` for the first fault.
 */
export function pointsIn(text: string): Point[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const first = lines.findIndex((line) => line.trim() !== '');
  if (first < 0) throw new TableError({ kind: 'empty' });
  const delimiter = delimiterOf(lines[first]!);
  const names = fieldsOf(lines[first]!, delimiter);
  const named = names.every((name) => !NUMBER.test(name));
  const columns = columnsOf(named ? names : [], names.length);
  const points: Point[] = [];
  for (let row = named ? first + 1 : first; row < lines.length; row += 1) {
    if (lines[row]!.trim() === '') continue;
    const fields = fieldsOf(lines[row]!, delimiter);
    const line = row + 1;
    if (fields.length !== names.length) {
      throw new TableError({ kind: 'fields', line, count: fields.length, expected: names.length });
    }
    points.push([coordinate(fields, columns[0], line), coordinate(fields, columns[1], line)]);
  }
  if (points.length < FEWEST) throw new TableError({ kind: 'few', count: points.length });
  if (points.length > MOST) throw new TableError({ kind: 'many', count: points.length });
  return points;
}

function delimiterOf(line: string): string {
  const count = (delimiter: string) => line.split(delimiter).length;
  return [',', ';', '\t'].reduce((most, one) => (count(one) > count(most) ? one : most));
}

function fieldsOf(line: string, delimiter: string): string[] {
  return line.split(delimiter).map((field) => field.trim().replace(/^"(.*)"$/, '$1').trim());
}

function columnsOf(names: readonly string[], count: number): [number, number] {
  const lower = names.map((name) => name.toLowerCase());
  const [x, y] = [lower.indexOf('x'), lower.indexOf('y')];
  if (x >= 0 && y >= 0) return [x, y];
  if (count !== 2) throw new TableError({ kind: 'columns', count });
  return [0, 1];
}

function coordinate(fields: readonly string[], column: number, line: number): number {
  const field = fields[column]!;
  const value = NUMBER.test(field) ? Number(field) : NaN;
  if (Math.abs(value) <= LARGEST) return value;
  const text = field.length > LONGEST_SHOWN ? `${field.slice(0, LONGEST_SHOWN)}…` : field;
  throw new TableError({ kind: Number.isNaN(value) ? 'number' : 'range', line, column: column + 1, text });
}

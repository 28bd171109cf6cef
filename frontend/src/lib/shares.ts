/** Shares of classes, modes or clusters. */

/** Return for each column the sum of itself and all columns before it. */
export function stackedShares(columns: readonly (readonly number[])[]): number[][] {
  const sums: number[][] = [];
  columns.forEach((column, index) => {
    const before = sums[index - 1];
    sums.push(column.map((value, row) => value + (before?.[row] ?? 0)));
  });
  return sums;
}

/** Names of scores, as in "frechet/mnist-a4c2b1da": what is measured, and with which features or reference. */

export function scoreName(name: string): string {
  return name.split('/', 1)[0]!;
}

export function scoreReference(name: string): string {
  return name.slice(scoreName(name).length + 1);
}

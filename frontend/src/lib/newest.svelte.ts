/** Answers to addresses that change often, such as those that a slider produces. */

import { untrack } from 'svelte';
import { ApiError } from './api';

const BUSY = 503;
const PATIENCE = 1000; // milliseconds before a busy server is asked again

/** The answer to the newest address. One address is loaded at a time; of those that come meanwhile, only the last. */
export class Newest<T> {
  shown = $state.raw<{ address: string; value: T } | null>(null);
  failure = $state.raw<unknown>(null);
  loading = $state(false);
  #wanted = '';

  constructor(
    private readonly load: (address: string) => Promise<T>,
    private readonly patience = PATIENCE,
  ) {}

  /** Load an address; an empty one loads nothing. */
  want(address: string): void {
    this.#wanted = address;
    this.failure = null;
    untrack(() => void this.#run()); // an effect that calls this must not depend on what it changes
  }

  async #run(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    while (this.#wanted !== '' && this.#wanted !== this.shown?.address) {
      const address = this.#wanted;
      try {
        this.shown = { address, value: await this.load(address) };
      } catch (error) {
        if (error instanceof ApiError && error.status === BUSY) {
          await new Promise((resolve) => setTimeout(resolve, this.patience));
        } else if (address === this.#wanted) {
          this.failure = error;
          break;
        }
      }
    }
    this.loading = false;
  }
}

/** Return the answer to an address that changes, until the component that calls this ends. */
export function newest<T>(address: () => string, load: (address: string) => Promise<T>): Newest<T> {
  const found = new Newest(load);
  const current = $derived(address());
  $effect(() => found.want(current));
  $effect(() => () => found.want(''));
  return found;
}

/** Whether the server answers, what it allows, and news streams that heal by themselves. */

import { ApiError, get, onUnanswered, send, UNREACHABLE } from './api';
import { tokenIn } from './address';
import { preferences } from './preferences.svelte';
import { errorText } from './serverErrors';
import { openStream, type StreamOptions } from './stream';
import type { Session } from './types';

class Connection {
  session = $state.raw<Session | null>(null);
  lost = $state(false);
  tokenWanted = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    onUnanswered(() => this.#lose());
  }

  get readOnly(): boolean {
    return this.session?.read_only ?? true;
  }

  /** Send a token that the address holds, as `#token=…`, and remove it from the address and the history. */
  async enter(): Promise<void> {
    const token = tokenIn(location.hash);
    if (token !== null) {
      history.replaceState(null, '', '#/');
      await this.sendToken(token).catch(() => this.start()); // a wrong token is asked for again
    } else await this.start();
  }

  /** Ask what the server allows, until it answers. */
  async start(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      this.session = await get<Session>('session');
      this.lost = false;
      this.tokenWanted = this.session.token_needed;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) this.tokenWanted = true;
      else this.#lose();
    }
  }

  /** Show that the server does not answer, and ask again later. */
  #lose(): void {
    this.lost = true;
    this.#timer ??= setTimeout(() => void this.start(), 2000);
  }

  async sendToken(token: string): Promise<void> {
    await send('POST', 'token', { token });
    await this.start();
  }

  /** Open a stream that also shows in `lost` whether the server answers. */
  stream(url: string, options: StreamOptions): () => void {
    return openStream(url, {
      ...options,
      opened: (again) => {
        if (this.lost || !this.session) void this.start(); // another server may have other rights
        this.lost = false;
        options.opened?.(again);
      },
      lost: () => {
        this.lost = true;
        options.lost?.();
      },
    });
  }

  /** Return the sentence to show for an error, given the text for a request that got no answer. */
  told(error: unknown, unreachable: string, failed: string): string {
    if (!(error instanceof ApiError)) return failed;
    return error.status === UNREACHABLE ? unreachable : errorText(error.message, error.code, preferences.words);
  }
}

export const connection = new Connection();

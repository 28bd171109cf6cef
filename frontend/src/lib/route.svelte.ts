/** The current address as reactive state. */

import { parseAddress, toHash, type Address, type Query } from './address';

class Route {
  #address = $state<Address>(parseAddress(location.hash));
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    addEventListener('hashchange', () => {
      clearTimeout(this.#timer);
      this.#address = parseAddress(location.hash);
    });
  }

  get view() {
    return this.#address.view;
  }

  get id() {
    return this.#address.id;
  }

  get query(): Query {
    return this.#address.query;
  }

  /** Change parts of the state of the current view, without a new entry in the browser's history. */
  refine(changes: Query): void {
    this.#address = { ...this.#address, query: { ...this.#address.query, ...changes } };
    // Browsers refuse more than some hundred changes of the address in half a minute.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => history.replaceState(history.state, '', toHash(this.#address)), 250);
  }

  /** Show another view, with an entry in the browser's history. */
  go(hash: string): void {
    clearTimeout(this.#timer);
    history.replaceState(history.state, '', toHash(this.#address));
    location.hash = hash;
  }
}

export const route = new Route();

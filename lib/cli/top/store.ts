import { type Action, type State, update } from './state.js';

/** The one state, and those who want to know when it changes. */
export class Store {
  #state: State;
  readonly #listeners = new Set<() => void>();

  constructor(state: State) {
    this.#state = state;
  }

  readonly get = (): State => this.#state;

  readonly dispatch = (action: Action): void => {
    this.#state = update(this.#state, action);
    for (const listener of [...this.#listeners]) listener();
  };

  /** Calls back after every change, until the answer is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

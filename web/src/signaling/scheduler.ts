/** Time, as the engine sees it: injected, so that tests and simulations run on a clock of their own. */
export interface Scheduler {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  setTimeout(task: () => void, delay: number): unknown;
  clearTimeout(id: unknown): void;
}

export const browserScheduler: Scheduler = {
  now: () => Date.now(),
  setTimeout: (task, delay) => globalThis.setTimeout(task, delay),
  clearTimeout: (id) => globalThis.clearTimeout(id as number),
};

/** One timer that is set anew each time: what each deadline in the engine needs. */
export class Timer {
  readonly #scheduler: Scheduler;
  #id: unknown;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get running(): boolean {
    return this.#id !== undefined;
  }

  /** Runs `task` after `delay` ms, instead of what was set before. */
  set(delay: number, task: () => void): void {
    this.clear();
    this.#id = this.#scheduler.setTimeout(() => {
      this.#id = undefined;
      task();
    }, delay);
  }

  clear(): void {
    if (this.#id !== undefined) this.#scheduler.clearTimeout(this.#id);
    this.#id = undefined;
  }
}

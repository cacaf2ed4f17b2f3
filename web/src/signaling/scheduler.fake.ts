import type { Scheduler } from "./scheduler";

interface Task {
  at: number;
  order: number;
  run: () => void;
}

/** A clock for tests: stands still until it is told to go on. */
export class FakeScheduler implements Scheduler {
  #now: number;
  #order = 0;
  readonly #tasks = new Map<number, Task>();

  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  /** Timers that have been set and neither cleared nor run. */
  get pending(): number {
    return this.#tasks.size;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(task: () => void, delay: number): unknown {
    this.#order += 1;
    this.#tasks.set(this.#order, { at: this.#now + Math.max(0, delay), order: this.#order, run: task });
    return this.#order;
  }

  clearTimeout(id: unknown): void {
    this.#tasks.delete(id as number);
  }

  /** Runs what is due within the next `duration` ms, in order, without waiting for promises. */
  advance(duration: number): void {
    const end = this.#now + duration;
    for (let next = this.#next(end); next; next = this.#next(end)) this.#run(next);
    this.#now = end;
  }

  /** As {@link advance}, and lets promises settle after each timer and at both ends. */
  async elapse(duration: number): Promise<void> {
    const end = this.#now + duration;
    await settled();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#run(next);
      await settled();
    }
    this.#now = end;
  }

  #next(end: number): Task | undefined {
    let first: Task | undefined;
    for (const task of this.#tasks.values()) {
      if (
        task.at <= end &&
        (!first || task.at < first.at || (task.at === first.at && task.order < first.order))
      )
        first = task;
    }
    return first;
  }

  #run(task: Task): void {
    this.#tasks.delete(task.order);
    this.#now = Math.max(this.#now, task.at);
    task.run();
  }
}

interface Held {
  task: () => void;
  /** ms until it is due, counted from {@link from}. */
  left: number;
  from: number;
  /** In the world's clock; undefined while the machine sleeps. */
  id: unknown;
}

/** The clock of one machine among several: the time of day is the world's, its timers stand still while it sleeps. */
export class FakeMachineClock implements Scheduler {
  readonly #world: FakeScheduler;
  readonly #held = new Map<number, Held>();
  #order = 0;
  #asleep = false;

  constructor(world: FakeScheduler) {
    this.#world = world;
  }

  now(): number {
    return this.#world.now();
  }

  setTimeout(task: () => void, delay: number): unknown {
    this.#order += 1;
    const held = { task, left: delay, from: this.now(), id: undefined };
    this.#held.set(this.#order, held);
    if (!this.#asleep) this.#run(this.#order, held);
    return this.#order;
  }

  clearTimeout(id: unknown): void {
    const held = this.#held.get(id as number);
    if (!held) return;
    this.#world.clearTimeout(held.id);
    this.#held.delete(id as number);
  }

  sleep(): void {
    this.#asleep = true;
    for (const held of this.#held.values()) {
      this.#world.clearTimeout(held.id);
      held.left -= this.now() - held.from;
      held.id = undefined;
    }
  }

  /** Timers go on where they stood. */
  wake(): void {
    this.#asleep = false;
    for (const [key, held] of this.#held) this.#run(key, held);
  }

  #run(key: number, held: Held): void {
    held.from = this.now();
    held.id = this.#world.setTimeout(() => {
      this.#held.delete(key);
      held.task();
    }, held.left);
  }
}

/** Resolves when every promise that can settle without a timer has done so. */
export function settled(): Promise<void> {
  // A macrotask: it comes after all the microtasks, however long their chain.
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

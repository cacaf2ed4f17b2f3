import { type Scheduler, Timer } from "../signaling/scheduler";

/** ms of the first batch: longer than host candidates take, shorter than anybody notices. */
const FIRST_BATCH = 10;
/** ms of the longest batch: later candidates come slowly (STUN, TURN) and each batch costs a frame. */
const LONGEST_BATCH = 160;

/** Says when what has gathered shall be sent: soon at first, then at doubling distances. */
export class Batching {
  readonly #timer: Timer;
  readonly #flush: () => void;
  #delay = FIRST_BATCH;

  constructor(scheduler: Scheduler, flush: () => void) {
    this.#timer = new Timer(scheduler);
    this.#flush = flush;
  }

  /** A new description is due: its batch is a first one. */
  begin(): void {
    this.#timer.clear();
    this.#delay = FIRST_BATCH;
    this.more();
  }

  /** Something waits to be sent. */
  more(): void {
    if (this.#timer.running) return;
    this.#timer.set(this.#delay, this.#flush);
    this.#delay = Math.min(this.#delay * 2, LONGEST_BATCH);
  }

  /** Nothing more will come: sends what waits now. */
  end(): void {
    if (!this.#timer.running) return;
    this.#timer.clear();
    this.#flush();
  }

  stop(): void {
    this.#timer.clear();
  }
}

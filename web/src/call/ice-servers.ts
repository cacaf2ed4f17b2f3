import { type Scheduler, Timer } from "../signaling/scheduler";

/** The answer of `GET /ice-servers`. */
export interface IceServersAnswer {
  iceServers: RTCIceServer[];
  /** Seconds for which it may be used. */
  ttl: number;
}

/** ms to wait for an answer before the servers at hand have to do. */
const LIMIT = 4_000;
/** ms within which servers count as fresh: several links restart at the same time. */
const FRESH = 5_000;

/** Keeps the ICE servers for as long as they are good, so that a call does not wait for them. */
export class IceServers {
  readonly #fetch: (signal: AbortSignal) => Promise<IceServersAnswer>;
  readonly #scheduler: Scheduler;
  #answer: IceServersAnswer | null = null;
  #answeredAt = 0;
  #asking: Promise<RTCIceServer[]> | null = null;
  #request: AbortController | null = null;

  constructor(fetch: (signal: AbortSignal) => Promise<IceServersAnswer>, scheduler: Scheduler) {
    this.#fetch = fetch;
    this.#scheduler = scheduler;
  }

  /** Those at hand, or new ones when they are old or `fresh` is asked for. Rejects when there are none in time. */
  get(fresh: boolean): Promise<RTCIceServer[]> {
    const age = this.#scheduler.now() - this.#answeredAt;
    // Half the time: credentials have to last through the connecting, too.
    if (this.#answer && age < (fresh ? FRESH : this.#answer.ttl * 500))
      return Promise.resolve(this.#answer.iceServers);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    const old = this.#answer;
    if (fresh || !old || age >= old.ttl * 1_000) return this.#asking;
    // Old, but still good: better than none. Whoever comes next asks again.
    return this.#asking.catch(() => old.iceServers);
  }

  #ask(): Promise<RTCIceServer[]> {
    // One that came to nothing may sit on a dead connection, of which a browser has few: aborting it closes that.
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    return new Promise((resolve, reject) => {
      const limit = new Timer(this.#scheduler);
      limit.set(LIMIT, () => reject(new Error("The ICE servers were not told in time.")));
      this.#fetch(request.signal).then(
        (answer) => {
          limit.clear();
          this.#answer = answer;
          this.#answeredAt = this.#scheduler.now();
          resolve(answer.iceServers);
        },
        (error: unknown) => {
          limit.clear();
          reject(error);
        },
      );
    });
  }
}

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
/**
 * ms after which a question without an answer is asked anew. Not sooner, since a browser opens six connections to a server (HTTP/1.1), and one
 * that is being made goes on, at ever longer intervals, when its request is aborted: when the line is back some have to be left.
 */
const STUCK = 15_000;

interface Waiting {
  resolve(servers: RTCIceServer[]): void;
  reject(error: unknown): void;
}

/** Keeps the ICE servers for as long as they are good, so that a call does not wait for them. */
export class IceServers {
  readonly #fetch: (signal: AbortSignal) => Promise<IceServersAnswer>;
  readonly #scheduler: Scheduler;
  readonly #waiting = new Set<Waiting>();
  #answer: IceServersAnswer | null = null;
  #answeredAt = 0;
  #request: AbortController | null = null;
  #askedAt = 0;

  constructor(fetch: (signal: AbortSignal) => Promise<IceServersAnswer>, scheduler: Scheduler) {
    this.#fetch = fetch;
    this.#scheduler = scheduler;
  }

  /** Those at hand, or new ones when they are old or `fresh` is asked for. Rejects when there are none in time. */
  get(fresh: boolean): Promise<RTCIceServer[]> {
    const now = this.#scheduler.now();
    const age = now - this.#answeredAt;
    // Half the time: credentials have to last through the connecting, too.
    if (this.#answer && age < (fresh ? FRESH : this.#answer.ttl * 500))
      return Promise.resolve(this.#answer.iceServers);
    if (!this.#request || now - this.#askedAt >= STUCK) this.#ask();
    const asking = this.#wait();
    const old = this.#answer;
    if (fresh || !old || age >= old.ttl * 1_000) return asking;
    // Old, but still good: better than none. Whoever comes next asks again.
    return asking.catch(() => old.iceServers);
  }

  /** There is a new way to the server: a question that waits may be stuck on the old one. */
  retry(): void {
    if (this.#request) this.#ask();
  }

  #ask(): void {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    this.#askedAt = this.#scheduler.now();
    this.#fetch(request.signal).then(
      (answer) => {
        if (!this.#isOver(request)) return;
        this.#answer = answer;
        this.#answeredAt = this.#scheduler.now();
        for (const each of [...this.#waiting]) each.resolve(answer.iceServers);
      },
      (error: unknown) => {
        if (!this.#isOver(request)) return;
        for (const each of [...this.#waiting]) each.reject(error);
      },
    );
  }

  /** Notes that the request has had its outcome; false when another one has taken its place. */
  #isOver(request: AbortController): boolean {
    if (this.#request !== request) return false;
    this.#request = null;
    return true;
  }

  #wait(): Promise<RTCIceServer[]> {
    return new Promise((resolve, reject) => {
      const limit = new Timer(this.#scheduler);
      const done = () => {
        limit.clear();
        this.#waiting.delete(waiting);
      };
      const waiting: Waiting = {
        resolve(servers) {
          done();
          resolve(servers);
        },
        reject(error) {
          done();
          reject(error);
        },
      };
      this.#waiting.add(waiting);
      limit.set(LIMIT, () => waiting.reject(new Error("The ICE servers were not told in time.")));
    });
  }
}

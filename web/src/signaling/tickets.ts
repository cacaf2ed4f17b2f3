import type { ServerWelcome } from "../protocol/frames";
import { type Scheduler, Timer } from "./scheduler";

export interface TicketsDeps {
  /** A fresh ticket (`POST /tickets`). Aborted when it is not waited for any more. */
  getTicket: (signal: AbortSignal) => Promise<string>;
  scheduler: Scheduler;
  report: (problem: string) => void;
}

/** What becomes of {@link Tickets.ask}; neither is called after {@link Tickets.drop}. */
export interface TicketAnswer {
  granted(ticket: string): void;
  failed(problem: string, error?: unknown): void;
}

/** ms for getting a ticket. */
const LIMIT = 15_000;
/**
 * ms for it when connections seem to have died: the browser may have given the request to one of those that it keeps (HTTP/1.1), where it
 * would wait for minutes. Aborting it closes that connection; another request gets another one.
 */
const DOUBTFUL_LIMIT = 2_500;
/**
 * How many requests that may befall. A connection that is still being made goes on when its request is aborted, at ever longer intervals,
 * and of six that a browser opens to a server some have to be left for what is asked when the line is back.
 */
const MOST_DOUBTFUL = 3;
/** ms before the end of a resume ticket when it is not used any more: a socket that is to be replaced at once is no use. */
const RESUME_MARGIN = 60_000;

/**
 * What lets the next socket in: the resume ticket of the last welcome, which needs no request, or else a ticket that is asked for. A
 * WebSocket gets a connection of its own, while a request may be stuck in those that the browser made before the line broke.
 */
export class Tickets {
  readonly #deps: TicketsDeps;
  readonly #limit: Timer;
  #resume: { ticket: string; until: number } | null = null;
  /** A socket was closed to the resume ticket: it may have been used up, or there is no network. The other way is tried first. */
  #refused = false;
  #asking: AbortController | null = null;
  /** How many requests may still meet a dead connection. */
  #doubtful = 0;

  constructor(deps: TicketsDeps) {
    this.#deps = deps;
    this.#limit = new Timer(deps.scheduler);
  }

  /** The resume ticket, if it is worth a try; `serverNow`: the server's clock. It stays until a welcome brings another one. */
  resume(serverNow: number): string | null {
    const { ticket, until } = this.#resume ?? { ticket: null, until: 0 };
    return this.#refused || serverNow >= until - RESUME_MARGIN ? null : ticket;
  }

  /** A socket is there. */
  welcomed({ resume, expiresAt }: ServerWelcome): void {
    this.#resume = resume === undefined ? null : { ticket: resume, until: expiresAt };
    this.#refused = false;
    this.#doubtful = 0;
  }

  /** A socket with that ticket has been closed before it was welcomed. */
  closedTo(ticket: string): void {
    this.#refused = ticket === this.#resume?.ticket;
  }

  /** From now on nothing is resumed: another socket needs a fresh ticket. */
  forget(): void {
    this.#resume = null;
  }

  /** The connections that the browser keeps have most likely died. */
  doubt(): void {
    this.#doubtful = MOST_DOUBTFUL;
  }

  /** A ticket is on its way. */
  get asking(): boolean {
    return this.#asking !== null;
  }

  /** Asks for a ticket. One question at a time. */
  ask(answer: TicketAnswer): void {
    const request = new AbortController();
    this.#asking = request;
    const settle = (settled: () => void) => {
      if (this.#asking !== request) return;
      this.#asking = null;
      this.#limit.clear();
      settled();
    };
    const fail = (problem: string, error?: unknown) => {
      this.#refused = false;
      answer.failed(problem, error);
    };
    this.#limit.set(this.#doubtful > 0 ? DOUBTFUL_LIMIT : LIMIT, () => {
      this.drop();
      if (this.#doubtful > 0) {
        this.#doubtful -= 1;
        this.#deps.report("The ticket has not come in time; perhaps over another connection.");
        this.ask(answer);
      } else {
        fail("The ticket has not come in time.");
      }
    });
    this.#deps.getTicket(request.signal).then(
      (ticket) => settle(() => answer.granted(ticket)),
      (error: unknown) => settle(() => fail("There is no ticket for a socket.", error)),
    );
  }

  /** A ticket that is on its way is not waited for any more. */
  drop(): void {
    this.#limit.clear();
    this.#asking?.abort();
    this.#asking = null;
  }
}

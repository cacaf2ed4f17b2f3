/**
 * The signaling client: keeps one socket to the server, replaces it when it dies or grows old, and carries typed frames.
 * What a lost socket means for a call is not its business.
 */
import {
  type ClientFrame,
  type ServerAction,
  type ServerFrame,
  type ServerFrameOf,
  type ServerWelcome,
  writeClientFrame,
} from "../protocol/frames";
import { Backoff } from "./backoff";
import type { Page } from "./page";
import { type Scheduler, Timer } from "./scheduler";
import { SignalingSocket, type WebSocketLike } from "./socket";
import { Tickets } from "./tickets";

/**
 * - `stopped`: not started, or stopped.
 * - `connecting`: no socket yet, one is being opened.
 * - `online`: the server answers.
 * - `waiting`: no socket; the next attempt comes later, or at once when the network comes back.
 */
export type SignalingStatus = "stopped" | "connecting" | "online" | "waiting";

export interface SignalingDeps {
  /** `ws://…` or `wss://…`, without a query. */
  wsUrl: string;
  deviceId: string;
  /** A fresh ticket (`POST /tickets`), where the last welcome's does not do. Aborted when it is not waited for any more. */
  getTicket: (signal: AbortSignal) => Promise<string>;
  /** `(url) => new WebSocket(url)` in a browser. */
  createWebSocket: (url: string) => WebSocketLike;
  scheduler: Scheduler;
  page: Omit<Page, "onGone">;
  /** 0 (included) to 1 (excluded). */
  random: () => number;
  /** Told what went wrong and was mended or will be tried again; for the console. Never holds a ticket or a payload. */
  report?: (problem: string, error?: unknown) => void;
}

type Handler<A extends ServerAction> = (frame: ServerFrameOf<A>) => void;

const BACKOFF_BASE = 500;
/** ms: nobody can be called for so long after a line is back of which the page is not told. */
const BACKOFF_CEILING = 15_000;
/** ms that a replaced socket stays open for what was on its way to it. */
const DRAIN = 3_000;
/** ms before a socket's end by which its successor stands. */
const RENEWAL_MARGIN = 300_000;

export class SignalingClient {
  readonly #deps: SignalingDeps;
  readonly #backoff: Backoff;
  readonly #retry: Timer;
  readonly #renewal: Timer;
  readonly #tickets: Tickets;
  readonly #handlers = new Map<ServerAction, Set<(frame: ServerFrame) => void>>();
  readonly #listeners = new Set<() => void>();
  readonly #draining = new Map<SignalingSocket, Timer>();
  #stopWatching: (() => void)[] = [];
  #status: SignalingStatus = "stopped";
  #current: SignalingSocket | null = null;
  #next: SignalingSocket | null = null;
  /** When the last attempt to open a socket began. */
  #triedAt = 0;
  #clockOffset = 0;
  #welcome: ServerWelcome | null = null;

  constructor(deps: SignalingDeps) {
    this.#deps = deps;
    this.#backoff = new Backoff(BACKOFF_BASE, BACKOFF_CEILING, deps.random);
    this.#retry = new Timer(deps.scheduler);
    this.#renewal = new Timer(deps.scheduler);
    const { getTicket, scheduler, report = () => {} } = deps;
    this.#tickets = new Tickets({ getTicket, scheduler, report });
  }

  get status(): SignalingStatus {
    return this.#status;
  }

  /** The welcome of the socket in use; null while there is none. */
  get welcome(): ServerWelcome | null {
    return this.#current ? this.#welcome : null;
  }

  /** The server's clock, ms since the Unix epoch, as far as it is known. */
  serverNow(): number {
    return this.#deps.scheduler.now() + this.#clockOffset;
  }

  /** Tells of changes of {@link status}; returns how to stop. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    if (this.#status !== "stopped") return;
    const { page } = this.#deps;
    this.#stopWatching = [
      page.onNetwork(() => this.#wake()),
      page.onVisible(() => this.#wake()),
      page.onWoken(() => this.#startOver()),
    ];
    this.#open();
  }

  /** Closes everything; may be started again. */
  stop(): void {
    if (this.#status === "stopped") return;
    for (const stop of this.#stopWatching) stop();
    this.#stopWatching = [];
    for (const timer of [this.#retry, this.#renewal]) timer.clear();
    this.#giveUp();
    this.#tickets.forget();
    this.#current?.close();
    this.#current = null;
    for (const [socket, timer] of this.#draining) {
      timer.clear();
      socket.close();
    }
    this.#draining.clear();
    this.#backoff.reset();
    this.#setStatus("stopped");
  }

  /** Asks at once whether the socket in use is alive: if it does not say so soon, another one is opened. Where there is none: {@link hurry}. */
  check(): void {
    this.#current?.probe();
    this.hurry();
  }

  /** Somebody needs a socket, or the network is back: the next attempt is made now. One that is being made has its time. */
  hurry(): void {
    if (this.#retry.running) this.#open();
  }

  /** Hands the frame to the socket; false when there is none: nothing is kept for later, but another socket is opened at once. */
  send(frame: ClientFrame): boolean {
    if (this.#current) return this.#current.send(writeClientFrame(frame));
    this.hurry();
    return false;
  }

  /** Calls back for every frame of that action; returns how to stop. `welcome` comes once per socket. */
  on<A extends ServerAction>(action: A, handler: Handler<A>): () => void {
    const handlers = this.#handlers.get(action) ?? new Set();
    this.#handlers.set(action, handlers);
    // Kept apart by action: only frames of this action reach the handler.
    const entry = handler as (frame: ServerFrame) => void;
    handlers.add(entry);
    return () => handlers.delete(entry);
  }

  // -- sockets ----------------------------------------------------------------------------------------------------

  /** The network is another one, or the page is seen again. */
  #wake(): void {
    this.#backoff.reset();
    this.check();
  }

  /**
   * Most likely the socket has died while nobody could notice, and whatever was being opened. To find out takes longer than to open
   * another one; the one there is stays in use until then.
   */
  #startOver(): void {
    this.#giveUp();
    this.#tickets.doubt();
    this.#current?.ping();
    this.#backoff.reset();
    this.#open();
  }

  /** The socket has most likely died with its network, and the connections of the browser with it. It stays in use until another one is there. */
  #doubted(socket: SignalingSocket): void {
    if (socket !== this.#current) return;
    this.#tickets.doubt();
    this.#deps.report?.("The socket does not answer; another one is opened.");
    this.#backoff.reset();
    this.#open();
  }

  #open(): void {
    if (this.#tickets.asking || this.#next) return;
    this.#retry.clear();
    this.#triedAt = this.#deps.scheduler.now();
    if (!this.#current) this.#setStatus("connecting");
    const resume = this.#tickets.resume(this.serverNow());
    if (resume !== null) {
      this.#connect(resume);
      return;
    }
    this.#tickets.ask({
      granted: (ticket) => this.#connect(ticket),
      failed: (problem, error) => this.#later(problem, error),
    });
  }

  /** What is being opened is not waited for any more. */
  #giveUp(): void {
    this.#tickets.drop();
    this.#next?.close();
    this.#next = null;
  }

  #connect(ticket: string): void {
    const { wsUrl, deviceId, createWebSocket, scheduler, page, report } = this.#deps;
    const url = `${wsUrl}?Auth=${encodeURIComponent(ticket)}&Device=${encodeURIComponent(deviceId)}`;
    const socket: SignalingSocket = new SignalingSocket(createWebSocket(url), scheduler, page.isHidden, {
      welcome: (frame) => this.#welcomed(socket, frame),
      frame: (frame) => this.#dispatch(frame),
      unreadable: (code) => report?.(`A message of the server was put aside: ${code}.`),
      doubtful: () => this.#doubted(socket),
      closed: (why) => {
        if (why === "closed" && socket === this.#next) this.#tickets.closedTo(ticket);
        this.#closed(socket, why);
      },
    });
    this.#next = socket;
  }

  #welcomed(socket: SignalingSocket, frame: ServerWelcome): void {
    if (socket !== this.#next) return;
    const old = this.#current;
    this.#next = null;
    this.#current = socket;
    this.#welcome = frame;
    this.#clockOffset = frame.now - this.#deps.scheduler.now();
    this.#backoff.reset();
    this.#tickets.welcomed(frame);
    if (old) this.#drain(old);
    const life = Math.max(frame.expiresAt - frame.now, 60_000);
    const margin = Math.min(RENEWAL_MARGIN, life / 10) * (1 + this.#deps.random());
    this.#renewal.set(life - margin, () => {
      this.#tickets.forget();
      this.#open();
    });
    this.#setStatus("online");
    this.#dispatch(frame);
  }

  #closed(socket: SignalingSocket, why: "closed" | "silent"): void {
    const draining = this.#draining.get(socket);
    if (draining) {
      draining.clear();
      this.#draining.delete(socket);
    } else if (socket === this.#next) {
      this.#next = null;
      this.#later(`A socket could not be opened (${why}).`);
    } else if (socket === this.#current) {
      this.#current = null;
      this.#renewal.clear();
      this.#deps.report?.(`The socket was lost (${why}).`);
      const opening = this.#next !== null || this.#tickets.asking;
      if (why === "silent" && !opening && !this.#retry.running) this.#tickets.doubt();
      if (!opening) this.#wait(0);
      else this.#setStatus("connecting");
    }
  }

  #later(problem: string, error?: unknown): void {
    this.#deps.report?.(problem, error);
    // One that was never answered has been pause enough.
    this.#wait(this.#deps.scheduler.now() - this.#triedAt);
  }

  /** `passed`: ms of the pause that are over. */
  #wait(passed: number): void {
    this.#retry.set(Math.max(0, this.#backoff.next() - passed), () => this.#open());
    if (!this.#current) this.#setStatus("waiting");
  }

  /** Keeps the replaced socket a little, for frames that were on their way to it. */
  #drain(socket: SignalingSocket): void {
    const timer = new Timer(this.#deps.scheduler);
    this.#draining.set(socket, timer);
    timer.set(DRAIN, () => {
      this.#draining.delete(socket);
      socket.close();
    });
  }

  // -- frames -----------------------------------------------------------------------------------------------------

  #dispatch(frame: ServerFrame): void {
    for (const handler of [...(this.#handlers.get(frame.action) ?? [])]) handler(frame);
  }

  #setStatus(status: SignalingStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    for (const listener of [...this.#listeners]) listener();
  }
}

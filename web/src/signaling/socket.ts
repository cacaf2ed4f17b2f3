import { type ReadFrame, readServerFrame, type ServerFrame, type ServerWelcome } from "../protocol/frames";
import { type Scheduler, Timer } from "./scheduler";

/** The part of a browser's WebSocket that is used. */
export interface WebSocketLike {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  readonly readyState: number;
  send(text: string): void;
  close(): void;
}

export interface SocketEvents {
  welcome(frame: ServerWelcome): void;
  frame(frame: ServerFrame): void;
  /** A message that is put aside: of a newer server, or broken. */
  unreadable(code: Extract<ReadFrame, { code: string }>["code"]): void;
  /** A {@link SignalingSocket.probe} has not been answered yet: most likely the socket is dead. */
  doubtful(): void;
  /** Once, and not after {@link SignalingSocket.close}. */
  closed(why: "closed" | "silent"): void;
}

/** https://websockets.spec.whatwg.org/#dom-websocket-open */
const OPEN = 1;
/** ms for the handshake and the answer to `hello`. */
const OPENING_LIMIT = 10_000;
/** ms within which a ping is answered by a socket that is alive. */
const ANSWER_LIMIT = 10_000;
/** ms after which it is in doubt, when there was a reason to ask: more than a slow line takes, less than people wait. */
const DOUBT_LIMIT = 2_500;
/** ms between pings while somebody looks: a dead socket is noticed before the next call. */
const PING_VISIBLE = 25_000;
/** ms between pings otherwise: well under the server's idle limit of 10 minutes, and cheap. */
const PING_HIDDEN = 240_000;

/** One socket from its handshake to its end: says hello, pings, and notices when nobody answers. */
export class SignalingSocket {
  readonly #socket: WebSocketLike;
  readonly #events: SocketEvents;
  readonly #isHidden: () => boolean;
  readonly #deadline: Timer;
  readonly #doubt: Timer;
  readonly #nextPing: Timer;
  #pings = 0;
  #state: "opening" | "open" | "closed" = "opening";

  constructor(socket: WebSocketLike, scheduler: Scheduler, isHidden: () => boolean, events: SocketEvents) {
    this.#socket = socket;
    this.#events = events;
    this.#isHidden = isHidden;
    this.#deadline = new Timer(scheduler);
    this.#doubt = new Timer(scheduler);
    this.#nextPing = new Timer(scheduler);
    this.#deadline.set(OPENING_LIMIT, () => this.#end("silent"));
    socket.onopen = () => this.#write(JSON.stringify({ action: "hello", id: "hello" }));
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => this.#end("closed");
  }

  /** False when the socket has not been welcomed yet or is gone. */
  send(text: string): boolean {
    return this.#state === "open" && this.#write(text);
  }

  /** Asks at once whether the other end is there. */
  ping(): void {
    if (this.#state !== "open") return;
    this.#pings += 1;
    this.#nextPing.clear();
    if (!this.#deadline.running) this.#deadline.set(ANSWER_LIMIT, () => this.#end("silent"));
    this.#write(JSON.stringify({ action: "ping", id: `ping-${this.#pings}` }));
  }

  /** The same, where it has probably died: an answer that keeps waiting is told of before it is given up. */
  probe(): void {
    if (this.#state !== "open") return;
    if (!this.#doubt.running) this.#doubt.set(DOUBT_LIMIT, () => this.#events.doubtful());
    this.ping();
  }

  /** Closes without a further event. */
  close(): void {
    this.#release();
    this.#socket.close();
  }

  #receive(data: unknown): void {
    const read = readServerFrame(data);
    if ("code" in read) {
      this.#events.unreadable(read.code);
      return;
    }
    const { frame } = read;
    if (frame.action === "welcome") {
      this.#state = "open";
      this.#rest();
      this.#events.welcome(frame);
    } else if (frame.action === "pong") {
      this.#rest();
    } else {
      this.#events.frame(frame);
    }
  }

  /** Alive: until the next ping. */
  #rest(): void {
    this.#deadline.clear();
    this.#doubt.clear();
    this.#nextPing.set(this.#isHidden() ? PING_HIDDEN : PING_VISIBLE, () => this.ping());
  }

  #write(text: string): boolean {
    // The other end may have closed it, and the event of that be on its way: the browser would complain.
    if (this.#socket.readyState !== OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  #end(why: "closed" | "silent"): void {
    if (this.#state === "closed") return;
    this.close();
    this.#events.closed(why);
  }

  #release(): void {
    this.#state = "closed";
    this.#deadline.clear();
    this.#doubt.clear();
    this.#nextPing.clear();
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
  }
}

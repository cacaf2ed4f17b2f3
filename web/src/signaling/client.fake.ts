import type { ClientFrame, ServerFrame } from "../protocol/frames";
import { SignalingClient } from "./client";
import { FakeScheduler, settled } from "./scheduler.fake";
import type { WebSocketLike } from "./socket";

/** ms that a socket lasts. */
export const EXPIRES_IN = 7_200_000;

/** A browser's WebSocket whose other end is the test. */
class FakeWebSocket implements WebSocketLike {
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly sent: ClientFrame[] = [];
  readonly url: URL;
  readyState: number = WebSocket.CONNECTING;
  closed = false;

  constructor(url: string) {
    this.url = new URL(url);
  }

  send(text: string): void {
    if (this.readyState !== WebSocket.OPEN) throw new Error("The browser would complain.");
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.readyState = WebSocket.CLOSING;
    this.closed = true;
  }

  opens(): void {
    this.readyState = WebSocket.OPEN;
    this.onopen?.(new Event("open"));
  }

  says(frame: ServerFrame | object | string): void {
    const data = typeof frame === "string" ? frame : JSON.stringify(frame);
    this.onmessage?.(new MessageEvent("message", { data }));
  }

  breaks(): void {
    this.readyState = WebSocket.CLOSED;
    this.closed = true;
    this.onclose?.(new CloseEvent("close"));
  }

  actions(): string[] {
    return this.sent.map(({ action }) => action);
  }
}

/** A signaling client in a page, with a server and a clock that are the test's. */
export class World {
  readonly scheduler = new FakeScheduler();
  readonly sockets: FakeWebSocket[] = [];
  readonly problems: string[] = [];
  tickets = 0;
  /** What each request for a ticket is aborted by. */
  readonly asked: AbortSignal[] = [];
  hidden = false;
  /** Whether the server gives resume tickets. */
  resumes = false;
  /** What the next `getTicket` does. */
  ticket: () => Promise<string> = async () => `ticket-${this.tickets}`;
  random = 0.5;
  network = () => {};
  visible = () => {};
  woken = () => {};
  readonly client = new SignalingClient({
    wsUrl: "ws://localhost/ws",
    deviceId: "device:1",
    getTicket: (signal) => {
      this.tickets += 1;
      this.asked.push(signal);
      return this.ticket();
    },
    createWebSocket: (url) => {
      const socket = new FakeWebSocket(url);
      this.sockets.push(socket);
      return socket;
    },
    scheduler: this.scheduler,
    page: {
      isHidden: () => this.hidden,
      onNetwork: (listener) => {
        this.network = listener;
        return () => {
          this.network = () => {};
        };
      },
      onVisible: (listener) => {
        this.visible = listener;
        return () => {
          this.visible = () => {};
        };
      },
      onWoken: (listener) => {
        this.woken = listener;
        return () => {
          this.woken = () => {};
        };
      },
    },
    random: () => this.random,
    report: (problem) => this.problems.push(problem),
  });

  get socket(): FakeWebSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("no socket yet");
    return socket;
  }

  /** The newest socket opens and is welcomed; with a resume ticket, if `resume`. */
  welcome(serverAhead = 0, resume = this.resumes): void {
    const now = this.scheduler.now() + serverAhead;
    this.socket.opens();
    this.socket.says({
      action: "welcome",
      connectionId: `c-${this.sockets.length}`,
      userId: "u",
      deviceId: "device:1",
      protocol: 1,
      now,
      expiresAt: now + EXPIRES_IN,
      ...(resume && { resume: `resume-${this.sockets.length}` }),
    });
  }

  /** With which tickets sockets were opened. */
  get auths(): (string | null)[] {
    return this.sockets.map(({ url }) => url.searchParams.get("Auth"));
  }

  async online(): Promise<void> {
    this.client.start();
    await settled();
    this.welcome();
  }
}

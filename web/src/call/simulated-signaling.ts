import type { ClientFrame, ServerAction, ServerFrame, ServerFrameOf } from "../protocol/frames";
import type { SimulatedServer } from "./simulated-server";

/** ms in which a client that is made to look notices that its socket is dead, and opens another one. */
const NOTICING = 3_000;

/** A signaling client at the simulated server: what the call controller needs of one. */
export class SimulatedSignaling {
  readonly userId: string;
  readonly deviceId: string;
  connectionId = "";
  readonly #server: SimulatedServer;
  readonly #handlers = new Map<string, Set<(frame: ServerFrame) => void>>();
  #open = false;
  /** The socket seems open to both ends, and carries nothing. */
  #stranded = false;

  constructor(server: SimulatedServer, userId: string, deviceId: string) {
    this.#server = server;
    this.userId = userId;
    this.deviceId = deviceId;
  }

  connect(): void {
    if (this.#open) return;
    this.#open = true;
    this.#server.opened(this);
  }

  disconnect(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#server.closed(this);
  }

  /** The machine has left the network that its socket went over: neither end notices. */
  strand(): void {
    this.#stranded = true;
  }

  check(): void {
    if (!this.#stranded) return;
    this.#server.scheduler.setTimeout(() => {
      if (this.#stranded) this.replace();
    }, NOTICING);
  }

  /** Nothing to do here: when there is a way to the server again is the test's business. */
  hurry(): void {}

  /** Another socket, after {@link strand}; the server holds the old one, too. */
  replace(): void {
    this.#stranded = false;
    this.#server.opened(this);
  }

  send(frame: ClientFrame): boolean {
    if (this.#open && !this.#stranded) this.#server.receive(this, frame);
    return this.#open;
  }

  on<A extends ServerAction>(action: A, handler: (frame: ServerFrameOf<A>) => void): () => void {
    const handlers = this.#handlers.get(action) ?? new Set();
    this.#handlers.set(action, handlers);
    handlers.add(handler as (frame: ServerFrame) => void);
    return () => handlers.delete(handler as (frame: ServerFrame) => void);
  }

  serverNow(): number {
    return this.#server.scheduler.now();
  }

  hear(frame: ServerFrame, connectionId: string): void {
    if (!this.#open || this.#stranded || connectionId !== this.connectionId) return;
    for (const handler of [...(this.#handlers.get(frame.action) ?? [])]) handler(frame);
  }
}

import type { ClientFrame, ServerAction, ServerFrame, ServerFrameOf } from "../protocol/frames";
import type { SimulatedServer } from "./simulated-server";

/** A signaling client at the simulated server: what the call controller needs of one. */
export class SimulatedSignaling {
  readonly userId: string;
  readonly deviceId: string;
  connectionId = "";
  readonly #server: SimulatedServer;
  readonly #handlers = new Map<string, Set<(frame: ServerFrame) => void>>();
  #open = false;

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

  send(frame: ClientFrame): boolean {
    if (this.#open) this.#server.receive(this, frame);
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
    if (!this.#open || connectionId !== this.connectionId) return;
    for (const handler of [...(this.#handlers.get(frame.action) ?? [])]) handler(frame);
  }
}

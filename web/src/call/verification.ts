/** The verification code of one peer link: puts the exchange (`trust/verification.ts`) and the link's descriptions together. */
import type { Payload, PayloadVerify } from "../protocol/frames";
import { type Scheduler, Timer } from "../signaling/scheduler";
import { fingerprintOf } from "../trust/fingerprint";
import { Verification, type VerificationDeps } from "../trust/verification";
import type { CallVerification } from "./model";

export type VerificationCrypto = NonNullable<VerificationDeps["crypto"]>;

export interface LinkVerificationDeps {
  /** The caller begins. */
  isCaller: boolean;
  /** The descriptions that count on this side, as SDP; null before there are both: what is to be done then waits for {@link LinkVerification.begin}. */
  descriptions: () => { local: string; remote: string } | null;
  /** Says it over the data channel, and only there. */
  say: (payload: Payload) => void;
  /** Absent, or without `subtle`, where the page is not in a secure context. */
  crypto: Partial<VerificationCrypto> | undefined;
  scheduler: Scheduler;
  report: (problem: string, error?: unknown) => void;
  changed: () => void;
}

/** ms that the other side has for its part: the exchange takes two round trips. */
const PATIENCE = 15_000;
/** ms after which it is said again what nothing has come back to. */
const REPEAT_INTERVAL = 4_000;

export class LinkVerification {
  readonly #deps: LinkVerificationDeps;
  readonly #patience: Timer;
  readonly #repeating: Timer;
  #exchange: Verification | null = null;
  /** What came before there was an exchange. */
  #early: ((exchange: Verification) => Promise<void>)[] = [];
  #state: CallVerification = { status: "waiting" };

  constructor(deps: LinkVerificationDeps) {
    this.#deps = deps;
    this.#patience = new Timer(deps.scheduler);
    this.#repeating = new Timer(deps.scheduler);
  }

  get state(): CallVerification {
    return this.#state;
  }

  /** The link is the one of the call, open, and its descriptions are there. */
  begin(): void {
    this.#take((exchange) => exchange.start());
  }

  /** What the other side says. */
  hear(payload: PayloadVerify): void {
    this.#take((exchange) => exchange.receive(payload));
  }

  /** The person wants to try again after no answer has come. */
  repeat(): void {
    if (this.#state.status !== "unanswered") return;
    this.#set({ status: "waiting" });
    this.#take((exchange) => exchange.repeat());
  }

  /** The link is closed. */
  stop(): void {
    this.#patience.clear();
    this.#repeating.clear();
  }

  #take(step: (exchange: Verification) => Promise<void>): void {
    this.#exchange ??= this.#prepare();
    if (this.#state.status === "waiting" && !this.#patience.running)
      this.#patience.set(PATIENCE, () => this.#set({ status: "unanswered" }));
    // What was said the moment the channel opened may not have been heard.
    if (this.#state.status === "waiting")
      this.#repeating.set(REPEAT_INTERVAL, () => this.#take((known) => known.repeat()));
    this.#early.push(step);
    if (!this.#exchange) return;
    for (const next of this.#early.splice(0))
      next(this.#exchange).catch((error: unknown) => {
        this.#deps.report("The verification code could not be made.", error);
        this.#set({ status: "failed" });
      });
  }

  /** Null when it cannot be done yet, or never, which is then the state. */
  #prepare(): Verification | null {
    if (this.#state.status === "unavailable") return null;
    const { isCaller, descriptions, say, crypto } = this.#deps;
    try {
      if (!crypto?.subtle || !crypto.getRandomValues) throw new Error("This page cannot compute hashes.");
      const sdp = descriptions();
      if (!sdp) return null;
      const local = fingerprintOf(sdp.local);
      const remote = fingerprintOf(sdp.remote);
      return new Verification({
        role: isCaller ? "caller" : "callee",
        fingerprints: isCaller ? { caller: local, callee: remote } : { caller: remote, callee: local },
        send: say,
        onChange: (state) => this.#set(state),
        crypto: crypto as VerificationCrypto,
      });
    } catch (error) {
      this.#deps.report("This call cannot be verified.", error);
      this.#set({ status: "unavailable" });
      return null;
    }
  }

  #set(state: CallVerification): void {
    this.#state = state;
    if (state.status !== "waiting") this.stop();
    this.#deps.changed();
  }
}

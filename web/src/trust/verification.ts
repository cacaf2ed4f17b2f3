/**
 * The verification code: six digits that both people see, and that are the same only when nobody sits between them.
 *
 * Both sides derive the code from the two certificates' fingerprints and two random numbers. The caller first sends a hash of its number (the
 * commitment), the callee answers with its own number, and only then does the caller reveal: so nobody in the middle, who has to play the
 * callee to one side and the caller to the other, can try numbers or certificates until the two codes match. One attempt, one chance
 * in a million. The idea is that of ZRTP's short authentication string (RFC 6189, sections 4.4 and 7).
 *
 * One exchange per peer connection; it never starts over, because every new start would be another attempt for an attacker.
 */

export type VerifyMessage =
  | { type: "verify"; step: "commit"; commitment: string }
  | { type: "verify"; step: "answer"; nonce: string }
  | { type: "verify"; step: "reveal"; nonce: string };

export type VerificationState =
  | { status: "waiting" }
  /** Six digits, to be read out. */
  | { status: "ready"; code: string }
  /** The exchange broke its rules: treat the call as not verified. */
  | { status: "failed" };

export interface VerificationDeps {
  /** The caller commits first. */
  role: "caller" | "callee";
  /** {@link fingerprintOf} of the caller's and the callee's description, as this side has them. */
  fingerprints: { caller: string; callee: string };
  send(message: VerifyMessage): void;
  onChange(state: VerificationState): void;
  crypto?: Pick<Crypto, "getRandomValues" | "subtle">;
}

const NONCE_BYTES = 32;
const HEX = /^[0-9a-f]{64}$/;

export class Verification {
  #deps: VerificationDeps;
  #crypto: Pick<Crypto, "getRandomValues" | "subtle">;
  #nonce: string;
  #commitment: string | null = null;
  #next: VerifyMessage["step"] | "start" | "nothing";
  /** Messages are worked on one after the other, although hashing is asynchronous. */
  #work: Promise<void> = Promise.resolve();
  #state: VerificationState = { status: "waiting" };

  constructor(deps: VerificationDeps) {
    this.#deps = deps;
    this.#crypto = deps.crypto ?? globalThis.crypto;
    this.#nonce = hex(this.#crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
    this.#next = deps.role === "caller" ? "start" : "commit";
  }

  get state(): VerificationState {
    return this.#state;
  }

  /** The caller's first step, once the two can talk. The callee waits. Calling it again does nothing. */
  start(): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#next !== "start") return;
      this.#next = "answer";
      const commitment = await this.#hash("commit", this.#nonce);
      this.#deps.send({ type: "verify", step: "commit", commitment });
    });
  }

  /** Takes a message of the other side. Whatever does not fit ends the exchange. */
  receive(message: unknown): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#state.status !== "waiting") {
        // A second exchange would be a second guess.
        if (this.#state.status === "ready") this.#fail();
        return;
      }
      const parsed = parse(message);
      if (!parsed || parsed.step !== this.#next) return this.#fail();
      switch (parsed.step) {
        case "commit":
          this.#commitment = parsed.commitment;
          this.#next = "reveal";
          this.#deps.send({ type: "verify", step: "answer", nonce: this.#nonce });
          return;
        case "answer":
          if (parsed.nonce === this.#nonce) return this.#fail();
          this.#next = "nothing";
          this.#deps.send({ type: "verify", step: "reveal", nonce: this.#nonce });
          return this.#finish(this.#nonce, parsed.nonce);
        case "reveal":
          if ((await this.#hash("commit", parsed.nonce)) !== this.#commitment) return this.#fail();
          this.#next = "nothing";
          return this.#finish(parsed.nonce, this.#nonce);
      }
    });
  }

  async #finish(callerNonce: string, calleeNonce: string): Promise<void> {
    const { caller, callee } = this.#deps.fingerprints;
    const digest = await this.#hash("code", caller, callee, callerNonce, calleeNonce);
    // 48 bits modulo a million: the bias is below one in a hundred million.
    const number = Number.parseInt(digest.slice(0, 12), 16) % 1_000_000;
    this.#set({ status: "ready", code: number.toString().padStart(6, "0") });
  }

  #fail(): void {
    this.#next = "nothing";
    this.#set({ status: "failed" });
  }

  #set(state: VerificationState): void {
    this.#state = state;
    this.#deps.onChange(state);
  }

  #enqueue(step: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(step);
    return this.#work;
  }

  /** Each use of the hash has a name of its own, and its parts have fixed forms, so that no two inputs look alike. */
  async #hash(use: string, ...parts: string[]): Promise<string> {
    const input = new TextEncoder().encode(["videochat-verify-1", use, ...parts].join("|"));
    return hex(new Uint8Array(await this.#crypto.subtle.digest("SHA-256", input)));
  }
}

function parse(message: unknown): VerifyMessage | null {
  if (typeof message !== "object" || message === null) return null;
  const { type, step, commitment, nonce } = message as Record<string, unknown>;
  if (type !== "verify") return null;
  if (step === "commit") {
    return typeof commitment === "string" && HEX.test(commitment) ? { type, step, commitment } : null;
  }
  if (step === "answer" || step === "reveal") {
    return typeof nonce === "string" && HEX.test(nonce) ? { type, step, nonce } : null;
  }
  return null;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

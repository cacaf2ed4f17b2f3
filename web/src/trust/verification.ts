/**
 * The verification code: six digits that both people see, and that are the same only when nobody sits between them.
 *
 * Both sides derive the code from the two certificates' fingerprints and two random numbers. The caller first sends a hash of its number (the
 * commitment), the callee answers with its own number, and only then does the caller reveal: so nobody in the middle, who has to play the
 * callee to one side and the caller to the other, can try numbers or certificates until the two codes match. One attempt, one chance
 * in a million. The idea is that of ZRTP's short authentication string (RFC 6189, sections 4.4 and 7).
 *
 * One exchange per peer connection; it never starts over, because every new start would be another attempt for an attacker. What was said
 * may be said again, word for word: that tells nobody anything new.
 */

export type VerifyMessage =
  | { type: "verify"; step: "commit"; commitment: string }
  | { type: "verify"; step: "answer"; nonce: string }
  | { type: "verify"; step: "reveal"; nonce: string }
  /** Asks for the other side's last message, or its first step. */
  | { type: "verify"; step: "again" };

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
  #next: Exclude<VerifyMessage["step"], "again"> | "start" | "nothing";
  /** The other side's last message, and what it was answered with. */
  #heard: { message: string; reply: VerifyMessage | null } | null = null;
  /** The own last message. */
  #said: VerifyMessage | null = null;
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
    return this.#enqueue(() => this.#start());
  }

  /** The other side has not answered: says the last message again, or asks for the first. */
  repeat(): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#state.status === "waiting") this.#deps.send(this.#said ?? { type: "verify", step: "again" });
    });
  }

  /** Takes a message of the other side. Whatever does not fit ends the exchange. */
  receive(message: unknown): Promise<void> {
    return this.#enqueue(async () => {
      const parsed = parse(message);
      if (this.#state.status === "failed") return;
      if (parsed?.step === "again") return this.#sayAgain();
      const text = JSON.stringify(parsed);
      if (parsed && text === this.#heard?.message) {
        if (this.#heard.reply) this.#deps.send(this.#heard.reply);
        return;
      }
      // After the end this would be a second exchange, and a second guess.
      if (!parsed || parsed.step !== this.#next) return this.#fail();
      this.#heard = { message: text, reply: await this.#answer(parsed) };
    });
  }

  async #start(): Promise<void> {
    if (this.#next !== "start") return;
    this.#next = "answer";
    this.#say({ type: "verify", step: "commit", commitment: await this.#hash("commit", this.#nonce) });
  }

  async #sayAgain(): Promise<void> {
    if (this.#said) this.#deps.send(this.#said);
    else await this.#start();
  }

  /** Does the step that is due; the message that it is answered with, if there is one. */
  async #answer(message: Exclude<VerifyMessage, { step: "again" }>): Promise<VerifyMessage | null> {
    switch (message.step) {
      case "commit":
        this.#commitment = message.commitment;
        this.#next = "reveal";
        return this.#say({ type: "verify", step: "answer", nonce: this.#nonce });
      case "answer": {
        if (message.nonce === this.#nonce) {
          this.#fail();
          return null;
        }
        this.#next = "nothing";
        const reveal = this.#say({ type: "verify", step: "reveal", nonce: this.#nonce });
        await this.#finish(this.#nonce, message.nonce);
        return reveal;
      }
      case "reveal":
        if ((await this.#hash("commit", message.nonce)) !== this.#commitment) {
          this.#fail();
          return null;
        }
        this.#next = "nothing";
        await this.#finish(message.nonce, this.#nonce);
        return null;
    }
  }

  #say<M extends VerifyMessage>(message: M): M {
    this.#said = message;
    this.#deps.send(message);
    return message;
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
  if (step === "again") return { type, step };
  if (step === "answer" || step === "reveal") {
    return typeof nonce === "string" && HEX.test(nonce) ? { type, step, nonce } : null;
  }
  return null;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

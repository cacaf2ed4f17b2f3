/**
 * A stand-in for RTCPeerConnection, for tests: signaling states, offers and answers, candidates, transceivers, a data channel, and
 * connection states as far as the peer link depends on them, over a network that the test can break.
 */
import type { Scheduler } from "../signaling/scheduler";
import { FakeChannel, type FakeTrack, FakeTransceiver } from "./fake-media";

/** Connects what belongs together, while it is up. */
export class FakeNetwork {
  readonly #connections = new Set<FakePeerConnection>();
  /** ms for which an answer is in force before its page is told: the network can be faster than the page. */
  applying = 0;
  /** Addresses at home lead nowhere: only what is gathered later does. */
  behindRouters = false;
  #up = true;
  #count = 0;
  #certificates = 0;
  /** Descriptions whose addresses lead nowhere any more. */
  readonly #stranded = new Set<string>();

  /** Peer connections that have not been closed. */
  get open(): number {
    return this.#connections.size;
  }

  /** Those that are open, the oldest first. */
  get connections(): FakePeerConnection[] {
    return [...this.#connections];
  }

  /** Everything that is sent by anybody. */
  get sent(): FakeTrack[] {
    return [...this.#connections].flatMap(({ transceivers }) =>
      transceivers.flatMap(({ sender }) => sender.track ?? []),
    );
  }

  /** As a line of SDP. */
  newFingerprint(): string {
    this.#certificates += 1;
    const digest = this.#certificates.toString(16).toUpperCase().padStart(64, "0");
    return `a=fingerprint:sha-256 ${digest.replace(/(..)(?=.)/g, "$1:")}`;
  }

  newFragment(): string {
    this.#count += 1;
    return `u${this.#count}`;
  }

  add(connection: FakePeerConnection): void {
    this.#connections.add(connection);
  }

  remove(connection: FakePeerConnection): void {
    const partner = this.#partnerOf(connection);
    this.#connections.delete(connection);
    partner?.channelLost();
    this.check();
  }

  setUp(up: boolean): void {
    this.#up = up;
    this.check();
  }

  /** A machine is on another network: paths between addresses that have been told so far do not come back. */
  strand(): void {
    for (const { localFragment } of this.#connections)
      if (localFragment !== null) this.#stranded.add(localFragment);
    this.check();
  }

  /** Something has changed: who can reach whom now? */
  check(): void {
    for (const connection of this.#connections) {
      const partner = this.#partnerOf(connection);
      connection.reachable(
        this.#carries(connection) &&
          partner !== undefined &&
          connection.knowsCandidates &&
          partner.knowsCandidates,
      );
    }
  }

  carry(from: FakePeerConnection, text: string): void {
    if (this.#carries(from)) this.#partnerOf(from)?.channelHears(text);
  }

  #carries({ localFragment, remoteFragment }: FakePeerConnection): boolean {
    return this.#up && ![localFragment, remoteFragment].some((each) => this.#stranded.has(each ?? ""));
  }

  #partnerOf(connection: FakePeerConnection): FakePeerConnection | undefined {
    return [...this.#connections].find(
      (other) =>
        other !== connection &&
        other.localFragment !== null &&
        other.localFragment === connection.remoteFragment &&
        other.remoteFragment === connection.localFragment,
    );
  }
}

type Description = { type: "offer" | "answer"; sdp: string };

/** ms from reachable to connected, to notice that it is not reachable any more, and to give up. */
const CONNECTING = 20;
const NOTICING = 5_000;
const FAILING = 15_000;
/** ms until the candidates have been gathered. */
const SOON = 2;
const LATER = 60;

export class FakePeerConnection {
  onnegotiationneeded: (() => void) | null = null;
  onicecandidate: ((event: { candidate: object | null }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  onsignalingstatechange: (() => void) | null = null;
  signalingState: "stable" | "have-local-offer" | "have-remote-offer" | "closed" = "stable";
  connectionState: "new" | "connecting" | "connected" | "disconnected" | "failed" | "closed" = "new";
  iceGatheringState: "new" | "gathering" | "complete" = "new";
  readonly transceivers: FakeTransceiver[] = [];
  channel: FakeChannel | null = null;
  sctp: { transport: { state: "failed" } } | null = null;
  iceConnectionState: "new" | "disconnected" | "connected" = "new";
  #isDead = false;
  /** The ICE servers of each configuration, the first included. */
  readonly configurations: RTCConfiguration[] = [];
  offersMade = 0;
  #describing = 0;
  readonly #isBusy = () => this.#describing > 0;
  /** What is counted, as a test has it. */
  stats: Record<string, unknown>[] = [];
  #current: { local: Description; remote: Description } | null = null;
  #pendingLocal: Description | null = null;
  #pendingRemote: Description | null = null;
  /** An answer is in force, and the page has not been told. */
  #applying = false;
  #restart = false;
  #remoteCandidates = new Set<string>();
  #isReachable = false;
  #timer: unknown;
  readonly #fingerprint: string;
  readonly #network: FakeNetwork;
  readonly #scheduler: Scheduler;

  constructor(network: FakeNetwork, scheduler: Scheduler, configuration: RTCConfiguration) {
    this.#network = network;
    this.#scheduler = scheduler;
    this.configurations.push(configuration);
    this.#fingerprint = network.newFingerprint();
    network.add(this);
  }

  get localDescription(): Description | null {
    return this.#pendingLocal ?? this.#current?.local ?? null;
  }

  get remoteDescription(): Description | null {
    return this.#pendingRemote ?? this.#current?.remote ?? null;
  }

  get currentLocalDescription(): Description | null {
    return this.#current?.local ?? null;
  }

  get currentRemoteDescription(): Description | null {
    return this.#applying ? null : (this.#current?.remote ?? null);
  }

  get localFragment(): string | null {
    return this.#current && fragmentOf(this.#current.local);
  }

  get remoteFragment(): string | null {
    return this.#current && fragmentOf(this.#current.remote);
  }

  get knowsCandidates(): boolean {
    const { remoteFragment } = this;
    if (remoteFragment === null) return false;
    const useful = this.#network.behindRouters ? [LATER] : [SOON, LATER];
    return useful.some(
      (delay) =>
        this.#remoteCandidates.has(`${remoteFragment} candidate:${delay}`) ||
        this.#current?.remote.sdp.includes(`a=candidate:${delay}\r\n`),
    );
  }

  async getStats(): Promise<Map<string, object>> {
    return new Map(this.stats.map((stats) => [String(stats["id"]), stats]));
  }

  addTransceiver(kind: "audio" | "video", { direction }: { direction: string }): FakeTransceiver {
    const transceiver = new FakeTransceiver(kind, this.#isBusy);
    transceiver.direction = direction;
    this.transceivers.push(transceiver);
    this.#needNegotiation();
    return transceiver;
  }

  getTransceivers(): FakeTransceiver[] {
    return this.transceivers;
  }

  createDataChannel(): FakeChannel {
    this.channel = new FakeChannel((text) =>
      this.#scheduler.setTimeout(() => this.#network.carry(this, text), 1),
    );
    this.#needNegotiation();
    return this.channel;
  }

  getConfiguration(): RTCConfiguration {
    return this.configurations.at(-1) ?? {};
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configurations.push(configuration);
  }

  restartIce(): void {
    this.#restart = true;
    this.#needNegotiation();
  }

  async setLocalDescription(): Promise<void> {
    await this.#aMomentBusy();
    if (this.signalingState === "have-remote-offer" && this.#pendingRemote) {
      const remote = this.#pendingRemote;
      const unchanged = this.#current && fragmentOf(this.#current.remote) === fragmentOf(remote);
      const fragment =
        unchanged && this.#current ? fragmentOf(this.#current.local) : this.#network.newFragment();
      this.#current = { local: this.#description("answer", fragment), remote };
      this.#pendingRemote = null;
      this.#becomeStable();
    } else {
      const fragment =
        this.#current && !this.#restart ? fragmentOf(this.#current.local) : this.#network.newFragment();
      this.#restart = false;
      this.offersMade += 1;
      this.#pendingLocal = this.#description("offer", fragment);
      this.signalingState = "have-local-offer";
    }
    this.#gather();
  }

  async setRemoteDescription(description: Description): Promise<void> {
    await this.#aMomentBusy();
    if (description.type === "offer") {
      if (this.signalingState === "have-local-offer") {
        // Implicit rollback: what was to be restarted still is.
        this.#restart = true;
        this.#pendingLocal = null;
      }
      this.#pendingRemote = description;
      this.signalingState = "have-remote-offer";
      for (const [, kind] of description.sdp.matchAll(/m=(audio|video)/g)) {
        const known = this.transceivers.length >= (description.sdp.match(/m=(audio|video)/g)?.length ?? 0);
        if (!known) this.transceivers.push(new FakeTransceiver(kind as "audio" | "video", this.#isBusy));
      }
      return;
    }
    if (this.signalingState !== "have-local-offer" || !this.#pendingLocal)
      throw new DOMException("no offer", "InvalidStateError");
    this.#current = { local: this.#pendingLocal, remote: description };
    this.#pendingLocal = null;
    this.#becomeStable();
    if (this.#network.applying > 0) {
      this.#applying = true;
      await new Promise<void>((resolve) => this.#scheduler.setTimeout(resolve, this.#network.applying));
      await this.#aMoment();
      this.#applying = false;
    }
    this.onsignalingstatechange?.();
  }

  async addIceCandidate({ usernameFragment, candidate }: RTCIceCandidateInit): Promise<void> {
    await this.#aMoment();
    if (!this.remoteDescription) throw new DOMException("no description", "InvalidStateError");
    if (usernameFragment) this.#remoteCandidates.add(`${usernameFragment} ${candidate}`);
    this.#network.check();
  }

  close(): void {
    if (this.signalingState === "closed") return;
    this.signalingState = "closed";
    this.connectionState = "closed";
    this.#scheduler.clearTimeout(this.#timer);
    if (this.channel) this.channel.readyState = "closed";
    this.#network.remove(this);
  }

  // -- what the network says ------------------------------------------------------------------------------------------

  reachable(is: boolean): void {
    if (is === this.#isReachable || this.#isDead) return;
    this.#isReachable = is;
    if (is) this.#later(CONNECTING, "connected");
    else if (this.connectionState === "connected") this.#later(NOTICING, "disconnected");
    else this.#scheduler.clearTimeout(this.#timer);
  }

  /** DTLS gives up, and stays so whatever ICE does. `said`: its state says so; else ICE finds a path, and nothing is connected. */
  dies(said = true): void {
    this.#scheduler.clearTimeout(this.#timer);
    this.#isDead = true;
    if (said) this.sctp = { transport: { state: "failed" } };
    this.iceConnectionState = "disconnected";
    this.connectionState = "failed";
    this.onconnectionstatechange?.();
    this.#scheduler.setTimeout(() => {
      this.iceConnectionState = "connected";
    }, CONNECTING);
  }

  channelHears(data: string): void {
    if (this.channel?.readyState === "open") this.channel.onmessage?.({ data });
  }

  channelLost(): void {
    if (this.channel?.readyState !== "open") return;
    this.channel.readyState = "closed";
    this.channel.onclose?.();
  }

  // -- inside ---------------------------------------------------------------------------------------------------------

  #later(delay: number, state: "connected" | "disconnected" | "failed"): void {
    this.#scheduler.clearTimeout(this.#timer);
    this.#timer = this.#scheduler.setTimeout(() => {
      if (this.signalingState === "closed") return;
      const changed = this.connectionState !== state;
      this.connectionState = state;
      if (state === "disconnected") this.#later(FAILING, "failed");
      if (changed) this.onconnectionstatechange?.();
      if (state === "connected" && this.channel?.readyState === "connecting") {
        this.channel.readyState = "open";
        this.channel.onopen?.();
      }
    }, delay);
  }

  #description(type: "offer" | "answer", fragment: string): Description {
    const lines = this.transceivers.map(({ receiver }) => `m=${receiver.track.kind}`);
    return { type, sdp: [`a=ice-ufrag:${fragment}`, this.#fingerprint, ...lines, ""].join("\r\n") };
  }

  #becomeStable(): void {
    this.signalingState = "stable";
    this.#network.check();
    if (this.#restart) this.#needNegotiation();
  }

  /** One candidate soon, one later, then the end. */
  #gather(): void {
    const description = this.localDescription;
    if (!description || description.sdp.includes("a=candidate")) return;
    this.iceGatheringState = "gathering";
    const usernameFragment = fragmentOf(description);
    for (const delay of [SOON, LATER]) {
      this.#scheduler.setTimeout(() => {
        if (this.signalingState === "closed") return;
        description.sdp += `a=candidate:${delay}\r\n`;
        this.onicecandidate?.({
          candidate: { candidate: `candidate:${delay}`, sdpMid: "0", sdpMLineIndex: 0, usernameFragment },
        });
      }, delay);
    }
    this.#scheduler.setTimeout(() => {
      this.iceGatheringState = "complete";
      if (this.signalingState !== "closed") this.onicecandidate?.({ candidate: null });
    }, LATER + 15);
  }

  #needNegotiation(): void {
    queueMicrotask(() => {
      if (this.signalingState === "stable" && (this.#restart || !this.#current)) this.onnegotiationneeded?.();
    });
  }

  async #aMomentBusy(): Promise<void> {
    this.#describing += 1;
    try {
      // Long enough for whatever does not wait its turn to come in between.
      await new Promise<void>((resolve) => this.#scheduler.setTimeout(resolve, 1));
    } finally {
      this.#describing -= 1;
    }
    await this.#aMoment();
  }

  async #aMoment(): Promise<void> {
    await Promise.resolve();
    if (this.signalingState === "closed") throw new DOMException("closed", "InvalidStateError");
  }
}

function fragmentOf({ sdp }: Description): string {
  return /a=ice-ufrag:(\w+)/.exec(sdp)?.[1] ?? "";
}

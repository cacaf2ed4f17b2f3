/**
 * The peer link: one RTCPeerConnection to one device of the other side, from the first offer to the close. It knows how to
 * connect and to mend itself; what the connection is for is not its business.
 */
import type { Payload, PayloadCandidates, PayloadDescription } from "../protocol/frames";
import { readPayloadText } from "../protocol/payloads";
import { type Scheduler, Timer } from "../signaling/scheduler";
import { Negotiation, type OfferNaming } from "./negotiation";
import { LINES, type LinkTracks, Sending, type VideoStep } from "./sending";

/**
 * - `connecting`: not connected yet.
 * - `connected`: media and payloads can flow.
 * - `interrupted`: was connected; ICE is being restarted.
 * - `failed`: given up. It stays so; the owner closes it.
 * - `closed`.
 */
export type LinkStatus = "connecting" | "connected" | "interrupted" | "failed" | "closed";

export interface LinkDeps {
  createPeerConnection: (configuration: RTCConfiguration) => RTCPeerConnection;
  createMediaStream: (tracks: MediaStreamTrack[]) => MediaStream;
  /** STUN and TURN servers; `fresh` when the ones at hand may be the reason why a link broke. */
  iceServers: (fresh: boolean) => Promise<RTCIceServer[]>;
  /** Resolves when what is being shown now is on the screen: making a connection stops the page for longer than a frame takes. */
  painted: () => Promise<void>;
  scheduler: Scheduler;
  /** For the console. Never holds SDP or a candidate. */
  report: (problem: string, error?: unknown) => void;
}

export interface LinkEvents {
  /** Sends to the other side by way of the server. */
  signal(payload: PayloadDescription | PayloadCandidates): void;
  status(status: LinkStatus): void;
  /** The data channel is open and the descriptions are there: from now on payloads can be sent. May be said again. */
  opened(): void;
  /** What the other side says over the data channel, negotiation apart. */
  payload(payload: Payload): void;
  /** {@link PeerLink.remote} is there. */
  remote(): void;
  /** Was connected, and never will be again: its keys have been given up, whatever path ICE finds. Another link has to take its place. */
  dead(): void;
}

/** ms in which `disconnected` may mend itself. */
const DISCONNECTED_GRACE = 2_000;
/**
 * ms in which a new link connects, even on a slow machine or a bad line. A browser that finds no pair of candidates to try waits for ever: names
 * of hosts (mDNS) that nobody resolves, a server that was out of reach for a moment. A restart gathers anew; once camera or microphone
 * are open also the addresses that were hidden behind those names.
 */
const PATIENCE = 6_000;
/** ms between attempts to restart ICE. */
const RESTART_INTERVAL = 6_000;
/** ms after which a link that is not connected is given up. */
const GIVE_UP = 30_000;
/** ms after a restart, of ours or of the other side, in which the data channel is not trusted with what is to mend it. */
const DOUBT = 5_000;
/** ms for the last words to leave before the connection is closed. */
const FAREWELL = 300;
export class PeerLink {
  readonly #polite: boolean;
  readonly #deps: LinkDeps;
  readonly #events: LinkEvents;
  readonly #patience: Timer;
  readonly #grace: Timer;
  readonly #restartTimer: Timer;
  readonly #giveUp: Timer;
  readonly #farewell: Timer;
  readonly #sending: Sending;
  #pc: RTCPeerConnection | null = null;
  #negotiation: Negotiation | null = null;
  #channel: RTCDataChannel | null = null;
  #status: LinkStatus = "connecting";
  /** Until then (by the scheduler's clock) the path may be dead without anybody having noticed. */
  #doubtUntil = 0;
  #early: (PayloadDescription | PayloadCandidates)[] = [];
  #outbox = new Map<string, Payload>();
  #audioReceiver: RTCRtpReceiver | null = null;
  #remote: { stream: MediaStream; screen: MediaStream } | null = null;

  readonly #naming: OfferNaming;

  /** `polite`: the device that rings. It makes the first offer. */
  constructor(polite: boolean, naming: OfferNaming, deps: LinkDeps, events: LinkEvents) {
    this.#polite = polite;
    this.#naming = naming;
    this.#deps = deps;
    this.#events = events;
    this.#patience = new Timer(deps.scheduler);
    this.#grace = new Timer(deps.scheduler);
    this.#restartTimer = new Timer(deps.scheduler);
    this.#giveUp = new Timer(deps.scheduler);
    this.#farewell = new Timer(deps.scheduler);
    this.#sending = new Sending({
      scheduler: deps.scheduler,
      between: (task) => this.#negotiation?.between(task),
      report: (problem, error) => {
        // A closed connection refuses what was under way.
        if (this.#status !== "closed") deps.report(problem, error);
      },
    });
    this.expect();
    const iceServers = deps.iceServers(false).catch((error: unknown): RTCIceServer[] => {
      // On one network it works without any server.
      deps.report("There are no ICE servers.", error);
      return [];
    });
    // Where it rings somebody waits to see who calls.
    Promise.all([iceServers, polite && deps.painted()]).then(([servers]) => this.#open(servers));
  }

  get status(): LinkStatus {
    return this.#status;
  }

  get #timers(): Timer[] {
    return [this.#patience, this.#grace, this.#restartTimer, this.#giveUp];
  }

  /** The other side's camera and sound, and its screen. The tracks are there from the start and silent until it sends. */
  get remote(): { stream: MediaStream; screen: MediaStream } | null {
    return this.#remote;
  }

  /** Whether {@link send} gets through. */
  get isOpen(): boolean {
    return this.#channel?.readyState === "open";
  }

  /** The descriptions that count, as SDP; null before there are both. */
  get descriptions(): { local: string; remote: string } | null {
    const local = this.#pc?.currentLocalDescription?.sdp;
    const remote = this.#pc?.currentRemoteDescription?.sdp;
    return local !== undefined && remote !== undefined ? { local, remote } : null;
  }

  /** Whether both sides have had a description of the other: before, what the other side offers is for another link. */
  get agreed(): boolean {
    return this.#negotiation?.agreed ?? !this.#polite;
  }

  /** The other side's page is there again: it may take its time anew before it connects. */
  expectReturn(): void {
    if (this.#status === "interrupted") this.#giveUp.set(GIVE_UP, () => this.#fail());
  }

  /** From now the full time for connecting. */
  expect(): void {
    if (this.#status === "connecting") this.#giveUp.set(GIVE_UP, () => this.#fail());
  }

  /** A payload of the other side that came by way of the server. */
  receive(payload: PayloadDescription | PayloadCandidates): void {
    // The other side does not trust the data channel, or has none any more: the answer goes the same way.
    if (payload.type === "description" && this.isOpen) this.#doubtUntil = this.#deps.scheduler.now() + DOUBT;
    this.#take(payload);
  }

  #take(payload: PayloadDescription | PayloadCandidates): void {
    if (this.#negotiation) this.#negotiation.receive(payload);
    else if (this.#status === "connecting") this.#early.push(payload);
  }

  /** The way through the server has changed or was broken: what got lost there is sent again. */
  repeat(): void {
    this.#negotiation?.repeat();
  }

  /**
   * Says it over the data channel. False when that is not open; then a payload with a `slot` is said when it opens, the latest of
   * each slot only.
   */
  send(payload: Payload, slot?: string): boolean {
    if (this.#channel?.readyState === "open") {
      this.#channel.send(JSON.stringify(payload));
      return true;
    }
    if (slot !== undefined) this.#outbox.set(slot, payload);
    return false;
  }

  /** How much of the camera's picture is sent from now on. */
  setVideoStep(step: VideoStep): void {
    this.#sending.setStep(step);
  }

  /** What the browser counts; null before there is a connection. */
  async stats(): Promise<RTCStatsReport | null> {
    return (await this.#pc?.getStats()) ?? null;
  }

  /** Loudness of what the other side says right now, as a linear amplitude from 0 to 1; null while it is not known. */
  get remoteAmplitude(): number | null {
    const [source] = this.#audioReceiver?.getSynchronizationSources() ?? [];
    return source?.audioLevel ?? null;
  }

  setTracks(tracks: LinkTracks): void {
    this.#sending.setTracks(tracks);
  }

  /** The network has changed: finds the best path anew, without waiting for the old one to fail. */
  restart(): void {
    const pc = this.#pc;
    if (!pc || this.#status === "failed" || this.#status === "closed") return;
    this.#doubtUntil = this.#deps.scheduler.now() + DOUBT;
    this.#deps.iceServers(true).then(
      (iceServers) => this.#restartIce(pc, iceServers),
      (error: unknown) => {
        // The server may be out of reach just because the network is: the ones at hand may still do.
        this.#deps.report("There are no fresh ICE servers.", error);
        this.#restartIce(pc, null);
      },
    );
  }

  /** Stops sending at once, says the last word, and closes. */
  close(lastWord?: Payload): void {
    if (this.#status === "closed") return;
    for (const timer of this.#timers) timer.clear();
    this.#setStatus("closed");
    this.#negotiation?.stop();
    this.#sending.stop();
    if (lastWord && this.send(lastWord)) {
      // The other side closes when it has heard it; a channel cannot tell when its data has left the machine.
      this.#farewell.set(FAREWELL, () => this.#release());
      if (this.#channel) this.#channel.onclose = () => this.#release();
    } else {
      this.#release();
    }
  }

  // -- opening ------------------------------------------------------------------------------------------------------

  #open(iceServers: RTCIceServer[]): void {
    if (this.#status !== "connecting") return;
    const { createPeerConnection, scheduler, report } = this.#deps;
    const pc = createPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    this.#pc = pc;
    this.#negotiation = new Negotiation({
      pc,
      polite: this.#polite,
      scheduler,
      naming: this.#naming,
      send: (payload, surely) => this.#sendNegotiation(payload, surely),
      adopt: () => this.#takeTransceivers(pc),
      report,
    });
    pc.onconnectionstatechange = () => this.#connectionChanged();
    pc.onsignalingstatechange = () => this.#settled();
    const channel = pc.createDataChannel("videochat", { negotiated: true, id: 0 });
    this.#channel = channel;
    channel.onopen = () => this.#channelOpened();
    channel.onmessage = ({ data }) => this.#hear(data);
    channel.onclose = () => this.#channelClosed();
    if (this.#polite) {
      for (const [, kind] of LINES) pc.addTransceiver(kind, { direction: "sendrecv" });
      this.#takeTransceivers(pc);
    }
    for (const payload of this.#early.splice(0)) this.#negotiation.receive(payload);
    this.#hasten();
  }

  /** The transceivers exist: on the polite side because it made them, on the other because of the first offer. */
  #takeTransceivers(pc: RTCPeerConnection): void {
    const { createMediaStream } = this.#deps;
    // Sound and camera are one stream, so that the other side keeps them in step.
    const camera = createMediaStream([]);
    const screen = createMediaStream([]);
    const received: Partial<Record<keyof LinkTracks, MediaStreamTrack>> = {};
    const senders: Partial<Record<keyof LinkTracks, RTCRtpSender>> = {};
    const transceivers = pc.getTransceivers();
    LINES.forEach(([line, kind], index) => {
      const transceiver = transceivers[index];
      if (transceiver?.receiver.track.kind !== kind) {
        this.#deps.report(`The other side's offer has no ${line}.`);
        return;
      }
      transceiver.direction = "sendrecv";
      transceiver.sender.setStreams(line === "screen" || line === "screenSound" ? screen : camera);
      senders[line] = transceiver.sender;
      received[line] = transceiver.receiver.track;
      if (line === "audio") this.#audioReceiver = transceiver.receiver;
    });
    const some = (...tracks: (MediaStreamTrack | undefined)[]) =>
      tracks.filter((track) => track !== undefined);
    this.#remote = {
      stream: createMediaStream(some(received.audio, received.camera)),
      screen: createMediaStream(some(received.screen, received.screenSound)),
    };
    this.#sending.take(senders);
    this.#events.remote();
  }

  // -- talking ------------------------------------------------------------------------------------------------------

  #sendNegotiation(payload: PayloadDescription | PayloadCandidates, surely: boolean): void {
    const direct = this.#pc?.connectionState === "connected" && this.send(payload);
    // An open channel over a broken path swallows what it is given.
    const doubtful = surely || this.#deps.scheduler.now() < this.#doubtUntil;
    if (!direct || doubtful) this.#events.signal(payload);
  }

  #hear(data: unknown): void {
    const payload = readPayloadText(data);
    if (!payload) this.#deps.report("A message of the other side was put aside.");
    else if (payload.type === "description" || payload.type === "candidates") this.#take(payload);
    else if (this.#status !== "closed") this.#events.payload(payload);
  }

  #channelOpened(): void {
    for (const payload of this.#outbox.values()) this.send(payload);
    this.#outbox.clear();
    this.#settled();
  }

  /** The network may be faster than the page: the channel can open while the description that it needs is still being applied. */
  #settled(): void {
    if (this.isOpen && this.descriptions) this.#events.opened();
  }

  /** Nobody closes the channel alone: the other side's page is gone, or its connection. */
  #channelClosed(): void {
    if (this.#status === "connected") this.#interrupt();
  }

  // -- keeping the connection ---------------------------------------------------------------------------------------

  #connectionChanged(): void {
    switch (this.#pc?.connectionState) {
      case "connected":
        if (this.#status === "failed" || this.#status === "closed") return;
        for (const timer of this.#timers) timer.clear();
        this.#setStatus("connected");
        this.#sending.connected();
        break;
      case "disconnected":
        if (this.#status === "connected" && !this.#grace.running)
          this.#grace.set(DISCONNECTED_GRACE, () => this.#interrupt());
        break;
      case "failed":
        this.#interrupt();
        break;
    }
  }

  /**
   * Whether DTLS has failed, and not ICE alone: the transport stays so (W3C WebRTC, section 5.5). Seen in Firefox 153 when both sides restart
   * ICE within a second.
   */
  #isDead(pc: RTCPeerConnection): boolean {
    if (pc.connectionState !== "failed" || (this.#status !== "connected" && this.#status !== "interrupted"))
      return false;
    return pc.sctp?.transport.state === "failed" || /connected|completed/.test(pc.iceConnectionState);
  }

  /** Restarts ICE when the link does not get connected. Before there are both descriptions it is for the negotiation to say its own again. */
  #hasten(): void {
    this.#patience.set(PATIENCE, () => {
      if (this.descriptions) this.#interrupt();
      else this.#hasten();
    });
  }

  #interrupt(): void {
    if (this.#status === "failed" || this.#status === "closed") return;
    if (this.#pc && this.#isDead(this.#pc)) {
      this.#events.dead();
      return;
    }
    this.#grace.clear();
    if (this.#status === "connected") {
      this.#giveUp.set(GIVE_UP, () => this.#fail());
      this.#setStatus("interrupted");
    }
    if (this.#restartTimer.running) return;
    this.#restartTimer.set(RESTART_INTERVAL, () => this.#interrupt());
    this.restart();
  }

  #restartIce(pc: RTCPeerConnection, iceServers: RTCIceServer[] | null): void {
    if (this.#status === "failed" || this.#status === "closed") return;
    if (iceServers) {
      try {
        pc.setConfiguration({ ...pc.getConfiguration(), iceServers });
      } catch (error) {
        this.#deps.report("The ICE servers could not be replaced.", error);
      }
    }
    // Fires `negotiationneeded`; the impolite side waits for the first offer and is repeated to meanwhile.
    pc.restartIce();
  }

  #fail(): void {
    for (const timer of this.#timers) timer.clear();
    this.#sending.pause();
    this.#negotiation?.stop();
    this.#setStatus("failed");
  }

  #setStatus(status: LinkStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#events.status(status);
  }

  #release(): void {
    this.#farewell.clear();
    const pc = this.#pc;
    this.#pc = null;
    if (this.#channel) {
      this.#channel.onopen = null;
      this.#channel.onmessage = null;
      this.#channel.onclose = null;
    }
    if (pc) {
      pc.onconnectionstatechange = null;
      pc.onsignalingstatechange = null;
      pc.close();
    }
  }
}

/** The peer links of one call: one per ringing device of the other side, one of them active once it is accepted. */
import type { LocalTracks } from "../media/local";
import { type LinkDeps, PeerLink } from "../peer/link";
import { negotiationOf, OfferNames, Succession } from "../peer/offer-names";
import type { VideoStep } from "../peer/sending";
import type { ClientFrame, Payload, PayloadMedia } from "../protocol/frames";
import { Timer } from "../signaling/scheduler";
import type { ChatPayload } from "./chat";
import type { CallEvent, Device, SignalPayload } from "./events";
import type { CallVerification, RemoteMedia } from "./model";
import { LinkVerification, type VerificationCrypto } from "./verification";
import { FULL_PICTURE } from "./video-budget";

export interface CallLinksDeps extends LinkDeps {
  newId: () => string;
  send: (frame: ClientFrame) => void;
  event: (event: CallEvent) => void;
  /** The active link can be talked over; each link once. */
  opened: () => void;
  /** Text that came over the active link. */
  chat: (payload: ChatPayload) => void;
  /** Absent where the page is not in a secure context, hashing or all of it. */
  crypto: VerificationCrypto | undefined;
  /** Told after every change of {@link CallLinks.remote} or {@link CallLinks.verification}. */
  changed: () => void;
}

interface Entry {
  callId: string;
  device: Device;
  polite: boolean;
  link: PeerLink;
  /** Which of the other side's negotiations counts. */
  succession: Succession;
  /** The `restart` that this side waits to have answered; null when it waits for none. */
  awaited: string | null;
  /** Says that again. */
  restarting: Timer;
  /** The names of the other side's restarts, the one that this link answers last. */
  restarts: readonly string[];
  /** Runs while the other side's page is away. */
  away: Timer;
  /** Begins when the link is chosen and open, or with the other side's first step. */
  verification: LinkVerification;
  /** Whether the owner knows that it can be talked over. */
  told: boolean;
  /** What the other side says it has switched on; null until it does. */
  media: PayloadMedia | null;
}

/** ms after which a restart is said again. */
const RESTART_INTERVAL = 4_000;
/** ms for a page that was left to be there again. */
const AWAY_LIMIT = 12_000;
const WAITING: CallVerification = { status: "waiting" };
const NOTHING: LocalTracks = { audio: null, camera: null, screen: null, screenSound: null };

export class CallLinks {
  readonly #deps: CallLinksDeps;
  readonly #entries = new Map<string, Entry>();
  #names: OfferNames;
  #active: string | null = null;
  #tracks: LocalTracks = NOTHING;
  #step: VideoStep = FULL_PICTURE;
  #said: PayloadMedia = { type: "media", audio: false, video: false, screen: false };

  constructor(deps: CallLinksDeps) {
    this.#deps = deps;
    this.#names = new OfferNames(deps.newId());
  }

  /**
   * What comes from the active link; `video` until the other side has said what it has switched on. Before one is active, the stream of the
   * only link there is: silent and black until then, but a media element that has it shows its first picture without delay.
   */
  remote(video: boolean): RemoteMedia {
    const [only = null] = this.#entries.size === 1 ? this.#entries.keys() : [];
    const entry = this.#entries.get(this.#active ?? only ?? "");
    const remote = entry?.link.remote;
    if (!entry || !remote) return { stream: null, screen: null, audio: true, video };
    const media = (this.#active === null ? null : entry.media) ?? { audio: true, video, screen: false };
    return {
      stream: remote.stream,
      screen: media.screen ? remote.screen : null,
      audio: media.audio,
      video: media.video,
    };
  }

  /** Whether somebody sits in the middle of the active link. */
  get verification(): CallVerification {
    const entry = this.#active === null ? undefined : this.#entries.get(this.#active);
    return entry?.verification.state ?? WAITING;
  }

  /** `anew`: the other side has a link to the page that was here before a reload. */
  open(callId: string, device: Device, polite: boolean, anew: boolean): void {
    const entry = this.#entries.get(device.deviceId);
    if (!entry) {
      const created = this.#create(callId, device, polite, null);
      // The polite side's first offer says by itself that it is a new one.
      if (anew && !polite) this.#restart(created, this.#deps.newId());
      return;
    }
    const known = entry.device;
    // A signal tells the connection but not the way to it.
    if (device.route === null) return;
    entry.device = device;
    if (known.route !== null && known.connectionId === device.connectionId) {
      // Our own socket is a new one: what went over the old one may have been lost with it.
      if (known.route !== device.route) entry.link.repeat();
      return;
    }
    if (entry.away.running) {
      entry.away.clear();
      entry.link.expectReturn();
    }
    if (entry.awaited !== null) this.#restart(entry, entry.awaited);
    else entry.link.repeat();
  }

  deliver(deviceId: string, payload: SignalPayload): void {
    const entry = this.#entries.get(deviceId);
    if (!entry) return;
    if (payload.type === "restart") {
      this.#answerRestart(entry, payload.name);
      return;
    }
    const negotiation = negotiationOf(payload);
    if (negotiation === null) {
      entry.link.receive(payload);
      return;
    }
    if (entry.awaited !== null) {
      if (payload.type !== "description" || payload.restart !== entry.awaited) return;
      entry.awaited = null;
      entry.restarting.clear();
    } else if (!entry.link.agreed) {
      // The first offer is ours: this one was meant for the link that was here before.
      return;
    }
    const order = entry.succession.judge(negotiation);
    if (order === "older") return;
    const current = order === "newer" ? this.#renew(entry, null) : entry;
    current.link.receive(payload);
  }

  sayAccept(deviceId: string): void {
    this.#entries.get(deviceId)?.link.send({ type: "accept" });
  }

  /** From now on camera and sound flow over this link and no other. */
  activate(deviceId: string): void {
    const before = this.#active === null ? undefined : this.#entries.get(this.#active);
    this.#active = deviceId;
    const entry = this.#entries.get(deviceId);
    if (before && before !== entry) {
      before.link.setTracks(NOTHING);
      this.#admit(before);
    }
    if (entry) {
      // First of all what the other side waits for.
      this.#feed(entry);
      this.#admit(entry);
      entry.link.expect();
      this.#opened(entry);
    }
    this.#deps.changed();
  }

  /** Statistics of the active link. */
  async stats(): Promise<RTCStatsReport | null> {
    return (await this.#link?.stats()) ?? null;
  }

  /** How loud the other side is, as a linear amplitude. */
  get remoteAmplitude(): number | null {
    return this.#link?.remoteAmplitude ?? null;
  }

  get #link(): PeerLink | null {
    return (this.#active === null ? undefined : this.#entries.get(this.#active)?.link) ?? null;
  }

  /** How much of the camera's picture is sent, over this link and those that follow it in this call. */
  setVideoStep(step: VideoStep): void {
    this.#step = step;
    this.#link?.setVideoStep(step);
  }

  /** Says it over the active link, if that is open. */
  say(payload: Payload): void {
    this.#link?.send(payload);
  }

  /** Tries the active link's verification again. */
  repeatVerification(): void {
    if (this.#active !== null) this.#entries.get(this.#active)?.verification.repeat();
  }

  /** What this side sends to the active link, now or as soon as there is one. */
  setMedia(tracks: LocalTracks, said: PayloadMedia): void {
    this.#tracks = tracks;
    this.#said = said;
    const entry = this.#active === null ? undefined : this.#entries.get(this.#active);
    if (entry) this.#feed(entry);
  }

  /** The network has changed. */
  restart(): void {
    for (const { link } of this.#entries.values()) link.restart();
  }

  close(deviceId: string, lastWord?: Payload): void {
    const entry = this.#entries.get(deviceId);
    if (!entry) return;
    this.#entries.delete(deviceId);
    entry.away.clear();
    entry.restarting.clear();
    entry.verification.stop();
    if (this.#active === deviceId) this.#active = null;
    entry.link.close(lastWord);
    this.#deps.changed();
  }

  closeOthers(deviceId: string): void {
    for (const other of [...this.#entries.keys()]) if (other !== deviceId) this.close(other);
  }

  closeAll(lastWord?: Payload): void {
    for (const deviceId of [...this.#entries.keys()]) this.close(deviceId, lastWord);
    this.#active = null;
  }

  /** This page is new to the other side: asks it for an offer of a new link, again and again until that comes. */
  #restart(entry: Entry, name: string): void {
    entry.awaited = name;
    entry.restarting.set(RESTART_INTERVAL, () => this.#restart(entry, name));
    this.#signal(entry, { type: "restart", name });
  }

  /** The other side's page is new: makes a new link and offers it. */
  #answerRestart(entry: Entry, name: string): void {
    if (!entry.polite) return;
    // Said again: our offer may have been lost.
    if (entry.restarts.at(-1) === name) entry.link.repeat();
    else if (!entry.restarts.includes(name)) this.#renew(entry, name);
  }

  /**
   * The device's page has been loaded anew: it has other keys, so that the old connection cannot go on with it. `restart` is what it asks
   * for the new one with, if it does.
   */
  #renew(entry: Entry, restart: string | null): Entry {
    const { callId, device, polite, link, media, succession, restarts } = entry;
    entry.away.clear();
    entry.restarting.clear();
    entry.verification.stop();
    link.close();
    this.#deps.event({ type: "link.interrupted", deviceId: device.deviceId });
    const renewed = this.#create(callId, device, polite, restart);
    renewed.media = media;
    renewed.succession = succession;
    renewed.restarts = restart === null ? restarts : [...restarts, restart];
    if (restart !== null) succession.restart();
    return renewed;
  }

  /** The link cannot be mended: makes another one, with other keys. */
  #replace(entry: Entry): void {
    if (entry.polite) {
      this.#renew(entry, null);
      return;
    }
    // The other side has to offer, as after a reload of this page: what it has named so far is over.
    this.#names = new OfferNames(this.#deps.newId());
    this.#restart(this.#renew(entry, null), this.#deps.newId());
  }

  #create(callId: string, device: Device, polite: boolean, restart: string | null): Entry {
    const { deviceId } = device;
    const { event, changed, scheduler } = this.#deps;
    const link: PeerLink = new PeerLink(polite, { name: this.#names.next(), restart }, this.#deps, {
      signal: (payload) => this.#signal(entry, payload),
      status: (status) => {
        if (status === "connected" || status === "interrupted" || status === "failed")
          event({ type: `link.${status}`, deviceId });
      },
      opened: () => this.#opened(entry),
      payload: (payload) => this.#hear(entry, payload),
      remote: () => {
        this.#admit(entry);
        changed();
      },
      dead: () => this.#replace(entry),
    });
    const entry: Entry = {
      callId,
      device,
      polite,
      link,
      succession: new Succession(),
      awaited: null,
      restarting: new Timer(scheduler),
      restarts: [],
      away: new Timer(scheduler),
      verification: new LinkVerification({
        isCaller: !polite,
        descriptions: () => entry.link.descriptions,
        say: (payload) => entry.link.send(payload),
        crypto: this.#deps.crypto,
        scheduler,
        report: this.#deps.report,
        changed,
      }),
      told: false,
      media: null,
    };
    this.#entries.set(deviceId, entry);
    link.setVideoStep(this.#step);
    if (this.#active === deviceId) this.#feed(entry);
    return entry;
  }

  /** Nothing is heard or seen of a device before it is the one in the call, whatever it sends. */
  #admit({ device, link }: Entry): void {
    const enabled = device.deviceId === this.#active;
    for (const stream of [link.remote?.stream, link.remote?.screen])
      for (const track of stream?.getTracks() ?? []) track.enabled = enabled;
  }

  #feed({ link }: Entry): void {
    link.setVideoStep(this.#step);
    link.setTracks(this.#tracks);
    link.send(this.#said, "media");
  }

  #signal(entry: Entry, payload: SignalPayload): void {
    const { callId, device } = entry;
    if (device.route !== null) {
      this.#deps.send({ action: "signal", ticket: device.route, callId, payload });
      return;
    }
    // The device has spoken before the server told the way to it: when that comes the description is sent again.
    this.#deps.event({ type: "link.unrouted", deviceId: device.deviceId });
  }

  #opened(entry: Entry): void {
    if (entry.told || !entry.link.isOpen || entry.device.deviceId !== this.#active) return;
    entry.told = true;
    entry.verification.begin();
    this.#deps.opened();
  }

  #hear(entry: Entry, payload: Payload): void {
    const { deviceId } = entry.device;
    switch (payload.type) {
      case "accept":
        this.#deps.event({ type: "link.accept", deviceId });
        break;
      case "hangup":
        this.#deps.event({ type: "link.over", deviceId, declined: payload.reason === "declined" });
        break;
      case "media":
        entry.media = payload;
        this.#deps.changed();
        break;
      case "away":
        entry.away.set(AWAY_LIMIT, () => this.#deps.event({ type: "link.over", deviceId, declined: false }));
        break;
      case "chat":
      case "chat_received":
      case "chat_recall":
      case "chat_past":
        if (deviceId === this.#active) this.#deps.chat(payload);
        break;
      case "verify":
        entry.verification.hear(payload);
        break;
      case "restart": // Comes by way of the server.
      case "description": // Taken by the link itself.
      case "candidates":
        break;
    }
  }
}

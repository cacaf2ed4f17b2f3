/** The peer links of one call: one per ringing device of the other side, one of them active once it is accepted. */
import type { LocalTracks } from "../media/local";
import { type LinkDeps, PeerLink } from "../peer/link";
import { negotiationOf } from "../peer/negotiation";
import type {
  ClientFrame,
  Payload,
  PayloadCandidates,
  PayloadDescription,
  PayloadMedia,
} from "../protocol/frames";
import type { CallEvent, Device } from "./events";
import type { RemoteMedia } from "./model";

export interface CallLinksDeps extends LinkDeps {
  send: (frame: ClientFrame) => void;
  event: (event: CallEvent) => void;
  /** Told after every change of {@link CallLinks.remote}. */
  changed: () => void;
}

interface Entry {
  callId: string;
  device: Device;
  polite: boolean;
  link: PeerLink;
  /** The other side's negotiation, by the name in its offers; null before the first. */
  negotiation: string | null;
  /** Those of pages that a reload has ended. */
  over: ReadonlySet<string>;
  /** What the other side says it has switched on; null until it does. */
  media: PayloadMedia | null;
  /** When a route was last asked for, by the scheduler's clock. */
  askedAt: number;
}

/** ms between questions for a way to a device whose `ringing` is late. */
const ASK_INTERVAL = 3_000;
const NOTHING: LocalTracks = { audio: null, camera: null, screen: null };

export class CallLinks {
  readonly #deps: CallLinksDeps;
  readonly #entries = new Map<string, Entry>();
  #active: string | null = null;
  #tracks: LocalTracks = NOTHING;
  #said: PayloadMedia = { type: "media", audio: false, video: false, screen: false };

  constructor(deps: CallLinksDeps) {
    this.#deps = deps;
  }

  /** How many links are open. */
  get size(): number {
    return this.#entries.size;
  }

  /** What comes from the active link; `video` until the other side has said what it has switched on. */
  remote(video: boolean): RemoteMedia {
    const entry = this.#active === null ? undefined : this.#entries.get(this.#active);
    const remote = entry?.link.remote;
    if (!entry || !remote) return { stream: null, screen: null, audio: true, video };
    const media = entry.media ?? { audio: true, video, screen: false };
    return {
      stream: remote.stream,
      screen: media.screen ? remote.screen : null,
      audio: media.audio,
      video: media.video,
    };
  }

  open(callId: string, device: Device, polite: boolean): void {
    const entry = this.#entries.get(device.deviceId);
    if (!entry) {
      this.#create(callId, device, polite);
      return;
    }
    const known = entry.device;
    // A signal tells the connection but not the way to it.
    if (device.route === null) return;
    entry.device = device;
    if (known.route === null || known.connectionId !== device.connectionId) entry.link.repeat();
  }

  deliver(deviceId: string, payload: PayloadDescription | PayloadCandidates): void {
    const entry = this.#entries.get(deviceId);
    if (!entry) return;
    const negotiation = negotiationOf(payload);
    if (negotiation === null || negotiation === entry.negotiation) {
      entry.link.receive(payload);
    } else if (!entry.over.has(negotiation)) {
      const current = entry.negotiation === null ? entry : this.#renew(entry, entry.negotiation);
      current.negotiation = negotiation;
      current.link.receive(payload);
    }
  }

  sayAccept(deviceId: string): void {
    this.#entries.get(deviceId)?.link.send({ type: "accept" });
  }

  /** From now on camera and sound flow over this link and no other. */
  activate(deviceId: string): void {
    if (this.#active !== null && this.#active !== deviceId)
      this.#entries.get(this.#active)?.link.setTracks(NOTHING);
    this.#active = deviceId;
    const entry = this.#entries.get(deviceId);
    if (entry) {
      entry.link.expect();
      this.#feed(entry);
    }
    this.#deps.changed();
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

  /** The device's page has been loaded anew: it has other keys, so that the old connection cannot go on with it. */
  #renew({ callId, device, polite, link, media, over }: Entry, ended: string): Entry {
    link.close();
    this.#deps.event({ type: "link.interrupted", deviceId: device.deviceId });
    const entry = this.#create(callId, device, polite);
    entry.media = media;
    entry.over = new Set([...over, ended]);
    return entry;
  }

  #create(callId: string, device: Device, polite: boolean): Entry {
    const { deviceId } = device;
    const { event, changed } = this.#deps;
    const link: PeerLink = new PeerLink(polite, this.#deps, {
      signal: (payload) => this.#signal(entry, payload),
      status: (status) => {
        if (status === "connected" || status === "interrupted" || status === "failed")
          event({ type: `link.${status}`, deviceId });
      },
      payload: (payload) => this.#hear(entry, payload),
      remote: changed,
    });
    const entry: Entry = {
      callId,
      device,
      polite,
      link,
      negotiation: null,
      over: new Set(),
      media: null,
      askedAt: Number.NEGATIVE_INFINITY,
    };
    this.#entries.set(deviceId, entry);
    if (this.#active === deviceId) this.#feed(entry);
    return entry;
  }

  #feed({ link }: Entry): void {
    link.setTracks(this.#tracks);
    link.send(this.#said, "media");
  }

  #signal(entry: Entry, payload: PayloadDescription | PayloadCandidates): void {
    const { callId, device } = entry;
    if (device.route !== null) {
      this.#deps.send({ action: "signal", ticket: device.route, callId, payload });
      return;
    }
    // The device has spoken before the server told the way to it: when that comes the description is sent again.
    const now = this.#deps.scheduler.now();
    if (now - entry.askedAt < ASK_INTERVAL) return;
    entry.askedAt = now;
    this.#deps.send({ action: "route", callId });
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
      case "chat":
      case "chat_received":
      case "restart":
      case "away":
      case "verify":
      case "description": // Taken by the link itself.
      case "candidates":
        break;
    }
  }
}

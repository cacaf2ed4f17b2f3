/** Stand-ins for tracks, streams, and what a peer connection sends and receives them with, for tests. */

export class FakeTrack {
  onended: (() => void) | null = null;
  enabled = true;
  contentHint = "";
  readyState: "live" | "ended" = "live";
  readonly kind: "audio" | "video";
  readonly label: string;

  constructor(kind: "audio" | "video", label = "") {
    this.kind = kind;
    this.label = label;
  }

  clone(): FakeTrack {
    const copy = new FakeTrack(this.kind, this.label);
    copy.enabled = this.enabled;
    return copy;
  }

  stop(): void {
    this.readyState = "ended";
  }

  /** Unplugged. */
  ends(): void {
    this.readyState = "ended";
    this.onended?.();
  }
}

export class FakeStream {
  readonly tracks: FakeTrack[];

  constructor(tracks: FakeTrack[]) {
    this.tracks = tracks;
  }

  getTracks(): FakeTrack[] {
    return this.tracks;
  }

  getAudioTracks(): FakeTrack[] {
    return this.tracks.filter(({ kind }) => kind === "audio");
  }

  getVideoTracks(): FakeTrack[] {
    return this.tracks.filter(({ kind }) => kind === "video");
  }
}

export const createFakeStream = (tracks: MediaStreamTrack[]): MediaStream =>
  new FakeStream(tracks as unknown as FakeTrack[]) as unknown as MediaStream;

export class FakeSender {
  track: FakeTrack | null = null;
  streams: unknown[] = [];
  readonly isBusy: () => boolean;
  constructor(isBusy: () => boolean) {
    this.isBusy = isBusy;
  }
  encoding: { scaleResolutionDownBy: number; maxBitrate?: number; active?: boolean; priority?: string } = {
    scaleResolutionDownBy: 1,
  };
  get scale(): number {
    return this.encoding.scaleResolutionDownBy;
  }
  async replaceTrack(track: FakeTrack | null): Promise<void> {
    this.track = track;
  }
  /** How often it was asked for its parameters. */
  asked = 0;
  getParameters(): { encodings: { scaleResolutionDownBy: number }[] } {
    this.asked += 1;
    return { encodings: [{ ...this.encoding }] };
  }
  async setParameters({ encodings }: { encodings: { scaleResolutionDownBy: number }[] }): Promise<void> {
    if (this.isBusy()) throw new DOMException("modified meanwhile", "InvalidModificationError");
    if (encodings[0]) this.encoding = encodings[0];
  }
  setStreams(...streams: unknown[]): void {
    this.streams = streams;
  }
}

export class FakeTransceiver {
  direction = "recvonly";
  readonly sender: FakeSender;
  readonly receiver: { track: FakeTrack; getSynchronizationSources: () => { audioLevel: number }[] };
  /** How loud what is received is: a linear amplitude. */
  audioLevel = 0;

  /** `isBusy`: whether a description is being set. */
  constructor(kind: "audio" | "video", isBusy: () => boolean) {
    this.sender = new FakeSender(isBusy);
    this.receiver = {
      track: new FakeTrack(kind),
      getSynchronizationSources: () => [{ audioLevel: this.audioLevel }],
    };
  }
}

export class FakeChannel {
  readyState: "connecting" | "open" | "closed" = "connecting";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly send: (text: string) => void;

  constructor(send: (text: string) => void) {
    this.send = send;
  }
}

/**
 * The server as the clients see it, for tests: the calls of protocol/README.md in memory, over a line that may delay, reorder,
 * repeat and lose frames. What it does follows the core (src/videochat/core/calls.py); it checks no permissions.
 */
import type { ClientFrame, Sender, ServerFrame, ServerWelcome } from "../protocol/frames";
import type { Scheduler } from "../signaling/scheduler";
import { SimulatedSignaling } from "./simulated-signaling";

/** What the line does to each frame: probabilities from 0 to 1, delays in ms. */
export interface Faults {
  delay: number;
  /** Added at random, so that frames overtake each other. */
  jitter: number;
  lose: number;
  repeat: number;
}

export const NO_FAULTS: Faults = { delay: 20, jitter: 0, lose: 0, repeat: 0 };

interface Call {
  callId: string;
  caller: Sender;
  calleeId: string;
  calleeDevice: string | null;
  video: boolean;
  state: "ringing" | "accepted" | "ended";
  reason: string | null;
  ringUntil: number;
  answeredAt: number | null;
  endedAt: number | null;
}

const RING = 60_000;
const CALLER_GRACE = 10_000;
const MEMBERS_GRACE = 45_000;
/** Who has left so short a time ago may be in a reload. */
const PRESENCE_GRACE = 5_000;

export class SimulatedServer {
  faults: Faults = NO_FAULTS;
  /** What a dishonest server makes of the negotiation that it carries. */
  tamper: (payload: unknown, from: Sender) => unknown = (payload) => payload;
  readonly calls = new Map<string, Call>();
  readonly scheduler: Scheduler;
  /** Every frame that a client has sent, in the order of sending. */
  readonly sent: { deviceId: string; frame: ClientFrame }[] = [];
  readonly #random: () => number;
  readonly #sockets = new Map<string, SimulatedSignaling>();
  /** When a socket of each user last closed. */
  readonly #left = new Map<string, number>();
  #connections = 0;
  /** Counts restarts: what was to happen later is forgotten in each. */
  #life = 0;

  constructor(scheduler: Scheduler, random: () => number) {
    this.scheduler = scheduler;
    this.#random = random;
  }

  client(userId: string, deviceId: string): SimulatedSignaling {
    const client = new SimulatedSignaling(this, userId, deviceId);
    client.connect();
    return client;
  }

  unfinishedOf(userId: string): Call | undefined {
    return [...this.calls.values()].find(
      (call) => call.state !== "ended" && (call.caller.userId === userId || call.calleeId === userId),
    );
  }

  /** Everybody's socket breaks, and what it was to do later is lost; what is stored stays. It is there again for the next socket. */
  kill(): void {
    this.#life += 1;
    this.#left.clear();
    for (const client of [...this.#sockets.values()]) {
      this.#sockets.delete(client.connectionId);
      client.disconnect();
    }
  }

  #later(task: () => void, delay: number): void {
    const life = this.#life;
    this.scheduler.setTimeout(() => {
      if (life === this.#life) task();
    }, delay);
  }

  // -- the line -----------------------------------------------------------------------------------------------------

  opened(client: SimulatedSignaling): void {
    this.#connections += 1;
    const connectionId = `c-${this.#connections}-${client.deviceId}`;
    client.connectionId = connectionId;
    this.#sockets.set(connectionId, client);
    const now = this.scheduler.now();
    const { userId, deviceId } = client;
    const call = this.#summary(client);
    const welcome: ServerWelcome = {
      action: "welcome",
      connectionId,
      userId,
      deviceId,
      protocol: 1,
      now,
      expiresAt: now + 7_200_000,
      ...(call && { call }),
    };
    // Without a welcome a client opens another socket: losing it would only make the test longer.
    this.scheduler.setTimeout(() => client.hear(welcome, connectionId), this.faults.delay);
  }

  closed(client: SimulatedSignaling): void {
    if (!this.#sockets.delete(client.connectionId)) return;
    this.#left.set(client.userId, this.scheduler.now());
    const call = this.unfinishedOf(client.userId);
    if (!call) return;
    const grace = call.state === "ringing" ? CALLER_GRACE : MEMBERS_GRACE;
    this.#later(() => this.#checkLost(call), grace);
  }

  receive(client: SimulatedSignaling, frame: ClientFrame): void {
    this.sent.push({ deviceId: client.deviceId, frame });
    const from = senderOf(client);
    const isEnding = frame.action === "hangup" || frame.action === "decline" || frame.action === "cancel";
    if (isEnding && this.#random() < this.faults.lose) {
      // A socket that stays open loses nothing by itself; it is the server that fails, and says so.
      const error = {
        action: "error",
        code: "server_error",
        message: "Failed.",
        about: frame.action,
      } as const;
      const { callId } = frame;
      this.scheduler.setTimeout(
        () => client.hear({ ...error, callId }, from.connectionId),
        this.faults.delay,
      );
      return;
    }
    const handle = () => {
      if (this.#sockets.get(from.connectionId) === client) this.#handle(from, structuredClone(frame));
    };
    if (isEnding) this.#carry(handle, 0);
    else this.#carry(handle);
  }

  #push(connectionId: string, frame: ServerFrame): boolean {
    const client = this.#sockets.get(connectionId);
    if (!client) return false;
    this.#carry(() => client.hear(structuredClone(frame), connectionId));
    return true;
  }

  #carry(deliver: () => void, lose = this.faults.lose): void {
    const { delay, jitter, repeat } = this.faults;
    if (this.#random() < lose) return;
    const copies = this.#random() < repeat ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      this.scheduler.setTimeout(deliver, delay + this.#random() * jitter);
    }
  }

  // -- calls --------------------------------------------------------------------------------------------------------

  #handle(from: Sender, frame: ClientFrame): void {
    switch (frame.action) {
      case "hello":
      case "ping":
        return;
      case "signal":
        this.#signal(from, frame);
        return;
      case "relay":
        this.#push(frame.to, { ...frame, from });
        return;
      case "invite":
        this.#invite(from, frame);
        return;
    }
    const call = this.calls.get(frame.callId);
    if (!call || (from.userId !== call.caller.userId && from.userId !== call.calleeId)) {
      this.#refuse(from, frame, "call_not_found");
      return;
    }
    // Its timer was lost.
    const saidAt = this.scheduler.now() - (frame.action === "accept" ? (frame.ago ?? 0) : 0);
    if (saidAt > call.ringUntil + 1_000) this.#timeout(call);
    switch (frame.action) {
      case "ringing":
        if (call.state === "accepted" && call.calleeDevice === from.deviceId) return;
        if (call.state !== "ringing") this.#refuseEnded(from, frame, call);
        else
          for (const caller of this.#devices(call.caller.userId, call.caller.deviceId))
            this.#push(caller.connectionId, {
              action: "ringing",
              callId: call.callId,
              from,
              route: route(call, caller, from),
            });
        return;
      case "accept":
        this.#accept(from, frame, call);
        return;
      case "route":
        this.#route(from, frame, call);
        return;
      case "decline":
      case "cancel":
      case "hangup":
        this.#end(from, frame, call);
    }
  }

  #invite(from: Sender, frame: ClientFrame & { action: "invite" }): void {
    const { callId, to, video = true } = frame;
    const known = this.calls.get(callId);
    if (known && (known.state !== "ringing" || known.caller.deviceId !== from.deviceId)) {
      this.#refuse(from, frame, "call_exists");
      return;
    }
    const now = this.scheduler.now();
    const call: Call = known ?? {
      callId,
      caller: from,
      calleeId: to,
      calleeDevice: null,
      video,
      state: "ringing",
      reason: null,
      ringUntil: now + RING,
      answeredAt: null,
      endedAt: null,
    };
    const devices = this.#devices(to, null);
    if (!known) {
      const own = this.unfinishedOf(from.userId);
      const theirs = this.unfinishedOf(to);
      if (own && own.state === "ringing" && own.calleeId === from.userId && own.caller.userId === to) {
        this.#refuse(from, frame, "glare", { activeCallId: own.callId });
        return;
      }
      if (own) {
        this.#refuse(from, frame, "in_call", { activeCallId: own.callId });
        return;
      }
      if (theirs) {
        this.calls.set(callId, { ...call, state: "ended", reason: "busy" });
        this.#push(from.connectionId, { action: "busy", callId });
        return;
      }
      const left = this.#left.get(to) ?? Number.NEGATIVE_INFINITY;
      if (devices.length === 0 && left + PRESENCE_GRACE <= now) {
        this.calls.set(callId, { ...call, state: "ended", reason: "offline" });
        this.#refuse(from, frame, "offline");
        return;
      }
      this.calls.set(callId, call);
      this.#later(() => this.#timeout(call), RING);
      if (devices.length === 0) this.#later(() => this.#unreached(call, frame, left), PRESENCE_GRACE);
    }
    for (const device of devices)
      this.#push(device.connectionId, {
        action: "invite",
        callId,
        from,
        name: from.userId,
        video,
        route: route(call, device, from),
        ringUntil: call.ringUntil,
      });
    this.#push(from.connectionId, {
      action: "invited",
      callId,
      ringUntil: call.ringUntil,
      devices: devices.length,
    });
  }

  /** The callee had left a moment before the invite, and should be back by now. */
  #unreached(call: Call, invite: ClientFrame & { action: "invite" }, left: number): void {
    const came = this.#devices(call.calleeId, null).length > 0 || this.#left.get(call.calleeId) !== left;
    if (came || call.state !== "ringing") return;
    Object.assign(call, { state: "ended", reason: "offline" });
    for (const device of this.#devices(call.caller.userId, call.caller.deviceId))
      this.#refuse(device, invite, "offline");
  }

  #accept(from: Sender, frame: ClientFrame & { action: "accept" }, call: Call): void {
    const answeredAt = this.scheduler.now() - (frame.ago ?? 0);
    const again = call.state === "accepted" && call.calleeDevice === from.deviceId;
    if (from.userId !== call.calleeId || (call.state !== "ringing" && !again)) {
      this.#refuseEnded(from, frame, call);
      return;
    }
    if (!again) call.answeredAt = answeredAt;
    call.state = "accepted";
    call.calleeDevice = from.deviceId;
    const { callId } = call;
    const callers = this.#devices(call.caller.userId, call.caller.deviceId);
    for (const caller of callers)
      this.#push(caller.connectionId, { action: "accept", callId, from, route: route(call, caller, from) });
    const [peer] = callers;
    this.#push(from.connectionId, {
      action: "accepted",
      callId,
      ...(peer && { peer, route: route(call, from, peer) }),
    });
    this.#toOthers(from, { action: "answered_elsewhere", callId });
  }

  #route(from: Sender, frame: ClientFrame, call: Call): void {
    const isCaller = from.userId === call.caller.userId;
    const mine = isCaller ? call.caller.deviceId : call.calleeDevice;
    if (call.state === "ended" || (mine !== null && mine !== from.deviceId)) {
      this.#refuseEnded(from, frame, call);
      return;
    }
    const { callId } = call;
    const peers = isCaller
      ? this.#devices(call.calleeId, call.calleeDevice)
      : this.#devices(call.caller.userId, call.caller.deviceId);
    this.#push(from.connectionId, {
      action: "route",
      callId,
      peers: peers.map((peer) => ({ ...peer, route: route(call, from, peer) })),
    });
    for (const peer of peers)
      this.#push(peer.connectionId, {
        action: "route",
        callId,
        peers: [{ ...from, route: route(call, peer, from) }],
      });
  }

  #end(from: Sender, frame: ClientFrame, call: Call): void {
    const isCaller = from.userId === call.caller.userId;
    const {
      ago = 0,
      answeredAgo,
      reason,
    }: Partial<ClientFrame & { action: "hangup" }> = frame.action === "hangup" ? frame : {};
    const now = this.scheduler.now();
    if (answeredAgo !== undefined && !isCaller && isUnheard(call, now - answeredAgo)) {
      this.#endUnheard(from, call, reason, now - answeredAgo, now - ago);
      return;
    }
    const mine = isCaller ? call.caller.deviceId : call.calleeDevice;
    const elsewhere =
      call.state === "accepted" && mine !== from.deviceId && this.#devices(from.userId, mine).length > 0;
    if (call.state === "ended" || elsewhere || (frame.action === "cancel" && call.state !== "ringing")) {
      this.#refuseEnded(from, frame, call);
      return;
    }
    const { callId } = call;
    if (call.state === "accepted") {
      finish(call, reason ?? "hangup", now - ago);
      const members = [
        ...this.#devices(call.caller.userId, call.caller.deviceId),
        ...this.#devices(call.calleeId, call.calleeDevice),
      ];
      for (const member of members)
        if (member.deviceId !== from.deviceId)
          this.#push(member.connectionId, { action: "hangup", callId, from, ...(reason && { reason }) });
    } else if (isCaller) {
      finish(call, "cancelled", now - ago);
      for (const device of this.#devices(call.calleeId, null))
        this.#push(device.connectionId, { action: "cancel", callId, from });
    } else {
      finish(call, "declined", now);
      for (const device of this.#devices(call.caller.userId, call.caller.deviceId))
        this.#push(device.connectionId, { action: "decline", callId, from });
      this.#toOthers(from, { action: "decline", callId, from });
    }
  }

  /** Answered and over, although this server had not heard of it. */
  #endUnheard(
    from: Sender,
    call: Call,
    reason: "lost" | undefined,
    answeredAt: number,
    endedAt: number,
  ): void {
    const rang = call.state === "ringing";
    call.calleeDevice = from.deviceId;
    call.answeredAt = answeredAt;
    finish(call, reason ?? "hangup", endedAt);
    if (!rang) return;
    const { callId } = call;
    for (const caller of this.#devices(call.caller.userId, call.caller.deviceId))
      this.#push(caller.connectionId, { action: "hangup", callId, from, ...(reason && { reason }) });
    this.#toOthers(from, { action: "answered_elsewhere", callId });
  }

  #signal(from: Sender, frame: ClientFrame & { action: "signal" }): void {
    const [callId, fromId, toId] = JSON.parse(frame.ticket) as string[];
    if (!callId || !toId || fromId !== from.connectionId) this.#refuse(from, frame, "bad_ticket");
    else if (!this.#push(toId, { action: "signal", callId, from, payload: this.tamper(frame.payload, from) }))
      this.#refuse(from, frame, "offline");
  }

  #timeout(call: Call): void {
    if (call.state !== "ringing") return;
    finish(call, "timeout", this.scheduler.now());
    const devices = [
      ...this.#devices(call.caller.userId, call.caller.deviceId),
      ...this.#devices(call.calleeId, null),
    ];
    for (const device of devices) this.#push(device.connectionId, { action: "timeout", callId: call.callId });
  }

  #checkLost(call: Call): void {
    const caller = this.#devices(call.caller.userId, call.caller.deviceId);
    const { callId } = call;
    if (call.state === "ringing" && caller.length === 0) {
      finish(call, "lost", this.scheduler.now());
      for (const device of this.#devices(call.calleeId, null))
        this.#push(device.connectionId, { action: "cancel", callId, reason: "lost" });
    } else if (call.state === "accepted") {
      if (caller.length + this.#devices(call.calleeId, call.calleeDevice).length === 0)
        finish(call, "lost", this.scheduler.now());
    }
  }

  #summary({ userId }: SimulatedSignaling): ServerWelcome["call"] {
    const call = this.unfinishedOf(userId);
    if (!call || call.state === "ended") return undefined;
    if (call.state === "ringing" && this.scheduler.now() > call.ringUntil) return undefined;
    const isCaller = call.caller.userId === userId;
    const deviceId = isCaller ? call.caller.deviceId : call.calleeDevice;
    const other = isCaller ? call.calleeId : call.caller.userId;
    return {
      callId: call.callId,
      state: call.state,
      role: isCaller ? "caller" : "callee",
      peer: { userId: other, name: other },
      video: call.video,
      ringUntil: call.ringUntil,
      ...(deviceId !== null && { deviceId }),
    };
  }

  #refuse(
    to: Sender,
    frame: ClientFrame,
    code: "call_not_found" | "call_exists" | "glare" | "in_call" | "offline" | "bad_ticket",
    extra: { activeCallId?: string } = {},
  ): void {
    const callId = "callId" in frame && frame.callId !== undefined ? { callId: frame.callId } : {};
    const { connectionId } = to;
    this.#push(connectionId, {
      action: "error",
      code,
      message: code,
      about: frame.action,
      ...callId,
      ...extra,
    });
  }

  #refuseEnded(to: Sender, frame: ClientFrame, call: Call): void {
    const mine = to.userId === call.caller.userId ? call.caller.deviceId : call.calleeDevice;
    const open = mine === to.deviceId || to.userId === call.caller.userId ? "accepted" : "answered_elsewhere";
    this.#push(to.connectionId, {
      action: "error",
      code: "call_ended",
      message: "call_ended",
      about: frame.action,
      callId: call.callId,
      reason: (call.reason ?? open) as "hangup",
    });
  }

  #toOthers(from: Sender, frame: ServerFrame): void {
    for (const device of this.#devices(from.userId, null))
      if (device.deviceId !== from.deviceId) this.#push(device.connectionId, frame);
  }

  /** The newest socket of that device, or of each device. */
  #devices(userId: string, deviceId: string | null): Sender[] {
    const newest = new Map<string, Sender>();
    for (const client of this.#sockets.values())
      if (client.userId === userId && (deviceId === null || client.deviceId === deviceId))
        newest.set(client.deviceId, senderOf(client));
    return [...newest.values()];
  }
}

function senderOf({ userId, connectionId, deviceId }: SimulatedSignaling): Sender {
  return { userId, connectionId, deviceId };
}

function route(call: Call, from: Sender, to: Sender): string {
  return JSON.stringify([call.callId, from.connectionId, to.connectionId]);
}

function finish(call: Call, reason: string, endedAt: number): void {
  call.state = "ended";
  call.reason = reason;
  call.endedAt = endedAt;
}

function isUnheard({ answeredAt, ringUntil, reason }: Call, at: number): boolean {
  return answeredAt === null && at <= ringUntil && reason !== "busy" && reason !== "offline";
}

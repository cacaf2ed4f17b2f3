/**
 * The call controller: puts the call machine, its peer links and the local media together, and shows them to the views as one
 * model. It decides nothing: the machine does.
 */
import { createActor, type SnapshotFrom } from "xstate";
import type { ChoiceStorage } from "../media/choice";
import type { Devices } from "../media/constraints";
import { DeviceDirectory } from "../media/directory";
import { browserLevels, type Levels, levelOf } from "../media/level";
import { LocalMediaSource } from "../media/local";
import { InputPermissions, type PermissionQueries } from "../media/permissions";
import type { Payload, ServerAction } from "../protocol/frames";
import type { SignalingClient } from "../signaling/client";
import { randomId } from "../signaling/device";
import { browserPage, type Page } from "../signaling/page";
import { browserScheduler, type Scheduler } from "../signaling/scheduler";
import { Chat } from "./chat";
import { finishedCall, type LastWord } from "./context";
import type { CallEnvironment } from "./environment";
import { toCallEvents } from "./events";
import { IceServers, type IceServersAnswer } from "./ice-servers";
import { CallLinks } from "./links";
import { createCallMachine } from "./machine";
import { Measurement } from "./measure";
import { type MemoryStorage, Outbox, recall, remember } from "./memory";
import type { CallController, CallModel, CallPhase } from "./model";
import { browserPainted } from "./painted";
import type { VerificationCrypto } from "./verification";
import { VideoBudget } from "./video-budget";
import { sameModel, toModel } from "./view-model";

export interface CallControllerDeps {
  signaling: Pick<SignalingClient, "send" | "on" | "serverNow" | "check" | "hurry">;
  /** `GET /ice-servers`. */
  fetchIceServers: (signal: AbortSignal) => Promise<IceServersAnswer>;
  /** What follows is the browser's unless a test brings its own. */
  page?: Pick<Page, "onNetwork" | "onWoken" | "onGone">;
  scheduler?: Scheduler;
  devices?: Devices | undefined;
  permissions?: PermissionQueries | undefined;
  createPeerConnection?: (configuration: RTCConfiguration) => RTCPeerConnection;
  createMediaStream?: (tracks: MediaStreamTrack[]) => MediaStream;
  /** Resolves when what is being shown now is on the screen. */
  painted?: () => Promise<void>;
  newId?: () => string;
  storage?: MemoryStorage;
  crypto?: VerificationCrypto;
  /** Null when the browser cannot measure sound. */
  levels?: Levels | null;
  /** Survives the tab: `localStorage`. */
  preferences?: ChoiceStorage;
  /** Whether the browser lets a page choose where sound comes out. */
  canChooseSpeaker?: boolean;
  /** For the console. Never holds SDP, a candidate or a ticket. */
  report?: (problem: string, error?: unknown) => void;
}

/** A {@link CallController} that can be taken down. */
export interface OwnedCallController extends CallController {
  /** Ends the call, if there is one, and lets go of everything. */
  dispose(): void;
}

/** The frames that may be about a call. */
const CALL_ACTIONS = [
  "welcome",
  "error",
  "relay",
  "signal",
  "route",
  "invite",
  "invited",
  "ringing",
  "accept",
  "accepted",
  "answered_elsewhere",
  "busy",
  "timeout",
  "decline",
  "cancel",
  "hangup",
] as const satisfies ServerAction[];

const LAST_WORDS: Readonly<Record<LastWord, Payload>> = {
  away: { type: "away" },
  hangup: { type: "hangup" },
  declined: { type: "hangup", reason: "declined" },
};

export function createCallController(deps: CallControllerDeps): OwnedCallController {
  const {
    signaling,
    page = browserPage,
    scheduler = browserScheduler,
    createPeerConnection = (configuration) => new RTCPeerConnection(configuration),
    createMediaStream = (tracks) => new MediaStream(tracks),
    painted = browserPainted,
    newId = randomId,
    storage = sessionStorage,
    crypto = globalThis.crypto,
    levels = browserLevels(),
    preferences = localStorage,
    canChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype,
    report = () => {},
  } = deps;
  // Typed as always there, but absent where the page is not in a secure context.
  const devices = "devices" in deps ? deps.devices : (navigator.mediaDevices as Devices | undefined);
  const inputs = new InputPermissions(
    "permissions" in deps ? deps.permissions : (navigator.permissions as PermissionQueries | undefined),
  );

  const listeners = new Set<() => void>();
  const ice = new IceServers(deps.fetchIceServers, scheduler);
  const directory = new DeviceDirectory({
    devices,
    storage: preferences,
    scheduler,
    levels,
    canChooseSpeaker,
    createMediaStream,
    call: () => media,
    report,
  });
  const media: LocalMediaSource = new LocalMediaSource({
    devices,
    createMediaStream,
    granted: () => inputs.granted,
    chosen: () => directory.chosen,
    lost: (device, label, now) => directory.tellLost(device, label, now),
    report,
    changed: mediaChanged,
  });
  const outbox = new Outbox(storage);
  const chat = new Chat({
    now: () => scheduler.now(),
    newId,
    say: (payload) => links.say(payload),
    recall: (callId) => outbox.recall(callId),
    keep: (callId, unsent) => outbox.keep(callId, unsent),
    changed,
  });
  const links: CallLinks = new CallLinks({
    createPeerConnection,
    createMediaStream,
    painted,
    iceServers: (fresh) => ice.get(fresh),
    scheduler,
    newId,
    report,
    send: (frame) => void signaling.send(frame),
    event(event) {
      // What has cut the path may have cut the way to the server as well, by which it is mended; and what is back may be back for both.
      if (event.type === "link.interrupted") signaling.check();
      if (event.type === "link.connected") signaling.hurry();
      actor.send(event);
    },
    opened: () => chat.opened(actor.getSnapshot().context.rejoined),
    chat: (payload) => chat.hear(payload),
    crypto,
    changed,
  });
  let budget = new VideoBudget();
  let known: Record<"microphone" | "camera", MediaStreamTrack | null> = { microphone: null, camera: null };
  const measurement = new Measurement({
    scheduler,
    stats: () => links.stats(),
    remoteLevel: () => {
      const amplitude = links.remoteAmplitude;
      return amplitude === null ? null : levelOf(amplitude);
    },
    levels,
    pictureExpected: () => {
      // A shared screen may stand still for long, and its pictures are counted with the camera's.
      const { video, screen } = links.remote(false);
      return video && screen === null;
    },
    path(reading) {
      // Without a picture the estimate of the path says nothing about one.
      if (media.tracks.camera && budget.take(reading)) sendStep();
    },
    report,
    changed,
  });
  const environment: CallEnvironment = {
    now: () => scheduler.now(),
    serverNow: () => signaling.serverNow(),
    send: (frame) => void signaling.send(frame),
    openLink: (callId, device, polite, anew) => links.open(callId, device, polite, anew),
    deliver: (deviceId, payload) => links.deliver(deviceId, payload),
    sayAccept: (deviceId) => links.sayAccept(deviceId),
    activateLink: (deviceId) => links.activate(deviceId),
    closeLink: (deviceId) => links.close(deviceId),
    closeOtherLinks: (deviceId) => links.closeOthers(deviceId),
    closeLinks: (lastWord) => links.closeAll(lastWord ? LAST_WORDS[lastWord] : undefined),
    openMedia: (wanted) => media.open(wanted),
    previewMedia: (on) => (on ? media.open({ audio: false, video: true }) : media.close()),
    closeMedia: () => media.close(),
  };
  const actor = createActor(createCallMachine(environment), {
    clock: {
      setTimeout: (task: () => void, delay: number) => scheduler.setTimeout(task, delay),
      clearTimeout: (id: unknown) => scheduler.clearTimeout(id),
    },
  });

  let model = currentModel();
  const machineWatch = actor.subscribe({
    next: changed,
    error: (error) => report("The call machine broke.", error),
  });
  const watches = [
    () => machineWatch.unsubscribe(),
    ...CALL_ACTIONS.map((action) =>
      signaling.on(action, (frame) => {
        for (const event of toCallEvents(frame, actor.getSnapshot().context)) actor.send(event);
      }),
    ),
    // The call of a page before this one may have ended meanwhile.
    signaling.on("welcome", ({ call }) =>
      outbox.sweep((callId) => callId !== call?.callId && callId !== actor.getSnapshot().context.callId),
    ),
    signaling.on("welcome", () => ice.retry()),
    page.onNetwork(() => links.restart()),
    page.onWoken(() => {
      actor.send({ type: "page.woken" });
      links.restart();
    }),
    page.onGone(() => actor.send({ type: "page.gone" })),
  ];
  actor.start();

  function currentModel(): CallModel {
    const snapshot = actor.getSnapshot();
    const { context } = snapshot;
    chat.belongTo(context.callId);
    const phase = phaseOf(snapshot);
    measure(isActive(phase));
    return toModel({
      phase,
      left: snapshot.matches("left"),
      context,
      local: media.model,
      remote: links.remote(context.video),
      chat: chat.messages,
      verification: links.verification,
      quality: measurement.quality,
      audioOnly: !budget.step.active && media.model.video,
      speaking: measurement.speaking,
    });
  }

  function changed(): void {
    const { context } = actor.getSnapshot();
    outbox.sweep((callId) => finishedCall(context, callId) !== null);
    const next = currentModel();
    if (sameModel(model, next)) return;
    const begins = isActive(next.phase) && !isActive(model.phase);
    model = next;
    if (begins) keep();
    for (const listener of [...listeners]) listener();
  }

  function measure(on: boolean): void {
    if (on && !measurement.on) {
      budget = new VideoBudget();
      links.setVideoStep(budget.step);
    }
    measurement.setOn(on);
  }

  function sendStep(): void {
    links.setVideoStep(budget.step);
    mediaChanged();
  }

  /** For the page after a reload. */
  function keep(): void {
    const { callId, phase, answeredAt } = model;
    if (callId !== null && isActive(phase)) remember(storage, { callId, answeredAt, ...media.wanted });
  }

  function mediaChanged(): void {
    const { audio, video, screen } = media.model;
    // The other side shows a face's place, not a frozen picture, while the line carries none.
    links.setMedia(media.tracks, { type: "media", audio, video: video && budget.step.active, screen });
    measurement.setTrack(media.tracks.audio);
    const { audio: microphone, camera } = media.tracks;
    // What was allowed just now has a name from now on.
    if (microphone !== known.microphone || camera !== known.camera) directory.refresh();
    known = { microphone, camera };
    changed();
  }

  return {
    getModel: () => model,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    call(peer, { video = true } = {}) {
      actor.send({ type: "user.call", callId: newId(), peer, video });
      // Asked for now, to be there when the callee's devices ring; a failure shows when a link asks.
      ice.get(false).catch((error: unknown) => report("There are no ICE servers yet.", error));
    },
    accept: ({ video = model.video } = {}) => actor.send({ type: "user.accept", video }),
    preview: (on) => actor.send({ type: "user.preview", on }),
    decline: () => actor.send({ type: "user.decline" }),
    hangUp: () => actor.send({ type: "user.hang_up" }),
    dismiss: () => actor.send({ type: "user.dismiss" }),
    attend: (on) => actor.send({ type: "user.attend", on }),
    setMicrophone(on) {
      media.setMicrophone(on);
      keep();
    },
    setCamera(on) {
      media.setCamera(on);
      keep();
    },
    setScreen: (on) => media.setScreen(on),
    retryMedia: () => media.retry(),
    sendChat: (text) => isActive(model.phase) && chat.send(text),
    repeatVerification: () => links.repeatVerification(),
    rejoin() {
      const { rejoin: offer } = model;
      if (!offer) return;
      const left = recall(storage, offer.callId);
      const { audio = true, video = offer.video, answeredAt = null } = left ?? {};
      actor.send({ type: "user.rejoin", audio, video, answeredAt });
    },
    devices: directory,
    dispose() {
      actor.send({ type: "user.hang_up" });
      for (const stop of watches) stop();
      actor.stop();
      links.closeAll();
      media.close();
      directory.closePreview();
      listeners.clear();
    },
  };
}

function isActive(phase: CallPhase): boolean {
  return phase === "connecting" || phase === "in_call" || phase === "reconnecting";
}

/** The state as the views know it. */
export function phaseOf(snapshot: SnapshotFrom<ReturnType<typeof createCallMachine>>): CallPhase {
  if (snapshot.matches({ outgoing: "inviting" })) return "inviting";
  if (snapshot.matches({ outgoing: "ringing_out" }))
    return snapshot.context.reached ? "ringing_out" : "inviting";
  if (snapshot.matches("ringing_in")) return "ringing_in";
  if (snapshot.matches({ active: { path: "connecting" } })) return "connecting";
  if (snapshot.matches({ active: { path: "in_call" } })) return "in_call";
  if (snapshot.matches({ active: { path: "reconnecting" } })) return "reconnecting";
  if (snapshot.matches("ended")) return "ended";
  return "idle";
}

import type { ReactNode } from "react";
import type {
  CallModel,
  CallQuality,
  CallVerification,
  DevicesModel,
  EndReason,
  MediaProblem,
} from "../call/model";
import { CallList } from "../calls/call-list";
import { AddContactDialog } from "../contacts/add-contact-dialog";
import { ContactList } from "../contacts/contact-list";
import { CallEnded } from "../views/call-ended";
import { shortcutsOf } from "../views/call-offers";
import { CallScreen } from "../views/call-screen";
import { ConfirmDialog } from "../views/confirm-dialog";
import { DeviceDialog } from "../views/device-dialog";
import { Failure } from "../views/failure";
import { Home, type HomeProps, Pending } from "../views/home";
import { IncomingCall } from "../views/incoming-call";
import { RejoinBanner } from "../views/rejoin-banner";
import { ShortcutsDialog } from "../views/shortcuts-dialog";
import { VerificationDialog } from "../views/verification-dialog";
import { Welcome } from "../views/welcome";
import {
  blank,
  calls,
  chat,
  devicesOf,
  few,
  many,
  me,
  noActions,
  noDevices,
  now,
  someDevices,
} from "./fixtures";
import type { Pictures } from "./streams";

const nothing = () => undefined;

function contactList(contacts = few): ReactNode {
  return (
    <ContactList
      contacts={contacts}
      busy={new Set()}
      onAdd={nothing}
      onCall={nothing}
      onAccept={nothing}
      onDecline={nothing}
      onWithdraw={nothing}
      onRemove={nothing}
      onBlock={nothing}
      onUnblock={nothing}
    />
  );
}

function callList(past = calls, hasMore = true): ReactNode {
  return (
    <CallList
      calls={past}
      now={now}
      callable={new Set(few.map(({ contactId }) => contactId))}
      hasMore={hasMore}
      loadingMore={false}
      onMore={nothing}
      onCallBack={nothing}
    />
  );
}

function home(more: Partial<HomeProps> = {}): ReactNode {
  return (
    <Home
      user={me}
      connection="connected"
      sessionExpired={false}
      notice={null}
      missed={1}
      notifications={null}
      hasContacts
      contacts={contactList()}
      calls={callList()}
      onAddContact={nothing}
      onDevices={nothing}
      onSignIn={nothing}
      onSignOut={nothing}
      onDismissNotice={nothing}
      onShowCalls={nothing}
      {...more}
    />
  );
}

const welcome = { problem: null, leaving: false, onSignIn: nothing, onCreateAccount: nothing };

function screen(
  model: CallModel,
  more: { devices?: DevicesModel; withChat?: boolean; over?: ReactNode } = {},
): ReactNode {
  return (
    <>
      <div hidden>{home()}</div>
      <CallScreen
        model={model}
        actions={noActions}
        devices={devicesOf(more.devices)}
        me={me}
        canShareScreen={matchMedia("(min-width: 720px)").matches}
        withChat={more.withChat ?? false}
      />
      {more.over}
    </>
  );
}

function talking(streams: Pictures, more: Partial<CallModel> = {}): CallModel {
  return {
    ...blank,
    phase: "in_call",
    answeredAt: Date.now() - 754_000,
    local: { ...blank.local, stream: streams.mara() },
    remote: { ...blank.remote, stream: streams.ada() },
    ...more,
  };
}

function withProblem(streams: Pictures, problem: MediaProblem): CallModel {
  return talking(streams, {
    local: {
      stream: null,
      audio: problem.device === "camera",
      video: problem.device === "microphone",
      screen: false,
      problem,
    },
  });
}

const excellent: CallQuality = {
  level: "excellent",
  roundTripMs: 24,
  lossPercent: 0,
  sendKbps: 1_840,
  receiveKbps: 2_210,
  audioOnly: false,
  frozen: false,
};
const veryPoor: CallQuality = {
  level: "very_poor",
  roundTripMs: 870,
  lossPercent: 21.4,
  sendKbps: 38,
  receiveKbps: 61,
  audioOnly: true,
  frozen: false,
};

/** The dialog over a call, which is dark whatever the system says. */
function verification(streams: Pictures, state: CallVerification): ReactNode {
  return screen(talking(streams), {
    over: (
      <div className="call-screen" style={{ background: "none" }}>
        <VerificationDialog name="Ada Okafor" verification={state} onRepeat={nothing} onClose={nothing} />
      </div>
    ),
  });
}

function devicePicker(model: DevicesModel): ReactNode {
  return (
    <>
      {home()}
      <DeviceDialog model={model} onChoose={nothing} onTest={nothing} onClose={nothing} />
    </>
  );
}

const everyShortcut = shortcutsOf({
  microphone: nothing,
  camera: nothing,
  screen: nothing,
  chat: nothing,
  fullScreen: { active: false, toggle: nothing },
  pictureInPicture: { active: false, toggle: nothing },
  verify: true,
  open: nothing,
});

function ended(reason: EndReason, more: Partial<CallModel> = {}): ReactNode {
  return (
    <>
      <div hidden>{home()}</div>
      <CallEnded
        model={{ ...blank, phase: "ended", ended: { reason }, ...more }}
        onCallAgain={nothing}
        onAttend={nothing}
        onClose={nothing}
      />
    </>
  );
}

/** Every screen, by name, each made of literals. */
export const createStates = (streams: Pictures): Record<string, () => ReactNode> => ({
  welcome: () => <Welcome {...welcome} />,
  "welcome-refused": () => <Welcome {...welcome} problem="refused" />,
  failure: () => (
    <Failure
      title="Video Chat can’t start"
      text="The server can’t be reached. Check your connection, then try again."
      action="Try again"
      onAction={nothing}
    />
  ),
  home: () => home(),
  "home-many": () => home({ contacts: contactList(many), missed: 0 }),
  "home-calls": () => home({ first: "calls" }),
  "home-empty": () =>
    home({ hasContacts: false, contacts: contactList([]), calls: callList([], false), missed: 0 }),
  "home-loading": () =>
    home({
      contacts: (
        <Pending state={{ status: "loading" }} onRetry={nothing}>
          {nothing}
        </Pending>
      ),
      calls: (
        <Pending state={{ status: "loading" }} onRetry={nothing}>
          {nothing}
        </Pending>
      ),
    }),
  "home-failed": () =>
    home({
      contacts: (
        <Pending state={{ status: "failed", code: "network" }} onRetry={nothing}>
          {nothing}
        </Pending>
      ),
      connection: "reconnecting",
    }),
  "home-offline": () => home({ connection: "offline" }),
  "home-expired": () => home({ sessionExpired: true }),
  "home-notices": () =>
    home({
      notice: {
        kind: "info",
        text: "Missed call from Ada Okafor",
        action: { label: "Call back", onSelect: nothing },
      },
      notifications: { onTurnOn: nothing, onDismiss: nothing },
    }),
  "home-rejoin": () =>
    home({ lead: <RejoinBanner name="Ada Okafor" onRejoin={nothing} onHangUp={nothing} /> }),
  "home-error": () => home({ notice: { kind: "error", text: "This request has been withdrawn." } }),
  "add-contact": () => (
    <>
      {home()}
      <AddContactDialog error={null} sending={false} onSend={nothing} onClose={nothing} />
    </>
  ),
  "confirm-block": () => (
    <>
      {home()}
      <ConfirmDialog
        title="Block Ada Okafor?"
        text="They can no longer call you or see when you are online. They are not told."
        confirm="Block"
        onConfirm={nothing}
        onCancel={nothing}
      />
    </>
  ),
  incoming: () => (
    <>
      {home()}
      <IncomingCall model={{ ...blank, phase: "ringing_in", direction: "incoming" }} actions={noActions} />
    </>
  ),
  "incoming-preview": () => (
    <>
      {home()}
      <IncomingCall
        model={{
          ...blank,
          phase: "ringing_in",
          direction: "incoming",
          local: { ...blank.local, stream: streams.mara() },
        }}
        actions={noActions}
      />
    </>
  ),
  "incoming-voice": () => (
    <>
      {home()}
      <IncomingCall
        model={{ ...blank, phase: "ringing_in", direction: "incoming", video: false }}
        actions={noActions}
      />
    </>
  ),
  inviting: () => screen({ ...blank, phase: "inviting" }),
  ringing: () =>
    screen({ ...blank, phase: "ringing_out", local: { ...blank.local, stream: streams.mara() } }),
  connecting: () =>
    screen({ ...blank, phase: "connecting", local: { ...blank.local, stream: streams.mara() } }),
  talking: () => screen(talking(streams)),
  "talking-to-phone": () =>
    screen(talking(streams, { remote: { ...blank.remote, stream: streams.adaOnPhone() } })),
  "talking-muted": () =>
    screen(
      talking(streams, {
        local: { ...blank.local, audio: false, video: false },
        remote: { ...blank.remote, stream: streams.ada(), audio: false },
      }),
    ),
  "talking-into-muted": () =>
    screen(
      talking(streams, {
        local: { ...blank.local, stream: streams.mara(), audio: false },
        speaking: { local: false, remote: false, muted: true },
      }),
    ),
  "talking-remote-camera-off": () =>
    screen(talking(streams, { remote: { stream: streams.ada(), screen: null, audio: true, video: false } })),
  "talking-voice": () =>
    screen(
      talking(streams, {
        video: false,
        local: { ...blank.local, video: false },
        remote: { stream: null, screen: null, audio: true, video: false },
      }),
    ),
  "screen-remote": () =>
    screen(
      talking(streams, {
        remote: { stream: streams.ada(), screen: streams.screen(), audio: true, video: true },
      }),
    ),
  "screen-own": () =>
    screen(talking(streams, { local: { ...blank.local, stream: streams.mara(), screen: true } })),
  "talking-speaking": () =>
    screen(talking(streams, { quality: excellent, speaking: { local: true, remote: true, muted: false } })),
  "talking-frozen": () =>
    screen(talking(streams, { quality: { ...veryPoor, audioOnly: false, frozen: true } })),
  "talking-poor": () => screen(talking(streams, { quality: veryPoor })),
  "talking-voice-speaking": () =>
    screen(
      talking(streams, {
        video: false,
        quality: { ...excellent, level: "good" },
        speaking: { local: false, remote: true, muted: false },
        local: { ...blank.local, video: false },
        remote: { stream: null, screen: null, audio: true, video: false },
      }),
    ),
  chat: () => screen(talking(streams, { chat, quality: excellent }), { withChat: true }),
  "chat-empty": () => screen(talking(streams), { withChat: true }),
  "chat-long": () =>
    screen(
      talking(streams, {
        chat: [0, 1, 2, 3].flatMap((n) => chat.map((each) => ({ ...each, id: `${each.id}-${n}` }))),
        remote: { stream: streams.ada(), screen: streams.screen(), audio: true, video: true },
      }),
      { withChat: true },
    ),
  "chat-unread": () => screen(talking(streams, { chat: chat.slice(0, 3) })),
  "device-lost": () =>
    screen(talking(streams), {
      devices: {
        ...someDevices,
        lost: { device: "microphone", label: "Jabra Evolve2 65", now: "MacBook Pro Microphone" },
      },
    }),
  "verify-ready": () => verification(streams, { status: "ready", code: "482039" }),
  "verify-waiting": () => verification(streams, { status: "waiting" }),
  "verify-unanswered": () => verification(streams, { status: "unanswered" }),
  "verify-failed": () => verification(streams, { status: "failed" }),
  "verify-unavailable": () => verification(streams, { status: "unavailable" }),
  devices: () =>
    devicePicker({
      ...someDevices,
      preview: { stream: streams.mara(), level: 0.42, problem: null },
    }),
  "devices-denied": () =>
    devicePicker({
      ...noDevices,
      canChooseSpeaker: false,
      preview: { stream: null, level: 0, problem: { device: "both", problem: "denied" } },
    }),
  "devices-away": () =>
    devicePicker({
      ...someDevices,
      chosen: { camera: null, microphone: "m9", speaker: "s2", ringer: "s1" },
      preview: { stream: null, level: 0.1, problem: null },
    }),
  shortcuts: () => (
    <>
      {home()}
      <ShortcutsDialog shortcuts={everyShortcut} on onSwitch={nothing} onClose={nothing} />
    </>
  ),
  reconnecting: () => screen(talking(streams, { phase: "reconnecting" })),
  "camera-denied": () => screen(withProblem(streams, { device: "both", problem: "denied" })),
  "camera-missing": () => screen(withProblem(streams, { device: "camera", problem: "missing" })),
  "camera-in-use": () => screen(withProblem(streams, { device: "camera", problem: "in_use" })),
  "camera-insecure": () => screen(withProblem(streams, { device: "both", problem: "insecure" })),
  "microphone-failed": () => screen(withProblem(streams, { device: "microphone", problem: "failed" })),
  "ended-hangup": () => ended("remote_hangup", { answeredAt: now, durationMs: 754_000 }),
  "ended-declined": () => ended("declined"),
  "ended-timeout": () => ended("timeout"),
  "ended-busy": () => ended("busy"),
  "ended-offline": () => ended("offline"),
  "ended-lost": () => ended("lost", { answeredAt: now, durationMs: 42_000 }),
  "ended-not-allowed": () => ended("not_allowed"),
  "ended-in-call": () => ended("in_call"),
  "ended-failed": () => ended("failed"),
});

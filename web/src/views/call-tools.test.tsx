import { act, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { CallModel, CallQuality, ChatMessage, DevicesModel } from "../call/model";
import { blank, chat, devicesOf, noActions, someDevices } from "../gallery/fixtures";
import { CallScreen } from "./call-screen";
import { loadTools } from "./use-tools";

const stream = {} as MediaStream;
const seen = { remote: { ...blank.remote, stream } };

function show(model: Partial<CallModel> = {}, devices: Partial<DevicesModel> = {}) {
  const actions = {
    ...noActions,
    sendChat: vi.fn(() => true),
    setMicrophone: vi.fn(),
    repeatVerification: vi.fn(),
  };
  const controller = { ...devicesOf({ ...someDevices, ...devices }), dismissLost: vi.fn() };
  const view = (more: Partial<CallModel>) => (
    <CallScreen
      model={{ ...blank, phase: "in_call", ...more }}
      actions={actions}
      devices={controller}
      me={{ userId: "u-me", name: "Mara Lindt" }}
      canShareScreen
    />
  );
  const { rerender, unmount } = render(view(model));
  return {
    actions,
    devices: controller,
    unmount,
    change: (more: Partial<CallModel>) => rerender(view(more)),
    user: userEvent.setup(),
  };
}

const button = (name: string | RegExp) => screen.getByRole("button", { name });
/** Those of the menu: jsdom does not know that the popover hides them. */
const item = (name: string) => screen.queryByRole("button", { name, hidden: true });
const fromPeer = (id: string, text: string): ChatMessage => ({
  id,
  from: "peer",
  text,
  at: 0,
  state: "delivered",
});

beforeAll(loadTools);
beforeEach(() => localStorage.clear());
afterEach(() => vi.useRealTimers());

describe("the chat", () => {
  it("opens and closes with its button, which gets the focus back", async () => {
    const { user, actions } = show();
    expect(button("Chat")).toHaveAttribute("aria-expanded", "false");
    await user.click(button("Chat"));
    expect(button("Chat")).toHaveAttribute("aria-expanded", "true");
    await user.keyboard("Hello{Enter}");
    expect(actions.sendChat).toHaveBeenCalledExactlyOnceWith("Hello");
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("region", { name: "Chat" })).toBeNull();
    expect(button("Chat")).toHaveFocus();
  });

  it("keeps a draft while it is closed, and letters in it are not shortcuts", async () => {
    const { user, actions } = show();
    await user.keyboard("c");
    await user.keyboard("mm");
    await user.click(button("Close chat"));
    await user.click(button("Chat"));
    expect(screen.getByRole("textbox", { name: "Message" })).toHaveValue("mm");
    expect(actions.setMicrophone).not.toHaveBeenCalled();
  });

  it("counts what has come while it was closed", async () => {
    const { user, change } = show({ chat: chat.slice(0, 2) });
    expect(button("Chat")).toHaveAccessibleDescription("1 new message");
    change({ chat: chat.slice(0, 3) });
    expect(button("Chat")).toHaveAccessibleDescription("2 new messages");
    await user.click(button("Chat"));
    expect(button("Chat")).not.toHaveAccessibleDescription(/new/);
    change({ chat: chat.slice(0, 5) });
    await user.click(button("Close chat"));
    expect(button("Chat"), "what came while it was open has been seen").not.toHaveAccessibleDescription(
      /new/,
    );
  });

  it("shows and reads out a message that comes while it is closed, and opens from there", async () => {
    const { change } = show();
    vi.useFakeTimers();
    change({ chat: [fromPeer("1", "Are you there?")] });
    const peek = button("Ada Okafor: Are you there?");
    expect(peek.closest("[role=status]")).toBeInTheDocument();
    act(() => vi.advanceTimersByTime(8_000));
    expect(peek).not.toBeInTheDocument();
    change({ chat: [fromPeer("1", "Are you there?"), fromPeer("2", "Hello?")] });
    fireEvent.click(button("Ada Okafor: Hello?"));
    expect(screen.getByRole("region", { name: "Chat" })).toBeInTheDocument();
  });

  it("is there once somebody has answered", () => {
    show({ phase: "ringing_out" });
    fireEvent.keyDown(document.body, { key: "c" });
    expect(screen.queryByRole("button", { name: "Chat" })).toBeNull();
    expect(screen.queryByRole("region", { name: "Chat" })).toBeNull();
  });

  it("keeps the controls in sight while there is something to read", () => {
    vi.useFakeTimers();
    const { change } = show({ ...seen, chat: [fromPeer("1", "Hi")] });
    act(() => vi.advanceTimersByTime(20_000));
    expect(screen.getByRole("main")).not.toHaveClass("idle");
    change(seen);
    act(() => vi.advanceTimersByTime(20_000));
    expect(screen.getByRole("main")).toHaveClass("idle");
  });
});

describe("verification", () => {
  async function verify(verification: CallModel["verification"]) {
    const view = show({ verification });
    await view.user.click(item("Verify this call") ?? document.body);
    return { ...view, dialog: screen.getByRole("dialog", { name: "Verify this call" }) };
  }

  it("shows the code, digit by digit for a screen reader", async () => {
    const { dialog, user } = await verify({ status: "ready", code: "482039" });
    expect(dialog).toHaveTextContent("482039");
    expect(screen.getByRole("group", { name: "Code: 4 8 2 0 3 9" })).toBeInTheDocument();
    await user.click(button("Done"));
    expect(dialog).not.toBeInTheDocument();
  });

  it.each([
    [{ status: "waiting" }, /as soon as you are connected/],
    [{ status: "failed" }, /The check failed\. Somebody may be listening/],
    [{ status: "unanswered" }, /has not answered, so there is no code yet/],
    [{ status: "unavailable" }, /can’t be verified/],
  ] as const)("says what there is instead of one: %j", async (verification, text) => {
    const { dialog } = await verify(verification);
    expect(dialog).toHaveTextContent(text);
    expect(screen.queryByRole("group", { name: /^Code/ })).toBeNull();
  });

  it("can be tried again when there was no answer", async () => {
    const { actions, user } = await verify({ status: "unanswered" });
    await user.click(button("Try again"));
    expect(actions.repeatVerification).toHaveBeenCalledOnce();
  });

  it("needs somebody to verify with", () => {
    show({ phase: "inviting" });
    expect(item("Verify this call")).toBeNull();
  });
});

describe("quality", () => {
  const quality: CallQuality = {
    level: "good",
    roundTripMs: 42.4,
    lossPercent: 0.26,
    sendKbps: 950,
    receiveKbps: 1_234,
    audioOnly: false,
    frozen: false,
  };

  it("is a word, bars and figures", () => {
    show({ quality });
    const shown = screen.getByTitle(
      "Round trip 42 ms · Loss 0.3 % · Sending 950 kbit/s · Receiving 1.2 Mbit/s",
    );
    expect(shown).toHaveTextContent("Connection: Good");
    expect(shown.querySelectorAll(".lit")).toHaveLength(3);
  });

  it("is said aloud only when it is bad, and nothing is shown of a broken line", () => {
    const { change } = show({ quality });
    expect(screen.queryByText(/The connection is/)).toBeNull();
    change({ quality: { ...quality, level: "very_poor", audioOnly: true } });
    expect(screen.getByText("The connection is very poor.")).toHaveAttribute("role", "status");
    expect(screen.getByText("Weak connection: sound only")).toBeInTheDocument();
    expect(screen.getByText("Only sound is sent.")).toHaveAttribute("role", "status");
    change({ quality: { ...quality, frozen: true } });
    expect(screen.getByText("Weak connection: frozen")).toBeInTheDocument();
    expect(screen.getByText("The picture has stopped.")).toHaveAttribute("role", "status");
    change({ quality: { ...quality, frozen: true }, phase: "reconnecting" });
    expect(screen.queryByText(/frozen|has stopped/)).toBeNull();
    change({ quality, phase: "reconnecting" });
    expect(screen.queryByText("Good")).toBeNull();
  });
});

describe("whoever speaks", () => {
  it("has a sign, unless they are muted", () => {
    const { change } = show({ speaking: { local: true, remote: true, muted: false } });
    const signs = () => document.querySelectorAll(".local.voice, .voice-bars.on").length;
    expect(signs()).toBe(2);
    change({
      speaking: { local: true, remote: true, muted: false },
      local: { ...blank.local, audio: false },
      remote: { ...blank.remote, audio: false },
    });
    expect(signs()).toBe(0);
  });
});

describe("devices", () => {
  it("are chosen from the menu", async () => {
    const { user } = show();
    await user.click(item("Camera and sound") ?? document.body);
    expect(screen.getByRole("dialog", { name: "Camera and sound" })).toBeInTheDocument();
  });

  it("that are unplugged are told about until that has been read", async () => {
    const lost = { device: "microphone", label: "Jabra", now: "Built-in" } as const;
    const { user, devices } = show({}, { lost });
    expect(screen.getByText("Jabra was disconnected. Built-in is used now.")).toBeInTheDocument();
    await user.click(button("Dismiss"));
    expect(devices.dismissLost).toHaveBeenCalledOnce();
    expect(screen.getByRole("main")).toHaveFocus();
  });

  it("that are unplugged and have no replacement are told about, too", () => {
    show({}, { lost: { device: "camera", label: "", now: null } });
    expect(
      screen.getByText("Your camera was disconnected, and there is no other camera."),
    ).toBeInTheDocument();
  });

  it("play on the chosen speaker while it is there", () => {
    const setSinkId = vi.fn(async () => undefined);
    Object.assign(HTMLMediaElement.prototype, { setSinkId, sinkId: "" });
    try {
      show(seen, { chosen: { ...someDevices.chosen, speaker: "s2" } });
      expect(setSinkId).toHaveBeenCalledExactlyOnceWith("s2");
      show(seen, { chosen: { ...someDevices.chosen, speaker: "unplugged" } });
      expect(setSinkId).toHaveBeenCalledOnce();
    } finally {
      Reflect.deleteProperty(HTMLMediaElement.prototype, "setSinkId");
      Reflect.deleteProperty(HTMLMediaElement.prototype, "sinkId");
    }
  });
});

describe("shortcuts", () => {
  it("are listed at ?, as far as they do something", () => {
    show({ phase: "ringing_out" });
    fireEvent.keyDown(document.body, { key: "?" });
    expect(screen.getByText("Mute or unmute")).toBeInTheDocument();
    expect(screen.queryByText("Open or close the chat")).toBeNull();
  });

  it("can be switched off and on, for good", async () => {
    const { user, actions, unmount } = show();
    fireEvent.keyDown(document.body, { key: "?" });
    const dialog = screen.getByRole("dialog", { name: "Keyboard shortcuts" });
    expect(dialog).toHaveFocus();
    expect(dialog).toHaveTextContent("COpen or close the chat");
    await user.click(screen.getByRole("checkbox", { name: "Use single-key shortcuts" }));
    fireEvent.keyDown(document.body, { key: "m" });
    unmount();
    const again = show();
    fireEvent.keyDown(document.body, { key: "m" });
    expect(actions.setMicrophone).not.toHaveBeenCalled();
    expect(again.actions.setMicrophone).not.toHaveBeenCalled();
    await user.click(item("Keyboard shortcuts") ?? document.body);
    await user.click(screen.getByRole("checkbox", { name: "Use single-key shortcuts" }));
    fireEvent.keyDown(document.body, { key: "m" });
    expect(again.actions.setMicrophone).toHaveBeenCalledOnce();
  });
});

describe("full screen and picture in picture", () => {
  const set = (name: string, value: unknown) =>
    Object.defineProperty(document, name, { configurable: true, value });
  afterEach(() => {
    for (const name of ["fullscreenEnabled", "fullscreenElement", "exitFullscreen"])
      Reflect.deleteProperty(document, name);
    for (const name of ["pictureInPictureEnabled", "pictureInPictureElement"])
      Reflect.deleteProperty(document, name);
    Reflect.deleteProperty(document.documentElement, "requestFullscreen");
    Reflect.deleteProperty(HTMLVideoElement.prototype, "requestPictureInPicture");
  });

  it("are not offered where the browser has neither", () => {
    show(seen);
    expect(item("Full screen")).toBeNull();
    expect(item("Picture in picture")).toBeNull();
  });

  it("are offered, entered and left", async () => {
    set("fullscreenEnabled", true);
    const requestFullscreen = vi.fn(async () => {
      set("fullscreenElement", document.documentElement);
      document.dispatchEvent(new Event("fullscreenchange"));
    });
    const exitFullscreen = vi.fn(async () => {
      set("fullscreenElement", null);
      document.dispatchEvent(new Event("fullscreenchange"));
    });
    Object.assign(document.documentElement, { requestFullscreen });
    set("exitFullscreen", exitFullscreen);
    set("fullscreenElement", null);
    const { user, unmount } = show();
    await user.click(item("Full screen") ?? document.body);
    expect(requestFullscreen).toHaveBeenCalledOnce();
    expect(item("Leave full screen")).toBeInTheDocument();
    unmount();
    expect(exitFullscreen, "the end of the call is the end of it").toHaveBeenCalledOnce();
  });

  it("say when they do not work", async () => {
    set("pictureInPictureEnabled", true);
    set("pictureInPictureElement", null);
    const request = vi.fn().mockRejectedValue(new DOMException("no picture", "InvalidStateError"));
    Object.assign(HTMLVideoElement.prototype, { requestPictureInPicture: request });
    const { user } = show(seen);
    await user.click(item("Picture in picture") ?? document.body);
    expect(await screen.findByText("Picture in picture does not work here right now.")).toBeInTheDocument();
  });

  it("take the screen out of the page rather than the face beside it", async () => {
    set("pictureInPictureEnabled", true);
    set("pictureInPictureElement", null);
    const taken: string[] = [];
    Object.assign(HTMLVideoElement.prototype, {
      async requestPictureInPicture(this: HTMLVideoElement) {
        taken.push(this.dataset["testid"] ?? "");
      },
    });
    const { user, change } = show(seen);
    await user.click(item("Picture in picture") ?? document.body);
    change({ remote: { ...blank.remote, stream, screen: stream } });
    fireEvent.keyDown(document.body, { key: "p" });
    expect(taken).toEqual(["remote-video", "remote-screen"]);
  });
});

describe("a hint for who speaks into a microphone that is off", () => {
  const muted = {
    local: { ...blank.local, audio: false },
    speaking: { local: false, remote: false, muted: true },
  };
  const hint = () => screen.queryByText("Your microphone is off");

  it("is read out without interrupting, and switches it on", async () => {
    const { actions, change, user } = show();
    expect(hint()).toBeNull();
    change(muted);
    expect(hint()).toBeVisible();
    expect(screen.getByText("You are speaking, but your microphone is off.")).toHaveAttribute(
      "role",
      "status",
    );
    await user.click(button("Turn it on"));
    expect(actions.setMicrophone).toHaveBeenCalledExactlyOnceWith(true);
    expect(screen.getByRole("main")).toHaveFocus();
    change({});
    expect(hint()).toBeNull();
  });

  it("does not come back once it was closed, until the microphone has been on", async () => {
    const { change, user } = show(muted);
    await user.click(button("Dismiss"));
    expect(hint()).toBeNull();
    expect(screen.getByRole("main")).toHaveFocus();
    change({ ...muted, speaking: { local: false, remote: false, muted: false } });
    change(muted);
    expect(hint()).toBeNull();
    change({});
    change(muted);
    expect(hint()).toBeVisible();
  });
});

import { act, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { CallActions, CallModel } from "../call/model";
import { blank, devicesOf } from "../gallery/fixtures";
import { CallScreen } from "./call-screen";

const me = { userId: "u-me", name: "Mara Lindt" };

/** Stands for a stream where only its being there counts. */
const stream = {} as MediaStream;

function spies() {
  return {
    call: vi.fn(),
    accept: vi.fn(),
    preview: vi.fn(),
    decline: vi.fn(),
    hangUp: vi.fn(),
    setMicrophone: vi.fn(),
    setCamera: vi.fn(),
    setScreen: vi.fn(),
    retryMedia: vi.fn(),
    dismiss: vi.fn(),
    attend: vi.fn(),
    sendChat: vi.fn(() => true),
    repeatVerification: vi.fn(),
    rejoin: vi.fn(),
  } satisfies CallActions;
}

function show(model: Partial<CallModel>, canShareScreen = true) {
  const actions = spies();
  const view = (more: Partial<CallModel>) => (
    <CallScreen
      model={{ ...blank, phase: "in_call", ...more }}
      actions={actions}
      devices={devicesOf()}
      me={me}
      canShareScreen={canShareScreen}
    />
  );
  const { rerender } = render(view(model));
  return { actions, change: (more: Partial<CallModel>) => rerender(view(more)) };
}

const button = (name: string) => screen.getByRole("button", { name });

afterEach(() => {
  vi.useRealTimers();
});

describe("while it rings here", () => {
  it("waits out of sight and takes no keys until the call is accepted", async () => {
    const user = userEvent.setup();
    const { actions, change } = show({ phase: "ringing_in" });
    expect(screen.queryByRole("main")).toBeNull();
    await user.keyboard("m");
    expect(actions.setMicrophone).not.toHaveBeenCalled();
    change({ phase: "in_call" });
    expect(screen.getByRole("main")).toHaveFocus();
    await user.keyboard("m");
    expect(actions.setMicrophone).toHaveBeenCalledOnce();
  });
});

it("plays what it was not allowed to play while it rang", async () => {
  const play = vi
    .spyOn(HTMLMediaElement.prototype, "play")
    .mockRejectedValueOnce(new DOMException("", "NotAllowedError"))
    .mockResolvedValue();
  const remote = { ...blank.remote, stream };
  const { change } = show({ phase: "ringing_in", remote });
  await act(async () => undefined);
  change({ phase: "in_call", remote });
  await act(async () => undefined);
  expect(play).toHaveBeenCalledTimes(2);
  expect(screen.queryByRole("button", { name: "Tap to hear Ada Okafor" })).toBeNull();
});

describe("controls", () => {
  it("do what they say", async () => {
    const user = userEvent.setup();
    const { actions } = show({});
    await user.click(button("Mute"));
    await user.click(button("Turn camera off"));
    await user.click(button("Share screen"));
    await user.click(button("Hang up"));
    expect(actions.setMicrophone).toHaveBeenCalledWith(false);
    expect(actions.setCamera).toHaveBeenCalledWith(false);
    expect(actions.setScreen).toHaveBeenCalledWith(true);
    expect(actions.hangUp).toHaveBeenCalledOnce();
  });

  it("offer the opposite of what is on", async () => {
    const user = userEvent.setup();
    const { actions } = show({ local: { ...blank.local, audio: false, video: false, screen: true } });
    await user.click(button("Unmute"));
    await user.click(button("Turn camera on"));
    await user.click(button("Stop sharing"));
    expect(actions.setMicrophone).toHaveBeenCalledWith(true);
    expect(actions.setCamera).toHaveBeenCalledWith(true);
    expect(actions.setScreen).toHaveBeenCalledWith(false);
  });

  it("offer no sharing where the browser cannot, or to nobody", () => {
    show({}, false);
    show({ phase: "ringing_out" });
    expect(screen.queryByRole("button", { name: "Share screen" })).toBeNull();
  });
});

describe("shortcuts", () => {
  it("work from anywhere in the call", () => {
    const { actions } = show({});
    fireEvent.keyDown(document.body, { key: "m" });
    fireEvent.keyDown(document.body, { key: "V" });
    fireEvent.keyDown(document.body, { key: "s" });
    expect(actions.setMicrophone).toHaveBeenCalledWith(false);
    expect(actions.setCamera).toHaveBeenCalledWith(false);
    expect(actions.setScreen).toHaveBeenCalledWith(true);
  });

  it("leave typing, other key combinations and held keys alone", () => {
    const { actions } = show({});
    const field = document.body.appendChild(document.createElement("input"));
    fireEvent.keyDown(field, { key: "m" });
    fireEvent.keyDown(document.body, { key: "m", ctrlKey: true });
    fireEvent.keyDown(document.body, { key: "m", metaKey: true });
    fireEvent.keyDown(document.body, { key: "m", repeat: true });
    field.remove();
    expect(actions.setMicrophone).not.toHaveBeenCalled();
  });
});

describe("pictures", () => {
  it("are the same elements from the first ring to the talk", () => {
    const { change } = show({ phase: "inviting" });
    const elements = [screen.getByTestId("remote-video"), screen.getByTestId("local-video")];
    change({ phase: "ringing_out", local: { ...blank.local, stream } });
    change({ phase: "connecting", remote: { ...blank.remote, stream } });
    change({ phase: "in_call", remote: { ...blank.remote, stream } });
    expect([screen.getByTestId("remote-video"), screen.getByTestId("local-video")]).toEqual(elements);
    expect((elements[0] as HTMLVideoElement).srcObject).toBe(stream);
  });

  it("give way to the name while the other camera is off", () => {
    const { change } = show({ remote: { ...blank.remote, stream, video: false } });
    expect(screen.getByText("Camera off")).toBeInTheDocument();
    expect(screen.getByTestId("remote-video")).toHaveClass("unseen");
    change({ remote: { ...blank.remote, stream } });
    expect(screen.queryByText("Camera off")).toBeNull();
    expect(screen.getByTestId("remote-video")).not.toHaveClass("unseen");
  });

  it("of ourselves make no sound", () => {
    show({ local: { ...blank.local, stream } });
    expect((screen.getByTestId("local-video") as HTMLVideoElement).muted).toBe(true);
    expect((screen.getByTestId("remote-video") as HTMLVideoElement).muted).toBe(false);
  });

  it("of a shared screen come in an element of their own", () => {
    show({ remote: { ...blank.remote, stream, screen: {} as MediaStream } });
    expect(screen.getByTestId("remote-screen")).toBeInTheDocument();
    expect(screen.getByTestId("remote-video")).not.toHaveClass("unseen");
  });
});

describe("sound that the browser does not play by itself", () => {
  it("waits for a tap", async () => {
    const user = userEvent.setup();
    const play = vi
      .spyOn(HTMLMediaElement.prototype, "play")
      .mockRejectedValueOnce(new DOMException("no gesture yet", "NotAllowedError"))
      .mockResolvedValue();
    show({ remote: { ...blank.remote, stream } });
    await user.click(await screen.findByRole("button", { name: "Tap to hear Ada Okafor" }));
    expect(play).toHaveBeenCalledTimes(2);
    expect(screen.queryByRole("button", { name: "Tap to hear Ada Okafor" })).toBeNull();
  });
});

describe("what is told", () => {
  it("is the time since the answer", () => {
    vi.useFakeTimers({ now: 1_000_000 });
    show({ answeredAt: 1_000_000 - 61_000 });
    expect(screen.getByRole("timer")).toHaveTextContent("1:01");
    act(() => vi.advanceTimersByTime(2_000));
    expect(screen.getByRole("timer")).toHaveTextContent("1:03");
  });

  it("is that the other side is muted, and that the connection is interrupted", () => {
    show({ phase: "reconnecting", remote: { ...blank.remote, audio: false } });
    expect(screen.getByText("Muted")).toBeInTheDocument();
    expect(screen.getByText(/Reconnecting…/)).toBeInTheDocument();
  });

  it("is what is wrong with the camera, until it works or is put up with", async () => {
    const user = userEvent.setup();
    const problem = { device: "camera", problem: "denied" } as const;
    const { actions, change } = show({ local: { ...blank.local, video: false, problem } });
    expect(screen.getByRole("alert")).toHaveTextContent("Your camera is blocked");
    await user.click(button("Try again"));
    expect(actions.retryMedia).toHaveBeenCalledOnce();
    await user.click(button("Continue without"));
    expect(screen.queryByRole("alert")).toBeNull();
    change({ local: { ...blank.local, video: false, problem: { ...problem, problem: "in_use" } } });
    expect(screen.getByRole("alert")).toHaveTextContent("Your camera is in use");
  });
});

describe("controls over a picture", () => {
  const seen = { remote: { ...blank.remote, stream } };
  const main = () => screen.getByRole("main");

  it("fade without input and come back with it", () => {
    vi.useFakeTimers();
    show(seen);
    act(() => vi.advanceTimersByTime(4_000));
    expect(main()).toHaveClass("idle");
    expect(button("Hang up"), "still there for a screen reader").toBeInTheDocument();
    fireEvent.pointerMove(window);
    expect(main()).not.toHaveClass("idle");
  });

  it("stay while there is no picture or something to decide", () => {
    vi.useFakeTimers();
    const { change } = show({ remote: { ...blank.remote, video: false } });
    act(() => vi.advanceTimersByTime(10_000));
    expect(main()).not.toHaveClass("idle");
    change({ ...seen, local: { ...blank.local, problem: { device: "camera", problem: "denied" } } });
    act(() => vi.advanceTimersByTime(10_000));
    expect(main()).not.toHaveClass("idle");
  });

  it("are not pressed by the touch that brings them back", () => {
    vi.useFakeTimers();
    const { actions } = show(seen);
    act(() => vi.advanceTimersByTime(4_000));
    const hangUp = button("Hang up");
    const touch = () => {
      fireEvent.pointerDown(hangUp, { pointerType: "touch" });
      fireEvent.click(hangUp);
    };
    touch();
    expect(actions.hangUp).not.toHaveBeenCalled();
    touch();
    expect(actions.hangUp).toHaveBeenCalledOnce();
  });
});

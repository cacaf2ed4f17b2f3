import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { Emitter } from "../app/emitter";
import type { DeviceController, DevicesModel } from "../call/model";
import { someDevices } from "../gallery/fixtures";
import { DeviceSettings } from "./device-settings";

class FakeDevices implements DeviceController {
  model: DevicesModel;
  readonly changed = new Emitter();
  choose = vi.fn((device: keyof DevicesModel["chosen"], id: string | null) => {
    this.be({ chosen: { ...this.model.chosen, [device]: id } });
  });
  openPreview = vi.fn(() => this.be({ preview: { stream: null, level: 0, problem: null } }));
  closePreview = vi.fn();
  dismissLost = vi.fn();

  constructor(model: DevicesModel) {
    this.model = model;
  }

  getModel = () => this.model;
  subscribe = (listener: () => void) => this.changed.subscribe(listener);

  be(more: Partial<DevicesModel>) {
    this.model = { ...this.model, ...more };
    this.changed.emit();
  }
}

function show(model: Partial<DevicesModel> = {}) {
  const devices = new FakeDevices({ ...someDevices, ...model });
  const onClose = vi.fn();
  const { unmount } = render(<DeviceSettings devices={devices} onClose={onClose} />);
  return { devices, onClose, unmount, user: userEvent.setup() };
}

const select = (name: string) => screen.getByRole("combobox", { name });
const optionsOf = (name: string) =>
  within(select(name))
    .getAllByRole("option")
    .map(({ textContent }) => textContent);

describe("the device picker", () => {
  it("looks through camera and microphone while it is open, and no longer", () => {
    const { devices, unmount } = show();
    expect(devices.openPreview).toHaveBeenCalledOnce();
    expect(devices.closePreview).not.toHaveBeenCalled();
    unmount();
    expect(devices.closePreview).toHaveBeenCalledOnce();
  });

  it("offers what there is, and shows what is chosen", () => {
    show();
    expect(optionsOf("Camera")).toEqual(["System default", "FaceTime HD Camera", "Logitech BRIO"]);
    expect(select("Camera")).toHaveDisplayValue("Logitech BRIO");
    expect(select("Microphone")).toHaveDisplayValue("System default");
  });

  it("chooses, and goes back to the default", async () => {
    const { user, devices } = show();
    await user.selectOptions(select("Microphone"), "Jabra Evolve2 65");
    expect(devices.choose).toHaveBeenLastCalledWith("microphone", "m2");
    expect(select("Microphone")).toHaveDisplayValue("Jabra Evolve2 65");
    await user.selectOptions(select("Microphone"), "System default");
    expect(devices.choose).toHaveBeenLastCalledWith("microphone", null);
  });

  it("keeps a choice that is not connected", () => {
    show({ chosen: { ...someDevices.chosen, speaker: "gone" } });
    expect(select("Speaker")).toHaveDisplayValue("Your choice, not connected");
  });

  it("lets calls ring on another speaker than they are heard on", async () => {
    const { user, devices } = show();
    await user.selectOptions(select("Ring on"), "MacBook Pro Speakers");
    expect(devices.choose).toHaveBeenLastCalledWith("ringer", "s1");
    expect(select("Speaker")).toHaveDisplayValue("System default");
    expect(screen.getByRole("button", { name: "Play a test sound where calls ring" })).toBeInTheDocument();
  });

  it("offers no speakers where the browser does not", () => {
    show({ canChooseSpeaker: false, speakers: [] });
    expect(screen.queryByRole("combobox", { name: "Speaker" })).toBeNull();
    expect(screen.queryByRole("combobox", { name: "Ring on" })).toBeNull();
    expect(screen.queryByRole("button", { name: /^Play a test sound/ })).toBeNull();
  });

  it("shows how loud the microphone is", () => {
    const { devices } = show();
    const meter = screen.getByRole("meter", { name: "Microphone level" });
    act(() => devices.be({ preview: { stream: null, level: 0.421, problem: null } }));
    expect(meter).toHaveAttribute("aria-valuenow", "42");
    act(() => devices.be({ preview: { stream: null, level: 7, problem: null } }));
    expect(meter).toHaveAttribute("aria-valuenow", "100");
  });

  it("shows the picture, and says when there can be none", () => {
    const { devices } = show();
    const stream = {} as MediaStream;
    act(() => devices.be({ preview: { stream, level: 0, problem: null } }));
    const picture = screen.getByTestId<HTMLVideoElement>("device-preview");
    expect(picture.srcObject).toBe(stream);
    expect(picture.muted).toBe(true);
    const problem = { device: "both", problem: "denied" } as const;
    act(() => devices.be({ preview: { stream: null, level: 0, problem } }));
    expect(screen.getByRole("alert")).toHaveTextContent("Your camera and microphone are blocked");
    expect(screen.queryByTestId("device-preview")).toBeNull();
  });

  it("closes when one is done", async () => {
    const { user, onClose } = show();
    await user.click(screen.getByRole("button", { name: "Done" }));
    expect(onClose).toHaveBeenCalledOnce();
  });
});

import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Api } from "../api/client";
import { ApiError } from "../api/errors";
import type { Contact } from "../api/types";
import type { Session, SessionState } from "../auth/session";
import type { CallController, CallModel, DeviceController } from "../call/model";
import { blank, few, me, noActions, noDevices, calls as past } from "../gallery/fixtures";
import { App } from "./app";
import { createQueryClient, Data } from "./data";
import { Emitter } from "./emitter";

/** A server with a contact list. */
class FakeApi {
  contactList: Contact[] = few;
  failWith: ApiError | null = null;

  readonly user = async () => me;
  readonly contacts = async () => this.contactList;
  readonly calls = async () => ({ calls: past, next: null });
  readonly addContact = async (email: string): Promise<Contact> => {
    if (this.failWith) throw this.failWith;
    return this.#put({ contactId: "u-new", email, name: "New Person", state: "pending_sent", online: false });
  };
  readonly changeContact = async (id: string, state: "accepted" | "blocked"): Promise<Contact> => {
    if (this.failWith) throw this.failWith;
    const known = this.contactList.find(({ contactId }) => contactId === id);
    if (!known) throw new ApiError("contact_not_found", "", 404);
    return this.#put({ ...known, state });
  };
  readonly removeContact = async (id: string): Promise<void> => {
    this.contactList = this.contactList.filter(({ contactId }) => contactId !== id);
  };

  #put(contact: Contact): Contact {
    this.contactList = [
      ...this.contactList.filter(({ contactId }) => contactId !== contact.contactId),
      contact,
    ];
    return contact;
  }
}

class FakeCalls implements CallController {
  model: CallModel = blank;
  readonly changed = new Emitter();
  accept = noActions.accept;
  preview = noActions.preview;
  decline = noActions.decline;
  hangUp = noActions.hangUp;
  setMicrophone = noActions.setMicrophone;
  setCamera = noActions.setCamera;
  setScreen = noActions.setScreen;
  retryMedia = noActions.retryMedia;
  sendChat = noActions.sendChat;
  repeatVerification = noActions.repeatVerification;
  attend = noActions.attend;
  rejoin = noActions.rejoin;
  readonly devices: DeviceController = {
    getModel: () => noDevices,
    subscribe: () => () => undefined,
    choose: () => undefined,
    openPreview: () => undefined,
    closePreview: () => undefined,
    dismissLost: () => undefined,
  };
  call = vi.fn();
  dismiss = () => this.be("idle");
  getModel = () => this.model;
  subscribe = (listener: () => void) => this.changed.subscribe(listener);

  be(phase: CallModel["phase"], more: Partial<CallModel> = {}) {
    this.model = { ...blank, phase, ...more };
    this.changed.emit();
  }
}

function setUp() {
  const api = new FakeApi();
  const calls = new FakeCalls();
  const session = {
    state: { status: "signed_in", userId: me.userId } as SessionState,
    changed: new Emitter(),
    getState: () => session.state,
    subscribe: (listener: () => void) => session.changed.subscribe(listener),
    signIn: vi.fn(async () => true),
    signOut: vi.fn(async () => undefined),
  };
  const data = new Data(createQueryClient(), api as unknown as Api);
  render(
    <App
      services={{
        session: session as unknown as Session,
        data,
        calls,
        connection: { getState: () => "connected", subscribe: () => () => undefined },
        canShareScreen: true,
      }}
    />,
  );
  const be = (...state: Parameters<FakeCalls["be"]>) => act(() => calls.be(...state));
  return { api, calls, session, data, be, user: userEvent.setup() };
}

const button = (name: string) => screen.findByRole("button", { name });

beforeEach(() => {
  localStorage.clear();
});

describe("contacts", () => {
  it("are added, and the list has them", async () => {
    const { user } = setUp();
    await user.click(await button("Add contact"));
    await user.type(screen.getByRole("textbox", { name: "Email" }), "new@example.com");
    await user.click(await button("Send request"));
    expect(await screen.findByText("Request sent to New Person")).toBeInTheDocument();
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(await button("Withdraw request to New Person")).toBeInTheDocument();
  });

  it("that cannot be added keep the dialog open and say why", async () => {
    const { user, api } = setUp();
    api.failWith = new ApiError("cannot_add_self", "", 400);
    await user.click(await button("Add contact"));
    await user.type(screen.getByRole("textbox", { name: "Email" }), "me@example.com{Enter}");
    expect(await screen.findByText("That is your own address.")).toBeInTheDocument();
    expect(screen.getByRole("dialog", { name: "Add contact" })).toBeInTheDocument();
  });

  it("that asked are accepted and can be called", async () => {
    const { user } = setUp();
    await user.click(await button("Accept"));
    expect(await button("Call Tomasz Zieliński")).toBeInTheDocument();
  });

  it("whose request is gone are told about", async () => {
    const { user, api } = setUp();
    await button("Accept");
    api.failWith = new ApiError("no_request", "", 409);
    await user.click(await button("Accept"));
    expect(await screen.findByText("This request has been withdrawn.")).toBeInTheDocument();
  });

  it("are blocked after a question", async () => {
    const { user } = setUp();
    const row = (await button("Call Ada Okafor")).closest("li");
    if (!row) throw new Error("no row");
    await user.click(within(row).getByRole("button", { name: "Block", hidden: true }));
    const question = screen.getByRole("alertdialog", { name: "Block Ada Okafor?" });
    await user.click(within(question).getByRole("button", { name: "Block" }));
    await waitFor(() => expect(screen.queryByRole("button", { name: "Call Ada Okafor" })).toBeNull());
  });

  it("come and go as the server tells", async () => {
    const { data } = setUp();
    const row = (await button("Call Ada Okafor")).closest("li");
    expect(row).toHaveTextContent("Online");
    act(() => data.presence("u-1", false, 5));
    await waitFor(() => expect(row).toHaveTextContent("Offline"));
  });
});

describe("a call", () => {
  it("starts from a row", async () => {
    const { user, calls } = setUp();
    await user.click(await button("Call Ada Okafor"));
    expect(calls.call).toHaveBeenCalledWith({ userId: "u-1", name: "Ada Okafor" }, { video: true });
  });

  it("takes the window, is announced, and gives page and focus back", async () => {
    const { user, be } = setUp();
    await user.click(await button("Call Ada Okafor"));
    be("inviting");
    expect(screen.getByRole("main", { name: "Call with Ada Okafor" })).toHaveFocus();
    expect(screen.queryByRole("button", { name: "Add contact" })).toBeNull();
    expect(screen.getByText("Calling Ada Okafor")).toBeInTheDocument();
    be("idle");
    expect(await button("Call Ada Okafor")).toHaveFocus();
  });

  it("shows how it ended, and calls again", async () => {
    const { user, be, calls } = setUp();
    be("ended", { ended: { reason: "declined" } });
    await user.click(await button("Call again"));
    expect(calls.call).toHaveBeenCalledWith(blank.peer, { video: true });
    await user.click(await button("Close"));
    expect(await button("Add contact")).toBeInTheDocument();
  });

  it("rings over the page", async () => {
    const { be } = setUp();
    await button("Add contact");
    be("ringing_in", { direction: "incoming" });
    expect(screen.getByRole("dialog", { name: "Incoming call" })).toBeInTheDocument();
    be("idle");
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("that was missed leaves a line to call back from", async () => {
    const { user, be, calls } = setUp();
    be("ringing_in", { direction: "incoming" });
    be("ended", { direction: "incoming", ended: { reason: "cancelled" } });
    expect(await screen.findByText("Missed call from Ada Okafor")).toBeInTheDocument();
    expect(calls.model.phase).toBe("idle");
    await user.click(await button("Call back"));
    expect(calls.call).toHaveBeenCalledWith(blank.peer, { video: true });
  });

  it("that was declined here leaves nothing", async () => {
    const { be, calls } = setUp();
    be("ended", { direction: "incoming", ended: { reason: "declined" } });
    await button("Add contact");
    expect(calls.model.phase).toBe("idle");
    expect(screen.queryByRole("button", { name: "Dismiss" })).toBeNull();
  });
});

describe("a call that a reload has interrupted", () => {
  const rejoin = { callId: "call-1", peer: { userId: "u-1", name: "Ada Okafor" }, video: true };

  it("can be gone back to, or ended", async () => {
    const { user, be, calls } = setUp();
    calls.rejoin = vi.fn();
    calls.hangUp = vi.fn();
    be("idle", { rejoin });
    await user.click(await button("Rejoin call"));
    await user.click(await button("Hang up"));
    expect(calls.rejoin).toHaveBeenCalledOnce();
    expect(calls.hangUp).toHaveBeenCalledOnce();
    be("idle");
    expect(screen.queryByRole("button", { name: "Rejoin call" })).toBeNull();
  });
});

describe("devices", () => {
  it("can be chosen before a call", async () => {
    const { user, calls } = setUp();
    calls.devices.openPreview = vi.fn();
    calls.devices.closePreview = vi.fn();
    await user.click(await button("Camera and sound"));
    await screen.findByRole("dialog", { name: "Camera and sound" });
    expect(calls.devices.openPreview).toHaveBeenCalled();
    await user.click(await button("Done"));
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(calls.devices.closePreview).toHaveBeenCalled();
    expect(await button("Camera and sound")).toHaveFocus();
  });
});

describe("a session that ends", () => {
  it("asks to sign in again and leaves a call alone", async () => {
    const { user, session, be } = setUp();
    be("in_call", { answeredAt: Date.now() });
    act(() => {
      session.state = { status: "expired", userId: me.userId };
      session.changed.emit();
    });
    expect(screen.getByRole("button", { name: "Hang up" })).toBeInTheDocument();
    be("idle");
    await user.click(await button("Sign in again"));
    expect(session.signIn).toHaveBeenCalledOnce();
  });
});

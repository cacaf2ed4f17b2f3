import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { AddContactDialog } from "../contacts/add-contact-dialog";
import { blank } from "../gallery/fixtures";
import { CallEnded } from "./call-ended";
import { ConfirmDialog } from "./confirm-dialog";
import { IncomingCall } from "./incoming-call";

describe("IncomingCall", () => {
  const ringing = { ...blank, phase: "ringing_in", direction: "incoming" } as const;

  it("accepts as it was asked for, without video, or declines", async () => {
    const user = userEvent.setup();
    const actions = { accept: vi.fn(), decline: vi.fn(), preview: vi.fn() };
    render(<IncomingCall model={ringing} actions={actions} />);
    expect(screen.getByRole("dialog", { name: "Incoming call" })).toHaveTextContent("Ada Okafor");
    await user.click(screen.getByRole("button", { name: "Accept" }));
    await user.click(screen.getByRole("button", { name: "Answer without video" }));
    await user.click(screen.getByRole("button", { name: "Decline" }));
    expect(actions.accept.mock.calls).toEqual([[{ video: true }], [{ video: false }]]);
    expect(actions.decline).toHaveBeenCalledOnce();
  });

  it("shows the own camera on request, and what is wrong with it", async () => {
    const user = userEvent.setup();
    const actions = { accept: vi.fn(), decline: vi.fn(), preview: vi.fn() };
    const view = (local: Partial<(typeof ringing)["local"]>) => (
      <IncomingCall model={{ ...ringing, local: { ...ringing.local, ...local } }} actions={actions} />
    );
    const { rerender } = render(view({ stream: null }));
    expect(screen.queryByTestId("local-video")).toBeNull();
    await user.click(screen.getByRole("button", { name: "Preview camera" }));
    rerender(view({ stream: {} as MediaStream }));
    expect(screen.getByTestId("local-video")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Close preview" }));
    expect(actions.preview.mock.calls).toEqual([[true], [false]]);
    rerender(view({ stream: null, problem: { device: "camera", problem: "in_use" } }));
    expect(screen.getByRole("alert")).toHaveTextContent(/camera/i);
  });

  it("offers nothing with video in a voice call", async () => {
    const user = userEvent.setup();
    const actions = { accept: vi.fn(), decline: vi.fn(), preview: vi.fn() };
    render(<IncomingCall model={{ ...ringing, video: false }} actions={actions} />);
    expect(screen.queryByRole("button", { name: "Answer without video" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Preview camera" })).toBeNull();
    await user.click(screen.getByRole("button", { name: "Accept" }));
    expect(actions.accept).toHaveBeenCalledWith({ video: false });
  });

  it("neither takes a key that was meant for something else, nor goes away on Escape", async () => {
    const user = userEvent.setup();
    const actions = { accept: vi.fn(), decline: vi.fn(), preview: vi.fn() };
    render(<IncomingCall model={ringing} actions={actions} />);
    const dialog = screen.getByRole<HTMLDialogElement>("dialog");
    expect(dialog).toHaveFocus();
    await user.keyboard("{Enter} ");
    // What a browser does on Escape, twice: it may ask first, and then close whatever the answer was.
    expect(fireEvent(dialog, new Event("cancel", { cancelable: true }))).toBe(false);
    dialog.close();
    expect(dialog).toHaveAttribute("open");
    expect(actions.accept).not.toHaveBeenCalled();
    expect(actions.decline).not.toHaveBeenCalled();
  });

  it("gives the focus back", () => {
    render(<button type="button">before</button>);
    screen.getByRole("button", { name: "before" }).focus();
    const { unmount } = render(
      <IncomingCall model={ringing} actions={{ accept: vi.fn(), decline: vi.fn(), preview: vi.fn() }} />,
    );
    unmount();
    expect(screen.getByRole("button", { name: "before" })).toHaveFocus();
  });
});

describe("AddContactDialog", () => {
  function show(error: string | null = null, sending = false) {
    const props = { onSend: vi.fn(), onClose: vi.fn() };
    const view = (code: string | null) => <AddContactDialog error={code} sending={sending} {...props} />;
    const { rerender } = render(view(error));
    return { ...props, fail: (code: string) => rerender(view(code)) };
  }

  it("sends what was typed", async () => {
    const user = userEvent.setup();
    const { onSend } = show();
    await user.type(screen.getByRole("textbox", { name: "Email" }), " ada@example.com ");
    await user.click(screen.getByRole("button", { name: "Send request" }));
    expect(onSend).toHaveBeenCalledWith("ada@example.com");
  });

  it("asks for an address when there is none", async () => {
    const user = userEvent.setup();
    const { onSend } = show();
    await user.click(screen.getByRole("button", { name: "Send request" }));
    expect(screen.getByRole("alert")).toHaveTextContent("Enter an email address.");
    expect(screen.getByRole("textbox", { name: "Email" })).toHaveFocus();
    expect(onSend).not.toHaveBeenCalled();
  });

  it("says what was wrong, until the address is another one", async () => {
    const user = userEvent.setup();
    const { fail } = show();
    const field = screen.getByRole("textbox", { name: "Email" });
    await user.type(field, "ada@example.com{Enter}");
    fail("user_not_found");
    expect(screen.getByRole("alert")).toHaveTextContent("Nobody here has this email address");
    expect(field).toHaveAccessibleDescription(/Nobody here/);
    expect(field).toBeInvalid();
    await user.type(field, "x");
    expect(screen.getByRole("alert")).toBeEmptyDOMElement();
    expect(field).toBeValid();
  });

  it("sends once", async () => {
    const user = userEvent.setup();
    const { onSend } = show(null, true);
    await user.type(screen.getByRole("textbox", { name: "Email" }), "ada@example.com{Enter}");
    expect(onSend).not.toHaveBeenCalled();
  });
});

describe("ConfirmDialog", () => {
  it("leaves it on Escape and on a click beside it", () => {
    const onCancel = vi.fn();
    render(<ConfirmDialog title="Block?" text="" confirm="Block" onConfirm={vi.fn()} onCancel={onCancel} />);
    const dialog = screen.getByRole("alertdialog", { name: "Block?" });
    fireEvent(dialog, new Event("cancel", { cancelable: true }));
    fireEvent.mouseDown(dialog);
    fireEvent.mouseDown(screen.getByRole("button", { name: "Block" }));
    expect(onCancel).toHaveBeenCalledTimes(2);
  });
});

describe("CallEnded", () => {
  it("says what happened and calls again", async () => {
    const user = userEvent.setup();
    const actions = { onCallAgain: vi.fn(), onAttend: vi.fn(), onClose: vi.fn() };
    render(<CallEnded model={{ ...blank, phase: "ended", ended: { reason: "busy" } }} {...actions} />);
    expect(screen.getByRole("heading", { name: "Ada Okafor is in another call" })).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Call again" }));
    await user.click(screen.getByRole("button", { name: "Close" }));
    expect(actions.onCallAgain).toHaveBeenCalledOnce();
    expect(actions.onClose).toHaveBeenCalledOnce();
  });

  it("has the focus as a whole, so that a key meant for the call presses nothing", async () => {
    const user = userEvent.setup();
    const actions = { onCallAgain: vi.fn(), onAttend: vi.fn(), onClose: vi.fn() };
    render(<CallEnded model={{ ...blank, phase: "ended", ended: { reason: "busy" } }} {...actions} />);
    expect(screen.getByRole("main")).toHaveFocus();
    await user.keyboard("{Enter} m");
    expect(actions.onCallAgain).not.toHaveBeenCalled();
    expect(actions.onClose).not.toHaveBeenCalled();
    await user.tab();
    expect(screen.getByRole("button", { name: "Close" })).toHaveFocus();
  });

  describe("is attended to", () => {
    const model = { ...blank, phase: "ended", ended: { reason: "busy" } } as const;

    function show() {
      const onAttend = vi.fn();
      render(<CallEnded model={model} onCallAgain={vi.fn()} onAttend={onAttend} onClose={vi.fn()} />);
      expect(onAttend).toHaveBeenLastCalledWith(false);
      return { onAttend, user: userEvent.setup(), again: screen.getByRole("button", { name: "Call again" }) };
    }

    it("while the pointer is on its buttons", async () => {
      const { onAttend, user, again } = show();
      await user.hover(again);
      expect(onAttend).toHaveBeenLastCalledWith(true);
      await user.unhover(again);
      expect(onAttend).toHaveBeenLastCalledWith(false);
    });

    it("from the first key on", async () => {
      const { onAttend, user } = show();
      await user.tab();
      expect(onAttend).toHaveBeenLastCalledWith(true);
    });

    it("from the first touch on", async () => {
      const { onAttend, user } = show();
      await user.click(screen.getByRole("heading"));
      expect(onAttend).toHaveBeenLastCalledWith(true);
    });
  });

  it("does not offer what is not allowed", () => {
    const model = { ...blank, phase: "ended", ended: { reason: "not_allowed" } } as const;
    render(<CallEnded model={model} onCallAgain={vi.fn()} onAttend={vi.fn()} onClose={vi.fn()} />);
    expect(screen.queryByRole("button", { name: "Call again" })).toBeNull();
  });
});

import { fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import type { ChatMessage } from "../call/model";
import { chat } from "../gallery/fixtures";
import { ChatPanel, type ChatPanelProps } from "./chat-panel";

type PanelProps = Pick<ChatPanelProps, "messages" | "onSend" | "onClose">;

/** The panel with somebody who keeps the draft. */
function Panel(props: PanelProps) {
  const [draft, setDraft] = useState("");
  return <ChatPanel name="Ada Okafor" draft={draft} onDraft={setDraft} {...props} />;
}

function show({ messages = [] as readonly ChatMessage[], taken = true } = {}) {
  const onSend = vi.fn((_text: string) => taken);
  const onClose = vi.fn();
  const { rerender } = render(<Panel {...{ messages, onSend, onClose }} />);
  const change = (messages: readonly ChatMessage[]) => rerender(<Panel {...{ messages, onSend, onClose }} />);
  return { onSend, onClose, change, user: userEvent.setup() };
}

const field = () => screen.getByRole("textbox", { name: "Message" });

describe("writing", () => {
  it("starts at once, sends with Enter and goes on", async () => {
    const { user, onSend } = show();
    expect(field()).toHaveFocus();
    await user.keyboard("  Hello there  {Enter}");
    expect(onSend).toHaveBeenCalledExactlyOnceWith("Hello there");
    expect(field()).toHaveValue("");
    expect(field()).toHaveFocus();
  });

  it("sends with the button and gives the field the focus back", async () => {
    const { user, onSend } = show();
    await user.type(field(), "Hello");
    await user.click(screen.getByRole("button", { name: "Send" }));
    expect(onSend).toHaveBeenCalledExactlyOnceWith("Hello");
    expect(field()).toHaveFocus();
  });

  it("begins a new line with Shift and Enter", async () => {
    const { user, onSend } = show();
    await user.type(field(), "one{Shift>}{Enter}{/Shift}two");
    expect(onSend).not.toHaveBeenCalled();
    expect(field()).toHaveValue("one\ntwo");
  });

  it("leaves the Enter that ends the composition of a character alone", async () => {
    const { user, onSend } = show();
    await user.type(field(), "にほん");
    fireEvent.keyDown(field(), { key: "Enter", isComposing: true });
    expect(onSend).not.toHaveBeenCalled();
  });

  it("does not send nothing", async () => {
    const { user, onSend } = show();
    await user.type(field(), "   {Enter}");
    await user.click(screen.getByRole("button", { name: "Send" }));
    expect(onSend).not.toHaveBeenCalled();
  });

  it("keeps what could not be sent, and says so until it can", async () => {
    const { user, onSend } = show({ taken: false });
    await user.type(field(), "Hello{Enter}");
    expect(field()).toHaveValue("Hello");
    expect(screen.getByRole("alert")).toHaveTextContent("could not be sent");
    onSend.mockReturnValue(true);
    await user.type(field(), "{Enter}");
    expect(field()).toHaveValue("");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("takes no more than a message may hold", () => {
    show();
    expect(field()).toHaveAttribute("maxLength", "4000");
  });
});

describe("reading", () => {
  it("is done in a log that screen readers follow", () => {
    const { change } = show();
    const log = screen.getByRole("log", { name: "Messages with Ada Okafor" });
    expect(log).toHaveTextContent("Only you and Ada Okafor see what is written here.");
    change(chat);
    expect(within(log).getAllByRole("article")).toHaveLength(chat.length);
    expect(log).not.toHaveTextContent("Only you");
  });

  it("tells who wrote what, and what is still on its way", () => {
    show({ messages: chat });
    const articles = screen.getAllByRole("article");
    expect(articles[0]).toHaveTextContent("Ada Okafor 12:01");
    expect(articles[1]).toHaveTextContent("You 12:02");
    expect(articles[1]).not.toHaveTextContent("Sending");
    expect(articles[5]).toHaveTextContent("Sending…");
  });

  it("follows the end of the list, unless somebody reads further up", () => {
    const { change } = show({ messages: chat.slice(0, 2) });
    const log = screen.getByRole("log");
    Object.defineProperties(log, {
      scrollHeight: { configurable: true, value: 1_000 },
      clientHeight: { configurable: true, value: 300 },
    });
    change(chat.slice(0, 3));
    expect(log.scrollTop).toBe(1_000);
    log.scrollTop = 100;
    fireEvent.scroll(log);
    change(chat.slice(0, 4));
    expect(log.scrollTop).toBe(100);
  });
});

it("closes with its button and with Escape", async () => {
  const { user, onClose } = show();
  await user.keyboard("{Escape}");
  await user.click(screen.getByRole("button", { name: "Close chat" }));
  expect(onClose).toHaveBeenCalledTimes(2);
});

import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { Contact } from "../api/types";
import { few, many } from "../gallery/fixtures";
import { type ContactActions, ContactList } from "./contact-list";

function show(contacts: Contact[], busy: string[] = []) {
  const actions = {
    onAdd: vi.fn(),
    onCall: vi.fn(),
    onAccept: vi.fn(),
    onDecline: vi.fn(),
    onWithdraw: vi.fn(),
    onRemove: vi.fn(),
    onBlock: vi.fn(),
    onUnblock: vi.fn(),
  } satisfies ContactActions & { onAdd: () => void };
  render(<ContactList contacts={contacts} busy={new Set(busy)} {...actions} />);
  return actions;
}

const button = (name: string) => screen.getByRole("button", { name });
/** Also those in a menu that is closed, which jsdom counts as hidden. */
const menuButton = (row: HTMLElement, name: string) =>
  within(row).getByRole("button", { name, hidden: true });
const row = (name: string) => {
  const found = screen.getByText(name).closest("li");
  if (!found) throw new Error(`no row of ${name}`);
  return found;
};
const named = (name: string) => expect.objectContaining({ name });

describe("ContactList", () => {
  it("calls, with and without video, also who is offline", async () => {
    const user = userEvent.setup();
    const { onCall } = show(few);
    await user.click(button("Call Ada Okafor"));
    await user.click(button("Call Grandma"));
    await user.click(menuButton(row("Ada Okafor"), "Voice call"));
    expect(onCall.mock.calls).toEqual([
      [named("Ada Okafor"), { video: true }],
      [named("Grandma"), { video: true }],
      [named("Ada Okafor"), { video: false }],
    ]);
  });

  it("says in words who is here", () => {
    show(few);
    expect(row("Ada Okafor")).toHaveTextContent("Online");
    expect(row("Grandma")).toHaveTextContent("Offline");
  });

  it("answers a request, which says whose it is", async () => {
    const user = userEvent.setup();
    const { onAccept, onDecline, onBlock } = show(few);
    expect(button("Accept")).toHaveAccessibleDescription(/Tomasz Zieliński/);
    await user.click(button("Accept"));
    await user.click(button("Decline"));
    await user.click(menuButton(row("Tomasz Zieliński"), "Block"));
    for (const action of [onAccept, onDecline, onBlock]) {
      expect(action).toHaveBeenCalledWith(named("Tomasz Zieliński"));
    }
  });

  it("waits while a change is under way", () => {
    show(few, ["u-5", "u-6"]);
    expect(button("Accept")).toBeDisabled();
    expect(button("Withdraw request to Priya Raman")).toBeDisabled();
  });

  it("takes back, removes, blocks and unblocks", async () => {
    const user = userEvent.setup();
    const { onWithdraw, onRemove, onBlock, onUnblock } = show(few);
    await user.click(button("Withdraw request to Priya Raman"));
    await user.click(menuButton(row("Jonas Weber"), "Remove contact"));
    await user.click(menuButton(row("Jonas Weber"), "Block"));
    await user.click(screen.getByText("Blocked"));
    await user.click(button("Unblock Spam Caller"));
    expect(onWithdraw).toHaveBeenCalledWith(named("Priya Raman"));
    expect(onRemove).toHaveBeenCalledWith(named("Jonas Weber"));
    expect(onBlock).toHaveBeenCalledWith(named("Jonas Weber"));
    expect(onUnblock).toHaveBeenCalledWith(named("Spam Caller"));
  });

  it("can be searched when it is long", async () => {
    const user = userEvent.setup();
    show(many);
    await user.type(screen.getByRole("searchbox", { name: "Search contacts" }), "lucia");
    const names = within(screen.getByRole("list", { name: "Your contacts" })).getAllByRole("button", {
      name: /^Call /,
    });
    expect(names.map((each) => each.getAttribute("aria-label"))).toEqual(["Call Lucía Fernández"]);
    await user.type(screen.getByRole("searchbox"), "zzz");
    expect(screen.getByText("Nobody matches “luciazzz”.")).toBeInTheDocument();
  });

  it("has no search field when it is short", () => {
    show(few);
    expect(screen.queryByRole("searchbox")).toBeNull();
  });

  it("says how to begin when it is empty", async () => {
    const user = userEvent.setup();
    const { onAdd } = show([]);
    await user.click(button("Add contact"));
    expect(onAdd).toHaveBeenCalledOnce();
  });
});

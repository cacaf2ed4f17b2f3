import { renderHook } from "@testing-library/react";
import { expect, it } from "vitest";
import type { ChatMessage } from "../call/model";
import { useUnread } from "./use-unread";

const message = (id: string, more: Partial<ChatMessage> = {}): ChatMessage => ({
  id,
  from: "peer",
  text: id,
  at: 0,
  state: "delivered",
  ...more,
});

type Step = [messages: ChatMessage[], open: boolean];

function unread(first: Step, ...later: Step[]): string[] {
  const { result, rerender } = renderHook(([messages, open]: Step) => useUnread(messages, open), {
    initialProps: first,
  });
  for (const step of later) rerender(step);
  return result.current.map(({ id }) => id);
}

it("counts what the other side has written since the chat was last open", () => {
  expect(unread([[message("1"), message("2", { from: "me" }), message("3")], false])).toEqual(["1", "3"]);
  expect(unread([[message("1")], true])).toEqual([]);
  expect(unread([[message("1")], true], [[message("1"), message("2")], false])).toEqual(["2"]);
});

it("does not count what comes back after a reload, whatever has been seen since", () => {
  const past = [message("1", { restored: true }), message("2", { restored: true })];
  expect(unread([[message("3")], false], [[...past, message("3")], false])).toEqual(["3"]);
  expect(unread([[message("3")], true], [[...past, message("3")], false])).toEqual([]);
});

it("tells apart two messages with the same id, one of each side", () => {
  const [mine, theirs] = [message("1", { from: "me" }), message("1")];
  expect(unread([[mine], true], [[mine, theirs], false])).toEqual(["1"]);
});

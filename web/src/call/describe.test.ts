import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeMachine, machineToDescribe, pathOf, statesOf, transitionsOf } from "./describe";
import { EVENTS } from "./events";
import { IGNORED } from "./ignored";

const { root } = machineToDescribe();
const states = statesOf(root);

test("docs/call-machine.md is what the machine is", async () => {
  await expect(describeMachine()).toMatchFileSnapshot(
    join(import.meta.dirname, "../../../docs/call-machine.md"),
  );
});

test("every state is described", () => {
  expect(states.filter((state) => !state.description).map(pathOf)).toEqual([]);
});

describe("every state has an answer to every event", () => {
  // The regions of the active call are always entered together: the call as a whole has the answers.
  const wholes = states.filter(
    (state) => (state.type === "atomic" && !pathOf(state).startsWith("active")) || pathOf(state) === "active",
  );
  const common = transitionsOf(root).map(([event]) => event);

  test.each(wholes.map((state) => [pathOf(state), state] as const))("%s", (path, state) => {
    const inside = path === "active" ? statesOf(state) : [];
    const above = ancestors(state).filter((node) => node !== root);
    const handled = [state, ...inside, ...above].flatMap((node) =>
      transitionsOf(node).map(([event]) => event),
    );
    const ignored = Object.keys(IGNORED[path] ?? {});
    const answered = new Set([...handled, ...common, ...ignored]);
    expect(Object.keys(EVENTS).filter((event) => !answered.has(event))).toEqual([]);
    expect(ignored.filter((event) => handled.includes(event) || common.includes(event))).toEqual([]);
  });

  function ancestors(state: (typeof states)[number]): (typeof states)[number][] {
    return state.parent ? [state.parent, ...ancestors(state.parent)] : [];
  }
});

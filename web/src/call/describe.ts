/** Writes the call machine down: the text of docs/call-machine.md. For people; the app does not use it. */
import type { CallEnvironment } from "./environment";
import { EVENTS } from "./events";
import { createCallMachine } from "./machine";

type Machine = ReturnType<typeof createCallMachine>;
type StateNode = Machine["root"];
type Transition = StateNode["transitions"] extends Map<string, (infer T)[]> ? T : never;

/** A machine to look at, not to run. */
export function machineToDescribe(): Machine {
  return createCallMachine({} as CallEnvironment);
}

/** All states but the root, parents before children. */
export function statesOf(node: StateNode): StateNode[] {
  return Object.values(node.states).flatMap((child) => [child, ...statesOf(child)]);
}

export function pathOf(node: StateNode): string {
  return node.path.join(".");
}

/** The transitions of a state, by event; timers and immediate ones under `after …` and `always`. */
export function transitionsOf(node: StateNode): [string, Transition][] {
  const named = [...node.transitions].flatMap(([event, transitions]) =>
    transitions.map((transition): [string, Transition] => [eventName(event), transition]),
  );
  const always = (node.always ?? []).map((transition): [string, Transition] => ["always", transition]);
  return [...always, ...named];
}

export function describeMachine(): string {
  const { root } = machineToDescribe();
  const states = statesOf(root);
  const lines = [
    "# The call machine",
    "",
    "Generated from `web/src/call/machine.ts` by `npm run gen:call-machine`; a test checks that it is current.",
    "",
    "```mermaid",
    "stateDiagram-v2",
    ...diagram(root, 1),
    "```",
    "",
    "## States",
    "",
  ];
  for (const node of states) {
    lines.push(`### ${pathOf(node)}`, "", String(node.description ?? ""), "");
    if (node.entry.length > 0) lines.push(`On entry: ${actions(node.entry)}.`, "");
    if (node.exit.length > 0) lines.push(`On exit: ${actions(node.exit)}.`, "");
    table(lines, transitionsOf(node));
  }
  lines.push("## In every state", "");
  table(lines, transitionsOf(root));
  lines.push("## Events", "", "| Event | Meaning |", "|---|---|");
  for (const [event, meaning] of Object.entries(EVENTS)) lines.push(`| \`${event}\` | ${meaning} |`);
  return `${lines.join("\n")}\n`;
}

function table(lines: string[], transitions: [string, Transition][]): void {
  if (transitions.length === 0) return;
  lines.push("| Event | If | To | Does | |", "|---|---|---|---|---|");
  for (const [event, transition] of transitions) {
    const target = transition.target?.map(pathOf).join(", ") ?? "";
    const again = transition.reenter && target !== "" ? " (anew)" : "";
    const cells = [
      event,
      guardName(transition),
      target + again,
      actions(transition.actions),
      transition.description ?? "",
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  lines.push("");
}

function diagram(node: StateNode, depth: number): string[] {
  const indent = "  ".repeat(depth);
  const lines: string[] = [];
  const children = Object.values(node.states);
  if (node.initial && node.type === "compound")
    lines.push(`${indent}[*] --> ${id(node.initial.target[0] ?? node)}`);
  children.forEach((child, index) => {
    if (node.type === "parallel" && index > 0) lines.push(`${indent}--`);
    if (Object.keys(child.states).length === 0) {
      lines.push(`${indent}state "${child.key}" as ${id(child)}`);
      return;
    }
    lines.push(`${indent}state "${child.key}" as ${id(child)} {`, ...diagram(child, depth + 1), `${indent}}`);
  });
  for (const child of children) lines.push(...arrows(child).map((arrow) => `${indent}${arrow}`));
  return lines;
}

/** One arrow per pair of states, with all that leads along it. */
function arrows(node: StateNode): string[] {
  const labels = new Map<string, Set<string>>();
  for (const [event, transition] of transitionsOf(node)) {
    for (const target of transition.target ?? []) {
      const label = guardName(transition) ? `${event} [${guardName(transition)}]` : event;
      labels.set(id(target), (labels.get(id(target)) ?? new Set()).add(label));
    }
  }
  return [...labels].map(([target, names]) => `${id(node)} --> ${target}: ${[...names].join(", ")}`);
}

function id(node: StateNode): string {
  return node.path.join("_");
}

function eventName(event: string): string {
  const delay = /^xstate\.after\.(\w+)\./.exec(event)?.[1];
  return delay === undefined ? event : `after ${delay}`;
}

function guardName({ guard }: Transition): string {
  if (guard === undefined) return "";
  return typeof guard === "object" && "type" in guard ? String(guard.type) : String(guard);
}

function actions(list: readonly unknown[]): string {
  // Timers are started by actions of the library's own: they are shown where they end.
  return list
    .filter((action) => typeof action !== "function")
    .map(actionName)
    .join(", ");
}

function actionName(action: unknown): string {
  if (typeof action !== "object" || action === null || !("type" in action)) return String(action);
  const params = "params" in action ? action.params : undefined;
  const reason =
    typeof params === "object" && params !== null && "reason" in params ? `: ${params.reason}` : "";
  return `${action.type}${reason}`;
}

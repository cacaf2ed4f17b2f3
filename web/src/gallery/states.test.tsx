import { render } from "@testing-library/react";
import axe from "axe-core";
import { beforeAll, describe, expect, it } from "vitest";
import { loadTools } from "../views/use-tools";
import { createStates } from "./states";

const none = () => null;
const states = createStates({ ada: none, adaOnPhone: none, mara: none, screen: none });

/** Needs layout or colours, which jsdom does not compute; or is about whole pages, which some states are and some are not. */
const rules = { "color-contrast": { enabled: false }, region: { enabled: false } };

beforeAll(loadTools);

describe("every state", () => {
  it.each(Object.keys(states))("%s breaks no accessibility rule", async (name) => {
    const state = states[name];
    const { baseElement } = render(state?.());
    const { violations } = await axe.run(baseElement, { rules });
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    expect(found).toEqual([]);
  });
});

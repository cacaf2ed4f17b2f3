import { describe, expect, it } from "vitest";
import type { Contact } from "../api/types";
import { groupContacts, matching } from "./grouping";

function contact(name: string, state: Contact["state"] = "accepted", online = false): Contact {
  return { contactId: name, email: `${name.toLowerCase()}@example.com`, name, state, online };
}

describe("groupContacts", () => {
  it("tells the states apart, and sorts who is here before who is not", () => {
    const groups = groupContacts([
      contact("Zoe", "accepted", true),
      contact("Bob"),
      contact("Ann"),
      contact("Carl", "pending_sent"),
      contact("Dora", "pending_received"),
      contact("Eve", "blocked"),
    ]);
    const names = (list: Contact[]) => list.map(({ name }) => name);
    expect(names(groups.accepted)).toEqual(["Zoe", "Ann", "Bob"]);
    expect(names(groups.sent)).toEqual(["Carl"]);
    expect(names(groups.received)).toEqual(["Dora"]);
    expect(names(groups.blocked)).toEqual(["Eve"]);
  });
});

describe("matching", () => {
  const lucia = { ...contact("Lucía Fernández"), email: "lf@example.org" };

  it.each([
    ["", true],
    ["lucia", true],
    ["FERN luc", true],
    ["example.org", true],
    ["maria", false],
  ])("%j finds her: %s", (query, found) => {
    expect(matching([lucia], query).length > 0).toBe(found);
  });
});

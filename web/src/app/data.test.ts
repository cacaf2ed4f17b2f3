import { QueryObserver } from "@tanstack/react-query";
import { afterEach, describe, expect, it } from "vitest";
import type { Api } from "../api/client";
import type { Contact } from "../api/types";
import { createQueryClient, Data } from "./data";

const ada: Contact = {
  contactId: "u-1",
  email: "ada@example.com",
  name: "Ada",
  state: "accepted",
  online: false,
};

/** A server whose answers to `GET /contacts` come when the test says so. */
class SlowApi {
  readonly waiting: ((contacts: Contact[]) => void)[] = [];
  contacts(): Promise<Contact[]> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function setUp() {
  const api = new SlowApi();
  const data = new Data(createQueryClient(), api as unknown as Api);
  const observer = new QueryObserver(data.client, data.contacts);
  stops.push(observer.subscribe(() => undefined));
  const list = () => data.client.getQueryData<Contact[]>(["contacts"]);
  const settled = () => data.client.fetchQuery({ ...data.contacts, staleTime: Number.POSITIVE_INFINITY });
  return { api, data, list, settled };
}

describe("presence", () => {
  it("changes the list", async () => {
    const { api, data, list, settled } = setUp();
    api.waiting[0]?.([ada]);
    await settled();
    data.presence("u-1", true, 10);
    expect(list()).toEqual([{ ...ada, online: true }]);
  });

  it("goes by the newest frame, whatever the order", async () => {
    const { api, data, list, settled } = setUp();
    api.waiting[0]?.([ada]);
    await settled();
    data.presence("u-1", true, 20);
    data.presence("u-1", false, 10);
    expect(list()?.[0]?.online).toBe(true);
  });

  it("that comes while a list is on its way counts more than the list", async () => {
    const { api, data, list, settled } = setUp();
    data.presence("u-1", true, 10);
    api.waiting[0]?.([ada]);
    await settled();
    expect(list()?.[0]?.online).toBe(true);
  });

  it("that came before a list was asked for counts less than the list", async () => {
    const { api, data, list, settled } = setUp();
    api.waiting[0]?.([ada]);
    await settled();
    data.presence("u-1", true, 10);
    const again = data.contactsChanged();
    api.waiting[1]?.([ada]);
    await again;
    expect(list()?.[0]?.online).toBe(false);
  });

  it("is nothing for who is not an accepted contact", async () => {
    const { api, data, list, settled } = setUp();
    api.waiting[0]?.([{ ...ada, state: "blocked" }]);
    await settled();
    data.presence("u-1", true, 10);
    expect(list()?.[0]?.online).toBe(false);
  });
});

describe("changes", () => {
  it("replace the contact and take it away", async () => {
    const { api, data, list, settled } = setUp();
    api.waiting[0]?.([{ ...ada, state: "pending_received" }]);
    await settled();
    data.contactIs(ada);
    expect(list()).toEqual([ada]);
    data.contactIsGone("u-1");
    expect(list()).toEqual([]);
  });
});

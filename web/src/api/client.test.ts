import { describe, expect, it, vi } from "vitest";
import { SignInRequired } from "../auth/session";
import { createApi, type TokenSource } from "./client";
import { ApiError } from "./errors";

const contact = { contactId: "u-2", email: "ada@example.com", name: "Ada", state: "accepted", online: true };

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}

function problem(status: number, code: string): Response {
  return json({ type: "about:blank", title: "T", status, detail: "D", code }, status);
}

class Tokens implements TokenSource {
  expired = false;
  fresh = 0;
  async accessToken() {
    return "old";
  }
  async freshToken() {
    this.fresh += 1;
    return "new";
  }
  expire() {
    this.expired = true;
  }
}

/** An API whose server gives these answers, one after the other. */
function api(...answers: (Response | Error)[]) {
  const tokens = new Tokens();
  const fetcher = vi.fn<typeof fetch>(async () => {
    const answer = answers.shift();
    if (!answer) throw new Error("one request too many");
    if (!(answer instanceof Response)) throw answer;
    return answer;
  });
  return { api: createApi("https://video.example/api", tokens, fetcher), fetcher, tokens };
}

function sent(fetcher: ReturnType<typeof api>["fetcher"], n = 0) {
  const [url, init] = fetcher.mock.calls[n] ?? [];
  const headers = new Headers(init?.headers);
  return { url, method: init?.method, body: init?.body, authorization: headers.get("Authorization") };
}

describe("requests", () => {
  it("carry the token", async () => {
    const { api: client, fetcher } = api(json({ contacts: [contact] }));
    expect(await client.contacts()).toEqual([contact]);
    expect(sent(fetcher)).toEqual({
      url: "https://video.example/api/contacts",
      method: "GET",
      body: undefined,
      authorization: "Bearer old",
    });
  });

  it("carry a body as JSON and ids as one part of the path", async () => {
    const { api: client, fetcher } = api(json(contact));
    await client.changeContact("a/b", "blocked");
    expect(sent(fetcher)).toMatchObject({
      url: "https://video.example/api/contacts/a%2Fb",
      method: "PATCH",
      body: '{"state":"blocked"}',
    });
  });

  it("may be answered with nothing", async () => {
    const { api: client } = api(new Response(null, { status: 204 }));
    expect(await client.removeContact("u-2")).toBeUndefined();
  });

  it("hand on where a page of calls begins", async () => {
    const { api: client, fetcher } = api(json({ calls: [], next: null }), json({ calls: [], next: null }));
    await client.calls(null);
    await client.calls("a&b");
    expect(sent(fetcher, 0).url).toBe("https://video.example/api/calls");
    expect(sent(fetcher, 1).url).toBe("https://video.example/api/calls?after=a%26b");
  });
});

describe("a refused token", () => {
  it("is replaced once", async () => {
    const { api: client, fetcher, tokens } = api(problem(401, "unauthorized"), json({ contacts: [] }));
    expect(await client.contacts()).toEqual([]);
    expect(sent(fetcher, 1).authorization).toBe("Bearer new");
    expect(tokens.expired).toBe(false);
  });

  it("ends the session when a fresh one is refused too", async () => {
    const { api: client, tokens } = api(problem(401, "unauthorized"), problem(401, "unauthorized"));
    await expect(client.contacts()).rejects.toMatchObject({ code: "unauthorized", status: 401 });
    expect(tokens).toMatchObject({ fresh: 1, expired: true });
  });
});

describe("errors", () => {
  it("have the problem document's code", async () => {
    const { api: client } = api(problem(404, "user_not_found"));
    const error = await client.addContact("x@example.com").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: "user_not_found", status: 404, message: "D" });
  });

  it("have a code of their own when a proxy answers", async () => {
    const { api: client } = api(new Response("<h1>Bad gateway</h1>", { status: 502 }));
    await expect(client.user()).rejects.toMatchObject({ code: "http_502", status: 502 });
  });

  it("tell no network from no JSON", async () => {
    const { api: client } = api(new TypeError("Failed to fetch"), new Response("hello"));
    await expect(client.user()).rejects.toMatchObject({ code: "network" });
    await expect(client.user()).rejects.toMatchObject({ code: "bad_answer" });
  });

  it("say that a sign-in is needed", async () => {
    const tokens = new Tokens();
    tokens.accessToken = () => Promise.reject(new SignInRequired());
    const client = createApi("https://video.example/api", tokens, vi.fn());
    await expect(client.user()).rejects.toMatchObject({ code: "sign_in_required" });
  });

  it("leave a cancelled request what it is", async () => {
    const { api: client } = api(new DOMException("gone", "AbortError"));
    await expect(client.user()).rejects.toMatchObject({ name: "AbortError" });
  });
});

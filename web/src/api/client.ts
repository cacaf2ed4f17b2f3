import { SignInRequired } from "../auth/session";
import { ApiError, problemOf } from "./errors";
import type { CallHistory, Contact, IceServers, SocketTicket, User } from "./types";

/** Where tokens come from; `Session` fits. */
export interface TokenSource {
  accessToken(): Promise<string>;
  freshToken(): Promise<string>;
  /** The server refuses a token that has just been issued. */
  expire(): void;
}

/** The REST interface. Every method throws {@link ApiError}. */
export interface Api {
  user(signal?: AbortSignal): Promise<User>;
  contacts(signal?: AbortSignal): Promise<Contact[]>;
  addContact(email: string): Promise<Contact>;
  changeContact(contactId: string, state: "accepted" | "blocked"): Promise<Contact>;
  removeContact(contactId: string): Promise<void>;
  calls(after: string | null, signal?: AbortSignal): Promise<CallHistory>;
  ticket(signal?: AbortSignal): Promise<SocketTicket>;
  iceServers(signal?: AbortSignal): Promise<IceServers>;
}

export function createApi(
  baseUrl: string,
  tokens: TokenSource,
  fetcher: typeof fetch = fetch.bind(window),
): Api {
  async function send(method: string, path: string, token: string, body: unknown, signal?: AbortSignal) {
    const headers: Record<string, string> = { Accept: "application/json", Authorization: `Bearer ${token}` };
    const init: RequestInit = { method, headers, credentials: "omit", cache: "no-store" };
    if (signal) init.signal = signal;
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    return fetcher(baseUrl + path, init);
  }

  /** A refused token is replaced once: it may have been revoked or the server's clock may differ from ours. */
  async function exchange(
    method: string,
    path: string,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<Response> {
    const response = await send(method, path, await tokens.accessToken(), body, signal);
    if (response.status !== 401) return response;
    const second = await send(method, path, await tokens.freshToken(), body, signal);
    if (second.status === 401) tokens.expire();
    return second;
  }

  async function request(
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<unknown> {
    try {
      const response = await exchange(method, path, body, signal);
      if (!response.ok) throw await problemOf(response);
      return response.status === 204 ? undefined : await response.json();
    } catch (error) {
      if (error instanceof ApiError || (error instanceof DOMException && error.name === "AbortError"))
        throw error;
      if (error instanceof SignInRequired) throw new ApiError("sign_in_required", "Sign in again.", 401);
      if (error instanceof SyntaxError)
        throw new ApiError("bad_answer", "The answer is not JSON.", 0, { cause: error });
      throw new ApiError("network", "The server cannot be reached.", 0, { cause: error });
    }
  }

  // The answers are trusted to be what the OpenAPI document says: the server's own tests hold it to that.
  return {
    user: (signal) => request("GET", "/user", undefined, signal) as Promise<User>,
    contacts: async (signal) =>
      ((await request("GET", "/contacts", undefined, signal)) as { contacts: Contact[] }).contacts,
    addContact: (email) => request("POST", "/contacts", { email }) as Promise<Contact>,
    changeContact: (contactId, state) =>
      request("PATCH", `/contacts/${encodeURIComponent(contactId)}`, { state }) as Promise<Contact>,
    removeContact: async (contactId) => {
      await request("DELETE", `/contacts/${encodeURIComponent(contactId)}`);
    },
    calls: (after, signal) =>
      request(
        "GET",
        after ? `/calls?after=${encodeURIComponent(after)}` : "/calls",
        undefined,
        signal,
      ) as Promise<CallHistory>,
    ticket: (signal) => request("POST", "/tickets", undefined, signal) as Promise<SocketTicket>,
    iceServers: (signal) => request("GET", "/ice-servers", undefined, signal) as Promise<IceServers>,
  };
}

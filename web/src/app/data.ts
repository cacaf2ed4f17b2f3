import { type InfiniteData, QueryClient } from "@tanstack/react-query";
import type { Api } from "../api/client";
import { ApiError } from "../api/errors";
import type { CallHistory, Contact } from "../api/types";
import { PresenceLog } from "../contacts/presence";

export const keys = { user: ["user"], contacts: ["contacts"], calls: ["calls"] } as const;

/** Errors that may be gone at the next attempt; the others are answers. */
function isPassing(error: Error): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500 || error.status === 429);
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < 3 && isPassing(error),
        // Frames tell of changes. This is for what they may have missed.
        staleTime: 60_000,
      },
      mutations: { retry: false },
    },
  });
}

/** The server's data as this tab knows it, and what keeps it true. */
export class Data {
  readonly client: QueryClient;
  readonly api: Api;
  readonly #presence = new PresenceLog();

  constructor(client: QueryClient, api: Api) {
    this.client = client;
    this.api = api;
  }

  readonly user = {
    queryKey: keys.user,
    queryFn: ({ signal }: { signal: AbortSignal }) => this.api.user(signal),
    staleTime: Number.POSITIVE_INFINITY,
  };

  readonly contacts = {
    queryKey: keys.contacts,
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const since = this.#presence.order;
      return this.#presence.over(await this.api.contacts(signal), since);
    },
  };

  readonly calls = {
    queryKey: keys.calls,
    queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: string | null }) =>
      this.api.calls(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page: CallHistory) => page.next,
  };

  /** A `presence` frame. */
  presence(userId: string, online: boolean, at: number): void {
    if (!this.#presence.note(userId, online, at)) return;
    this.client.setQueryData<Contact[]>(keys.contacts, (contacts) =>
      contacts?.map((contact) =>
        contact.contactId === userId && contact.state === "accepted" ? { ...contact, online } : contact,
      ),
    );
  }

  /** A `contacts` frame, or a socket that may have missed one. */
  contactsChanged(): Promise<void> {
    return this.client.invalidateQueries({ queryKey: keys.contacts });
  }

  /** A `calls` frame, or a socket that may have missed one. Only the newest page is asked for again. */
  callsChanged(): Promise<void> {
    this.client.setQueryData<InfiniteData<CallHistory, string | null>>(keys.calls, (data) =>
      data && data.pages.length > 1
        ? { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) }
        : data,
    );
    return this.client.invalidateQueries({ queryKey: keys.calls });
  }

  /** What the server has answered to a change: seen at once, before the list has been fetched again. */
  contactIs(contact: Contact): void {
    this.client.setQueryData<Contact[]>(keys.contacts, (contacts = []) => [
      ...contacts.filter(({ contactId }) => contactId !== contact.contactId),
      contact,
    ]);
  }

  contactIsGone(contactId: string): void {
    this.client.setQueryData<Contact[]>(keys.contacts, (contacts) =>
      contacts?.filter((contact) => contact.contactId !== contactId),
    );
  }
}

import { useMutation } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { ApiError } from "../api/errors";
import type { Contact } from "../api/types";
import type { Data } from "../app/data";

export type ContactChange = "accept" | "decline" | "withdraw" | "remove" | "block" | "unblock";

/** The stable code of what a request has ended with. */
export function codeOf(error: unknown): string {
  return error instanceof ApiError ? error.code : "failed";
}

/** Carries out changes of contacts; `busy` holds the ids of those under way. */
export function useContactChanges(data: Data, onError: (code: string) => void) {
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const { mutate } = useMutation({
    mutationFn: async ({ contact, change }: { contact: Contact; change: ContactChange }) => {
      switch (change) {
        case "accept":
        case "unblock":
          return data.contactIs(await data.api.changeContact(contact.contactId, "accepted"));
        case "block":
          return data.contactIs(await data.api.changeContact(contact.contactId, "blocked"));
        case "decline":
        case "withdraw":
        case "remove":
          await data.api.removeContact(contact.contactId);
          return data.contactIsGone(contact.contactId);
      }
    },
    onMutate: ({ contact }) => setBusy((ids) => new Set(ids).add(contact.contactId)),
    onError: (error) => {
      onError(codeOf(error));
      // The list may be behind what the server knows.
      void data.contactsChanged();
    },
    onSettled: (_result, _error, { contact }) =>
      setBusy((ids) => new Set([...ids].filter((id) => id !== contact.contactId))),
  });
  const change = useCallback(
    (what: ContactChange, contact: Contact) => mutate({ change: what, contact }),
    [mutate],
  );
  return { busy, change };
}

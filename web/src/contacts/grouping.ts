import type { Contact } from "../api/types";

export interface ContactGroups {
  received: Contact[];
  accepted: Contact[];
  sent: Contact[];
  blocked: Contact[];
}

/** Contacts by what stands between us. Who is here comes before who is not, then names in the reader's order. */
export function groupContacts(contacts: readonly Contact[]): ContactGroups {
  const of = (state: Contact["state"]) => contacts.filter((contact) => contact.state === state).sort(byName);
  const accepted = of("accepted");
  return {
    received: of("pending_received"),
    accepted: [...accepted.filter(({ online }) => online), ...accepted.filter(({ online }) => !online)],
    sent: of("pending_sent"),
    blocked: of("blocked"),
  };
}

/** Those whose name or address holds every word of the query; accents and case make no difference. */
export function matching(contacts: readonly Contact[], query: string): Contact[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  return contacts.filter(({ name, email }) => {
    const text = plain(`${name} ${email}`);
    return words.every((word) => text.includes(word));
  });
}

function byName(a: Contact, b: Contact): number {
  return a.name.localeCompare(b.name) || a.email.localeCompare(b.email);
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

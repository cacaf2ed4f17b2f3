import type { Contact } from "../api/types";

interface Sighting {
  online: boolean;
  /** By the server's clock, ms. */
  at: number;
  /** Which call of {@link PresenceLog.note} it was, counted. */
  order: number;
}

/**
 * What presence frames have said. Frames may come in any order, and a contact list may have been read by the server before a frame that reached
 * us first: so the newest frame per user counts, and frames that came while a list was on its way are laid over it.
 */
export class PresenceLog {
  readonly #sightings = new Map<string, Sighting>();
  #order = 0;

  /** Counts up with every frame: to be read before a list is asked for, and handed to {@link over}. */
  get order(): number {
    return this.#order;
  }

  /** Takes a frame; false when a newer one has been there before. */
  note(userId: string, online: boolean, at: number): boolean {
    const known = this.#sightings.get(userId);
    if (known && known.at > at) return false;
    this.#order += 1;
    this.#sightings.set(userId, { online, at, order: this.#order });
    return true;
  }

  /** The list with what has been heard after `since`. */
  over(contacts: Contact[], since: number): Contact[] {
    return contacts.map((contact) => {
      const seen = this.#sightings.get(contact.contactId);
      const counts = seen !== undefined && seen.order > since && contact.state === "accepted";
      return counts && seen.online !== contact.online ? { ...contact, online: seen.online } : contact;
    });
  }
}

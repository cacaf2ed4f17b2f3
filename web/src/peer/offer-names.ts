/**
 * Names of offers: `<page>-<generation>.<number>` (protocol/README.md, "Names of offers"). They tell a receiver whether an offer comes
 * from the peer connection that it knows, from a newer one, or late from an older one.
 */
import type { PayloadCandidates, PayloadDescription } from "../protocol/frames";

/** Names the negotiations of one page. */
export class OfferNames {
  readonly #page: string;
  #generation = 0;

  /** `page`: random. */
  constructor(page: string) {
    this.#page = page;
  }

  next(): string {
    this.#generation += 1;
    return `${this.#page}-${this.#generation}`;
  }
}

/** The negotiation that made the offer: null for what is no offer, or has no name. */
export function negotiationOf(payload: PayloadDescription | PayloadCandidates): string | null {
  if (payload.type !== "description" || payload.description.type !== "offer" || !payload.offerId) return null;
  return payload.offerId.split(".")[0] ?? null;
}

/** Keeps which negotiation of the other side counts. */
export class Succession {
  #current: { page: string; generation: number } | null = null;
  readonly #over = new Set<string>();

  /**
   * What a negotiation is: `first` when none was known, `same` as the last one, `newer`, or `older` and to be ignored. The first and the
   * newer become the one that counts.
   */
  judge(negotiation: string): "first" | "same" | "newer" | "older" {
    const next = parse(negotiation);
    const current = this.#current;
    if (this.#over.has(next.page)) return "older";
    if (current?.page === next.page) {
      if (current.generation === next.generation) return "same";
      if (current.generation > next.generation) return "older";
    }
    this.#current = next;
    if (!current) return "first";
    if (current.page !== next.page) this.#over.add(current.page);
    return "newer";
  }

  /** The other side's page was loaded anew: what the one before has said is over. */
  restart(): void {
    if (this.#current) this.#over.add(this.#current.page);
    this.#current = null;
  }
}

function parse(negotiation: string): { page: string; generation: number } {
  const [, page = negotiation, generation = "0"] = /^(.*)-(\d{1,9})$/.exec(negotiation) ?? [];
  return { page, generation: Number(generation) };
}

/**
 * Perfect negotiation (W3C WebRTC, section 10.7) over a channel that may delay, reorder, repeat or lose messages.
 *
 * Every step runs after the one before has finished, so the signaling state is certain at each. An offer has a name, its
 * answer repeats it: late answers are ignored, an offer without an answer is sent again, an offer that comes again is
 * answered again.
 */
import type { IceCandidate, PayloadCandidates, PayloadDescription } from "../protocol/frames";
import { type Scheduler, Timer } from "../signaling/scheduler";
import { Batching } from "./candidates";

/** What the offers of a negotiation are called. */
export interface OfferNaming {
  /** Different for each negotiation: tells its offers from those of an earlier one. See {@link OfferNames}. */
  name: string;
  /** The `restart` of the other side that this negotiation answers. */
  restart: string | null;
}

export interface NegotiationDeps {
  pc: RTCPeerConnection;
  /** The polite side takes back its offer when two cross; it also makes the first one. */
  polite: boolean;
  scheduler: Scheduler;
  naming: OfferNaming;
  /** Sends to the other side; `surely` when an earlier sending seems to be lost. */
  send: (payload: PayloadDescription | PayloadCandidates, surely: boolean) => void;
  /** The impolite side has just taken the first offer: its transceivers exist now. Before the answer is made. */
  adopt: () => void;
  report: (problem: string, error?: unknown) => void;
}

/** ms within which an offer is answered, even through a slow server. */
const ANSWER_LIMIT = 4_000;
/** Candidates kept until the description comes that they belong to. */
const MOST_EARLY = 100;

export class Negotiation {
  readonly #deps: NegotiationDeps;
  readonly #batching: Batching;
  readonly #answerLimit: Timer;
  #steps: Promise<void> = Promise.resolve();
  #stopped = false;
  #adopted = false;
  /** Both sides have had a description of the other: from now on either may offer. */
  #agreed = false;
  #offers = 0;
  /** The name of the last offer made here. */
  #offerId = "";
  /** The name of the last offer of the other side that was answered, or null before the first. */
  #answeredId: string | null = null;
  #descriptionDue = false;
  #surely = false;
  /** Gathered, and not sent yet. */
  #candidates: IceCandidate[] = [];
  /** All that have been gathered for the descriptions of ours that count. */
  #gathered: IceCandidate[] = [];
  #early: IceCandidate[] = [];

  constructor(deps: NegotiationDeps) {
    this.#deps = deps;
    this.#batching = new Batching(deps.scheduler, () => this.#flush());
    this.#answerLimit = new Timer(deps.scheduler);
    this.#adopted = deps.polite;
    this.#agreed = !deps.polite;
    const { pc } = deps;
    pc.onnegotiationneeded = () => {
      // Before it is adopted the first offer is the other side's, which our answer to it settles; else the browser asks again.
      if (this.#adopted) this.#step(() => this.#offer());
    };
    pc.onicecandidate = ({ candidate }) => this.#take(candidate);
  }

  /** Both sides have had a description of the other. */
  get agreed(): boolean {
    return this.#agreed;
  }

  /** What the other side has sent. */
  receive(payload: PayloadDescription | PayloadCandidates): void {
    if (payload.type === "candidates") {
      this.#step(() => this.#addCandidates(payload.candidates));
      return;
    }
    const { description, offerId = "", candidates = [] } = payload;
    const { type, sdp = "" } = description;
    this.#step(async () => {
      if (type === "offer") await this.#takeOffer({ type, sdp }, offerId);
      else if (type === "answer") await this.#takeAnswer({ type, sdp }, offerId);
      await this.#addCandidates(candidates);
    });
  }

  /** Sends the latest description again, as the earlier sending may not have arrived. */
  repeat(): void {
    this.#step(async () => {
      const { signalingState, localDescription, connectionState } = this.#deps.pc;
      if (!localDescription) return;
      if (signalingState === "have-local-offer") {
        // The other side takes no offer of ours before it has the answer to its own.
        this.#answerAgain();
        this.#due(true);
      } else if (localDescription.type === "answer" && connectionState !== "connected") {
        // In the stable state only who answered knows that the other side may still be waiting.
        this.#due(true);
      }
    });
  }

  /** Runs it between two steps: descriptions change the parameters of senders, which therefore cannot be set meanwhile. */
  between(task: () => Promise<void>): void {
    this.#step(task);
  }

  /** Nothing is sent or done any more. */
  stop(): void {
    this.#stopped = true;
    this.#batching.stop();
    this.#answerLimit.clear();
    this.#deps.pc.onnegotiationneeded = null;
    this.#deps.pc.onicecandidate = null;
  }

  #step(step: () => Promise<void>): void {
    this.#steps = this.#steps.then(async () => {
      if (this.#stopped) return;
      try {
        await step();
      } catch (error) {
        // After a close the browser refuses whatever was under way; before, restarting ICE mends a failed step.
        if (!this.#stopped) this.#deps.report("A negotiation step failed.", error);
      }
    });
  }

  // -- steps --------------------------------------------------------------------------------------------------------

  async #offer(): Promise<void> {
    const { pc } = this.#deps;
    // Not stable: the browser asks again when it is.
    if (pc.signalingState !== "stable") return;
    // An answer that is about to be sent goes first: afterwards the local description is the offer.
    this.#batching.end();
    await pc.setLocalDescription();
    if (this.#stopped) return;
    this.#offers += 1;
    this.#offerId = `${this.#deps.naming.name}.${this.#offers}`;
    this.#due(false);
    this.#awaitAnswer();
  }

  #awaitAnswer(): void {
    this.#answerLimit.set(ANSWER_LIMIT, () => {
      if (this.#deps.pc.signalingState !== "have-local-offer") return;
      this.#due(true);
      this.#awaitAnswer();
    });
  }

  async #takeOffer(offer: RTCSessionDescriptionInit, offerId: string): Promise<void> {
    const { pc, polite } = this.#deps;
    // The first offer is ours. What comes before its answer was meant for the page that was here before a reload.
    if (polite && !this.#agreed) return;
    if (this.#answeredId !== null && offerId !== "") {
      if (offerId === this.#answeredId) {
        if (pc.signalingState === "stable" && pc.localDescription?.type === "answer") this.#due(true);
        else if (pc.signalingState === "have-local-offer") this.#answerAgain();
        return;
      }
      if (isOlder(offerId, this.#answeredId)) return;
    }
    // Two offers crossed: the impolite side's stands, and is sent again until it is answered.
    if (pc.signalingState !== "stable" && !polite) return;
    await pc.setRemoteDescription(offer);
    this.#answeredId = offerId;
    this.#answerLimit.clear();
    if (!this.#adopted) {
      this.#adopted = true;
      this.#deps.adopt();
    }
    await pc.setLocalDescription();
    if (this.#stopped) return;
    this.#due(false);
    await this.#addCandidates(this.#early.splice(0));
  }

  async #takeAnswer(answer: RTCSessionDescriptionInit, offerId: string): Promise<void> {
    const { pc } = this.#deps;
    if (pc.signalingState !== "have-local-offer" || (offerId !== "" && offerId !== this.#offerId)) return;
    await pc.setRemoteDescription(answer);
    this.#agreed = true;
    this.#answerLimit.clear();
    await this.#addCandidates(this.#early.splice(0));
  }

  /** The answer did not arrive, and an offer of ours has been made since: the other side takes that one only after the answer. */
  #answerAgain(): void {
    const answer = this.#deps.pc.currentLocalDescription;
    if (answer?.type !== "answer" || this.#answeredId === null) return;
    const { type, sdp } = answer;
    this.#deps.send({ type: "description", description: { type, sdp }, offerId: this.#answeredId }, true);
    this.#candidatesAgain(sdp);
  }

  async #addCandidates(candidates: readonly IceCandidate[]): Promise<void> {
    const { pc, report } = this.#deps;
    for (const candidate of candidates) {
      const sdp = pc.remoteDescription?.sdp;
      // One of a description that has not come yet, or of one that has been replaced.
      if (sdp === undefined || !belongs(candidate, sdp)) {
        this.#early.push(candidate);
        if (this.#early.length > MOST_EARLY) this.#early.shift();
        continue;
      }
      try {
        await pc.addIceCandidate(candidate);
      } catch (error) {
        // One path less to try; the others remain.
        if (!this.#stopped) report("A candidate could not be added.", error);
      }
    }
  }

  // -- sending ------------------------------------------------------------------------------------------------------

  #take(candidate: RTCIceCandidate | null): void {
    if (candidate === null) {
      this.#batching.end();
      return;
    }
    const gathered = toCandidate(candidate);
    this.#gathered.push(gathered);
    if (this.#descriptionDue) {
      // The SDP will hold it. A batch that is only an end of candidates is not worth a frame.
    } else if (candidate.candidate !== "" || this.#candidates.length > 0) {
      this.#candidates.push(gathered);
      this.#batching.more();
    }
  }

  #due(surely: boolean): void {
    this.#descriptionDue = true;
    this.#surely = surely;
    this.#candidates = [];
    this.#batching.begin();
    if (this.#deps.pc.iceGatheringState === "complete") this.#batching.end();
  }

  /** Who has had the description already does not look for the candidates in it when it comes again. */
  #candidatesAgain(sdp: string): void {
    const candidates = this.#gathered.filter((candidate) => belongs(candidate, sdp));
    if (candidates.length > 0) this.#deps.send({ type: "candidates", candidates }, true);
  }

  #flush(): void {
    const { pc, send } = this.#deps;
    if (this.#descriptionDue) {
      this.#descriptionDue = false;
      const description = pc.localDescription;
      if (!description || (description.type !== "offer" && description.type !== "answer")) return;
      const offerId = description.type === "offer" ? this.#offerId : (this.#answeredId ?? "");
      const { type, sdp } = description;
      const { restart } = this.#deps.naming;
      const counting = [sdp, pc.currentLocalDescription?.sdp ?? ""];
      this.#gathered = this.#gathered.filter((candidate) =>
        counting.some((each) => belongs(candidate, each)),
      );
      send(
        {
          type: "description",
          description: { type, sdp },
          offerId,
          ...(type === "offer" && restart !== null && { restart }),
        },
        this.#surely,
      );
      if (this.#surely) this.#candidatesAgain(sdp);
    } else if (this.#candidates.length > 0) {
      send({ type: "candidates", candidates: this.#candidates.splice(0) }, false);
    }
  }
}

/** Whether the candidate is one of that description. */
function belongs({ usernameFragment }: IceCandidate, sdp: string): boolean {
  return !usernameFragment || sdp.includes(`a=ice-ufrag:${usernameFragment}\r\n`);
}

/** Whether an offer was made before another of the same negotiation. */
function isOlder(offerId: string, than: string): boolean {
  const [name, number] = offerId.split(".");
  const [otherName, otherNumber] = than.split(".");
  return name === otherName && Number(number) < Number(otherNumber);
}

function toCandidate({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: RTCIceCandidate): IceCandidate {
  return { candidate, sdpMid, sdpMLineIndex, usernameFragment };
}

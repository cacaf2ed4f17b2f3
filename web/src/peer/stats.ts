/** What is read out of `RTCPeerConnection.getStats` (W3C WebRTC Statistics): the few numbers that browsers agree on. */

/** Totals since the connection was made. */
export interface Traffic {
  /** Those that are sent again, after they were lost, are counted once. */
  packets: number;
  /** Of these, as far as is known. Sent: as the other side reports. */
  lost: number;
  bytes: number;
}

/** What goes out of one source: a camera, a microphone. */
export interface SentStream extends Pick<Traffic, "packets" | "lost"> {
  id: string;
  /** Grows while there is something to send: pictures, or packets of sound. */
  progress: number;
}

export interface StatsSnapshot {
  /** ms; only differences mean something. */
  at: number;
  /** ms; null while it is not known. */
  roundTripMs: number | null;
  /** Bits per second that the path can take, by the browser's estimate; null where it tells none. */
  availableBps: number | null;
  /** Of all that comes; null where the browser tells none. */
  picturesDecoded: number | null;
  sent: Traffic;
  /** What `sent` is made of. */
  streams: readonly SentStream[];
  received: Traffic;
}

type Stats = Readonly<Record<string, unknown>>;

/** Null when nothing flows yet. */
export function readStats(report: Iterable<Stats>, at: number): StatsSnapshot | null {
  const all = [...report];
  const ofType = (type: string) => all.filter((stats) => stats["type"] === type);
  const inbound = ofType("inbound-rtp");
  const outbound = ofType("outbound-rtp");
  const remoteInbound = ofType("remote-inbound-rtp");
  const pair = selectedPair(ofType("candidate-pair"), ofType("transport"));
  if (!pair && inbound.length + outbound.length === 0) return null;
  const seconds =
    numberIn(pair, "currentRoundTripTime") ??
    remoteInbound.map((stats) => numberIn(stats, "roundTripTime")).find((value) => value !== null) ??
    null;
  return {
    at,
    roundTripMs: seconds === null ? null : seconds * 1_000,
    availableBps: numberIn(pair, "availableOutgoingBitrate"),
    picturesDecoded: inbound
      .map((stats) => numberIn(stats, "framesDecoded"))
      .reduce((sum, value) => (value === null ? sum : (sum ?? 0) + value), null),
    sent: {
      packets: total(outbound, "packetsSent") - total(outbound, "retransmittedPacketsSent"),
      lost: total(remoteInbound, "packetsLost"),
      bytes: total(outbound, "bytesSent"),
    },
    streams: outbound.map((stats) => {
      const packets = total([stats], "packetsSent") - total([stats], "retransmittedPacketsSent");
      const reports = remoteInbound.filter((report) => report["localId"] === stats["id"]);
      return {
        id: String(stats["id"]),
        packets,
        lost: total(reports, "packetsLost"),
        progress: numberIn(stats, "framesEncoded") ?? packets,
      };
    }),
    received: {
      packets: total(inbound, "packetsReceived"),
      lost: total(inbound, "packetsLost"),
      bytes: total(inbound, "bytesReceived"),
    },
  };
}

function selectedPair(pairs: Stats[], transports: Stats[]): Stats | null {
  const selected = transports.map((stats) => stats["selectedCandidatePairId"]).find((id) => id !== undefined);
  return (
    pairs.find((pair) => pair["id"] === selected) ??
    // Firefox marks the pair itself.
    pairs.find((pair) => pair["selected"] === true) ??
    pairs.find((pair) => pair["nominated"] === true && pair["state"] === "succeeded") ??
    null
  );
}

function total(list: Stats[], field: string): number {
  return list.reduce((sum, stats) => sum + (numberIn(stats, field) ?? 0), 0);
}

function numberIn(stats: Stats | null, field: string): number | null {
  const value = stats?.[field];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

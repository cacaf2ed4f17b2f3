import { expect, test } from "vitest";
import { readStats } from "./stats";

const chromium = [
  { id: "T", type: "transport", selectedCandidatePairId: "P2" },
  { id: "P1", type: "candidate-pair", nominated: true, state: "succeeded", currentRoundTripTime: 9 },
  {
    id: "P2",
    type: "candidate-pair",
    nominated: true,
    state: "succeeded",
    currentRoundTripTime: 0.08,
    availableOutgoingBitrate: 900_000,
  },
  { id: "O1", type: "outbound-rtp", kind: "audio", packetsSent: 100, bytesSent: 5_000 },
  {
    id: "O2",
    type: "outbound-rtp",
    kind: "video",
    packetsSent: 330,
    retransmittedPacketsSent: 30,
    framesEncoded: 80,
    bytesSent: 200_000,
  },
  { id: "R1", type: "remote-inbound-rtp", localId: "O1", kind: "audio", packetsLost: 1, roundTripTime: 0.2 },
  { id: "R2", type: "remote-inbound-rtp", localId: "O2", kind: "video", packetsLost: 4 },
  {
    id: "I1",
    type: "inbound-rtp",
    kind: "audio",
    packetsReceived: 90,
    packetsLost: 10,
    bytesReceived: 4_000,
  },
  { id: "I2", type: "inbound-rtp", kind: "video", framesDecoded: 40 },
  { id: "I3", type: "inbound-rtp", kind: "video", framesDecoded: 30 },
];

test("reads what Chromium tells", () => {
  expect(readStats(chromium, 5)).toEqual({
    at: 5,
    roundTripMs: 80,
    availableBps: 900_000,
    picturesDecoded: 70,
    sent: { packets: 400, lost: 5, bytes: 205_000 },
    streams: [
      { id: "O1", packets: 100, lost: 1, progress: 100 },
      { id: "O2", packets: 300, lost: 4, progress: 80 },
    ],
    received: { packets: 90, lost: 10, bytes: 4_000 },
  });
});

test("reads what Firefox tells: no transport, no estimate", () => {
  const firefox = [
    { id: "P", type: "candidate-pair", selected: true, nominated: true, state: "succeeded" },
    { id: "R", type: "remote-inbound-rtp", packetsLost: 0, roundTripTime: 0.12 },
    { id: "O", type: "outbound-rtp", packetsSent: 5, bytesSent: 10 },
  ];
  expect(readStats(firefox, 5)).toMatchObject({
    roundTripMs: 120,
    availableBps: null,
    picturesDecoded: null,
    sent: { packets: 5, lost: 0 },
  });
});

test("knows nothing before there is a path, and nothing of what is no number", () => {
  expect(readStats([{ id: "C", type: "codec" }], 5)).toBeNull();
  const odd = [{ id: "O", type: "outbound-rtp", packetsSent: "many", bytesSent: Number.NaN }];
  expect(readStats(odd, 5)).toMatchObject({ roundTripMs: null, sent: { packets: 0, bytes: 0 } });
});

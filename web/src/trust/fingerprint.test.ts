import { describe, expect, it } from "vitest";
import { FingerprintError, fingerprintOf } from "./fingerprint";

const A = Array.from({ length: 32 }, () => "ab").join(":");
const B = Array.from({ length: 32 }, () => "CD").join(":");

describe("fingerprintOf", () => {
  it("reads the one fingerprint, however often and in whatever case it is stated", () => {
    const sdp = `v=0\r\na=fingerprint:sha-256 ${A}\r\nm=audio 9\r\na=fingerprint:SHA-256 ${A.toUpperCase()}\r\n`;
    expect(fingerprintOf(sdp)).toBe("AB".repeat(32));
  });

  it.each([
    ["none", "v=0\r\nm=audio 9\r\n"],
    ["two different ones", `a=fingerprint:sha-256 ${A}\r\na=fingerprint:sha-256 ${B}\r\n`],
    ["another hash", `a=fingerprint:sha-1 ${A}\r\n`],
    ["another hash beside the right one", `a=fingerprint:sha-256 ${A}\r\na=fingerprint:sha-512 ${B}\r\n`],
    ["one that is too short", "a=fingerprint:sha-256 AB:CD\r\n"],
  ])("refuses %s", (_, sdp) => {
    expect(() => fingerprintOf(sdp)).toThrow(FingerprintError);
  });
});

/**
 * The fingerprint of a DTLS certificate as its session description states it (RFC 8122). The browser refuses the connection when the
 * other side's certificate is another one, so what stands here is what is at the far end of the media.
 */

/** Thrown when a description does not say exactly which certificate counts. */
export class FingerprintError extends Error {
  override name = "FingerprintError";
}

/**
 * @returns the SHA-256 fingerprint as 64 upper-case hexadecimal digits.
 * @throws {FingerprintError} there is none, another hash is used, or two different ones are stated: whoever is in the middle could
 * have added their own beside the real one.
 */
export function fingerprintOf(sdp: string): string {
  const found = new Set<string>();
  for (const line of sdp.split(/\r?\n/)) {
    const match = /^a=fingerprint:(\S+)\s+(\S+)\s*$/i.exec(line);
    if (!match) continue;
    const digest = (match[2] ?? "").replaceAll(":", "").toUpperCase();
    if (match[1]?.toLowerCase() !== "sha-256" || !/^[0-9A-F]{64}$/.test(digest)) {
      throw new FingerprintError("The description does not use a SHA-256 fingerprint.");
    }
    found.add(digest);
  }
  const [only, ...others] = found;
  if (only === undefined || others.length > 0) {
    throw new FingerprintError("The description does not state one fingerprint.");
  }
  return only;
}

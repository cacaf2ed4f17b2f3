/**
 * Plays `element` on a speaker (an id for `setSinkId`, the empty string for the system's default), where the browser lets a page choose. One
 * that has just been unplugged, or that the person has not allowed, leaves the sound where it was.
 */
export async function setSpeaker(element: HTMLMediaElement, speaker: string): Promise<void> {
  // Typed as always there; some browsers do not have it.
  if (!("setSinkId" in element) || element.sinkId === speaker) return;
  await element.setSinkId(speaker).catch(() => undefined);
}

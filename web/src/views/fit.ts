/**
 * Whether a picture may fill its frame by losing its edges. A little is worth a picture without bars; but an upright phone's picture on a
 * wide screen would lose most of it.
 */
export function fills(
  picture: { width: number; height: number },
  frame: { width: number; height: number },
): boolean {
  if (picture.width === 0 || picture.height === 0 || frame.width === 0 || frame.height === 0) return true;
  const ratio = picture.width / picture.height / (frame.width / frame.height);
  return Math.max(ratio, 1 / ratio) < 1.6;
}

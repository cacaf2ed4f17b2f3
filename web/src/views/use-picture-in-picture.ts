import { type RefObject, useCallback, useEffect, useState } from "react";

export interface PictureInPicture {
  active: boolean;
  /** Takes the picture out of the page, or back. False when the browser does not do it. */
  toggle(): Promise<boolean>;
}

/** `null` where the browser has no picture in picture, or no video has a picture yet. `video` is asked for the one to take out. */
export function usePictureInPicture(
  root: RefObject<HTMLElement | null>,
  video: () => HTMLVideoElement | null,
  hasPicture: boolean,
): PictureInPicture | null {
  const [active, setActive] = useState(false);
  useEffect(() => {
    const element = root.current;
    if (!element) return;
    const update = () => setActive(isOutside());
    // Both events bubble up from the video.
    element.addEventListener("enterpictureinpicture", update);
    element.addEventListener("leavepictureinpicture", update);
    return () => {
      element.removeEventListener("enterpictureinpicture", update);
      element.removeEventListener("leavepictureinpicture", update);
    };
  }, [root]);
  // A video that was taken away with its picture outside has told nobody.
  useEffect(() => setActive(isOutside()));

  const toggle = useCallback(async () => {
    try {
      if (document.pictureInPictureElement) await document.exitPictureInPicture();
      else await video()?.requestPictureInPicture();
      return true;
    } catch {
      return false;
    }
  }, [video]);

  // Absent in Firefox, which has a button of its own on every video.
  const available = "pictureInPictureEnabled" in document && document.pictureInPictureEnabled;
  return available && (hasPicture || active) ? { active, toggle } : null;
}

function isOutside(): boolean {
  return document.pictureInPictureElement?.isConnected ?? false;
}

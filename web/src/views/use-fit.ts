import { type RefObject, useEffect, useState } from "react";
import { fills } from "./fit";

/** `object-fit` for a video, kept up to date while the picture or the window turn. */
export function useFit(video: RefObject<HTMLVideoElement | null>): "cover" | "contain" {
  const [fit, setFit] = useState<"cover" | "contain">("cover");
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const measure = () => {
      const picture = { width: element.videoWidth, height: element.videoHeight };
      const frame = { width: element.clientWidth, height: element.clientHeight };
      setFit(fills(picture, frame) ? "cover" : "contain");
    };
    measure();
    element.addEventListener("resize", measure);
    element.addEventListener("loadedmetadata", measure);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener("resize", measure);
      element.removeEventListener("loadedmetadata", measure);
      observer.disconnect();
    };
  }, [video]);
  return fit;
}

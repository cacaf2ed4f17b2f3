import { type Ref, useCallback, useEffect, useLayoutEffect, useRef, type VideoHTMLAttributes } from "react";

export interface MediaVideoProps extends Omit<VideoHTMLAttributes<HTMLVideoElement>, "src" | "ref"> {
  stream: MediaStream | null;
  /** The browser would not play sound without a touch or a click (`true`), or does now (`false`). */
  onBlocked?: (blocked: boolean) => void;
  ref?: Ref<HTMLVideoElement>;
}

/**
 * A `<video>` for a stream. Plays inline, starts by itself, and says so when the browser does not let it. When it goes away, its picture in
 * picture goes, too.
 */
export function MediaVideo({ stream, onBlocked, ref, ...rest }: MediaVideoProps) {
  const own = useRef<HTMLVideoElement | null>(null);
  const blocked = useRef(onBlocked);
  useEffect(() => {
    blocked.current = onBlocked;
  });

  const setRef = useCallback(
    (element: HTMLVideoElement | null) => {
      own.current = element;
      if (typeof ref === "function") ref(element);
      else if (ref) ref.current = element;
    },
    [ref],
  );

  useEffect(() => {
    const video = own.current;
    if (!video) return;
    if (video.srcObject !== stream) video.srcObject = stream;
    if (!stream) return;
    play(video, (is) => blocked.current?.(is));
    return () => {
      video.srcObject = null;
    };
  }, [stream]);

  useLayoutEffect(() => {
    const video = own.current;
    return () => {
      // When it has just been left by other means there is nothing to leave.
      if (video && document.pictureInPictureElement === video)
        document.exitPictureInPicture().catch(() => undefined);
    };
  }, []);

  return <video {...rest} ref={setRef} autoPlay playsInline />;
}

/** Starts a media element; only the autoplay policy's refusal counts as blocked. */
export function play(media: HTMLMediaElement, onBlocked: (blocked: boolean) => void): void {
  media.play().then(
    () => onBlocked(false),
    (error: unknown) => {
      // AbortError: another stream was set meanwhile, and that one reports for itself.
      if (error instanceof DOMException && error.name === "NotAllowedError") onBlocked(true);
    },
  );
}

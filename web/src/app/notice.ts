import { useCallback, useEffect, useState } from "react";
import type { HomeProps } from "../views/home";

export type Notice = NonNullable<HomeProps["notice"]>;

const shownMs = 8_000;

/** The one line about what has just happened; a new one takes the place of the old. Plain news goes away by itself, the rest waits. */
export function useNotice() {
  const [notice, tell] = useState<Notice | null>(null);
  const dismiss = useCallback(() => tell(null), []);
  useEffect(() => {
    if (!notice || notice.kind === "error" || notice.action) return;
    const timer = setTimeout(dismiss, shownMs);
    return () => clearTimeout(timer);
  }, [notice, dismiss]);
  return { notice, tell: tell as (notice: Notice) => void, dismiss };
}

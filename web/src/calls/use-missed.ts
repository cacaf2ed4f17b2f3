import { useCallback, useState } from "react";
import type { PastCall } from "../api/types";

const seenKey = "videochat.calls-seen";

/** How many calls were missed since the history was last looked at. */
export function useMissed(calls: readonly PastCall[]): { missed: number; onSeen(): void } {
  const [seen, setSeen] = useState(() => Number(localStorage.getItem(seenKey)) || 0);
  const newest = calls[0]?.startedAt ?? 0;
  const onSeen = useCallback(() => {
    if (newest <= seen) return;
    localStorage.setItem(seenKey, String(newest));
    setSeen(newest);
  }, [newest, seen]);
  return { missed: calls.filter((call) => call.missed && call.startedAt > seen).length, onSeen };
}

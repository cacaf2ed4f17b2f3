import { useEffect, useState } from "react";
import { clockTime } from "./time";

/** The time since `since` (as of `Date.now()`), counting. */
export function CallTime({ since }: { since: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="call-time" role="timer" aria-label="Call time">
      {clockTime(now - since)}
    </span>
  );
}

import { useCallback, useState } from "react";
import type { HomeProps } from "../views/home";

export type Notice = NonNullable<HomeProps["notice"]>;

/** The one line about what has just happened; a new one takes the place of the old. */
export function useNotice() {
  const [notice, setNotice] = useState<Notice | null>(null);
  const dismiss = useCallback(() => setNotice(null), []);
  return { notice, tell: setNotice as (notice: Notice) => void, dismiss };
}

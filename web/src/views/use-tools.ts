import { useCallback, useEffect, useState } from "react";

export type Tools = typeof import("./tools");

let loaded: Tools | null = null;

/** Fetches the tools once; a failed attempt can be repeated. */
export async function loadTools(): Promise<Tools> {
  loaded ??= await import("./tools");
  return loaded;
}

export interface LoadedTools {
  /** `null` until they are there. */
  tools: Tools | null;
  /** They could not be fetched, and {@link retry} may help. */
  failed: boolean;
  retry(): void;
}

/** The tools, fetched as soon as they are wanted: well before they are used, so that they are there even when the server no longer is. */
export function useTools(wanted: boolean): LoadedTools {
  const [tools, setTools] = useState(loaded);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!wanted || tools || failed) return;
    let current = true;
    loadTools().then(
      (all) => current && setTools(all),
      () => current && setFailed(true),
    );
    return () => {
      current = false;
    };
  }, [wanted, tools, failed]);
  return { tools, failed, retry: useCallback(() => setFailed(false), []) };
}

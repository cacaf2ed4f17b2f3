/**
 * The device id: names one browser tab across reloads and reconnects. It lives in `sessionStorage`, which a duplicated tab
 * inherits; a Web Lock held for the life of the page tells the copy that the name is taken.
 */

const KEY = "videochat.device";
/** ms for the page before (a reload) to let go of its lock. */
const RELOAD_GRACE = 500;

export interface DeviceDeps {
  storage: Pick<Storage, "getItem" | "setItem">;
  /** Absent outside secure contexts. */
  locks: Pick<LockManager, "request"> | undefined;
  newId: () => string;
  /** Aborts after so many ms: `AbortSignal.timeout`. */
  timeout: (ms: number) => AbortSignal;
}

/** This tab's device id, its own as long as the page lives. */
export async function claimDeviceId({ storage, locks, newId, timeout }: DeviceDeps): Promise<string> {
  const stored = locks ? storage.getItem(KEY) : null;
  if (locks && stored && (await hold(locks, stored, timeout(RELOAD_GRACE)))) return stored;
  // Without locks a duplicate cannot be told from a reload: then every page is a device of its own.
  const id = newId();
  if (locks) await hold(locks, id);
  storage.setItem(KEY, id);
  return id;
}

export function browserDeviceDeps(): DeviceDeps {
  return {
    storage: sessionStorage,
    // Typed as always there, but absent where the page is not in a secure context.
    locks: (navigator as { locks?: LockManager }).locks,
    newId: randomId,
    timeout: (ms) => AbortSignal.timeout(ms),
  };
}

/** 128 random bits as 32 hexadecimal digits; unlike `crypto.randomUUID` there in insecure contexts too. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** Takes the lock until the page goes; false when another page keeps it. */
function hold(locks: Pick<LockManager, "request">, id: string, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    locks
      .request(`${KEY}.${id}`, signal ? { signal } : {}, () => {
        resolve(true);
        return new Promise<never>(() => {});
      })
      .catch(() => resolve(false));
  });
}

import { expect, test } from "vitest";
import { claimDeviceId, randomId } from "./device";

/** Web Locks as several pages of one origin see them. */
class FakeLocks {
  readonly held = new Set<string>();

  request = (async (name: string, options: { signal?: AbortSignal }, callback: () => Promise<unknown>) => {
    if (this.held.has(name)) {
      if (!options.signal) throw new Error("would wait for ever");
      throw options.signal.reason;
    }
    this.held.add(name);
    return callback();
  }) as unknown as LockManager["request"];
}

function tab(locks: FakeLocks | undefined, stored: Map<string, string>, id: string) {
  return claimDeviceId({
    storage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
    },
    locks,
    newId: () => id,
    timeout: () => AbortSignal.abort(),
  });
}

test("a reload keeps the id, a duplicated tab gets its own", async () => {
  const locks = new FakeLocks();
  const first = new Map<string, string>();
  expect(await tab(locks, first, "one")).toBe("one");
  const copy = new Map(first);
  locks.held.clear(); // the page goes, and its locks
  expect(await tab(locks, first, "two")).toBe("one");
  expect(await tab(locks, copy, "three")).toBe("three");
  expect(copy.get("videochat.device")).toBe("three");
});

test("without locks every page is a device of its own", async () => {
  const stored = new Map<string, string>();
  expect(await tab(undefined, stored, "one")).toBe("one");
  expect(await tab(undefined, stored, "two")).toBe("two");
});

test("random ids differ and are ids of the protocol", () => {
  expect(randomId()).toMatch(/^[0-9a-f]{32}$/);
  expect(randomId()).not.toBe(randomId());
});

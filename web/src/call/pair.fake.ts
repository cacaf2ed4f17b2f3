/** Ada calls Bob: what the tests of whole calls begin and end with. */
import { beforeEach, expect } from "vitest";
import type { CallPhase } from "./model";
import { type Tab, World } from "./world.fake";

export class Pair extends World {
  readonly ada: Tab = this.tab("ada");
  readonly bob: Tab = this.tab("bob");

  /** Two people who are online. */
  static async create(granted = true): Promise<Pair> {
    const pair = new Pair(undefined, granted);
    await pair.elapse(100);
    return pair;
  }

  async ringing(): Promise<void> {
    this.ada.call("bob");
    await this.elapse(1000);
    expect(phases(this.ada, this.bob)).toEqual(["ringing_out", "ringing_in"]);
  }

  async inCall(): Promise<void> {
    await this.ringing();
    this.bob.controller.accept();
    await this.elapse(1000);
    expect(phases(this.ada, this.bob)).toEqual(["in_call", "in_call"]);
  }

  /** Nothing of any call is left: no link, no live track, no timer, no unfinished call. */
  async expectQuiet(): Promise<void> {
    await this.elapse(70_000);
    expect(phases(...this.tabs)).toEqual(this.tabs.map(() => "idle"));
    expect(this.network.open).toBe(0);
    expect(this.tabs.flatMap(({ devices }) => devices.live)).toEqual([]);
    expect(this.tabs.map(({ devices }) => devices.listeners)).toEqual(this.tabs.map(() => 0));
    expect(this.scheduler.pending).toBe(0);
    for (const { userId } of this.tabs) expect(this.server.unfinishedOf(userId)).toBeUndefined();
    expect(this.problems).toEqual([]);
  }
}

/** The two of the test that is running, in a file that begins with {@link aPairForEach}. */
export let world: Pair;
export let ada: Tab;
export let bob: Tab;

/** Each test of the file begins with two people who are online: {@link world}, {@link ada}, {@link bob}. */
export function aPairForEach(): void {
  beforeEach(() => newPair());
}

/** Begins once more, with two others. `granted`: they have allowed camera and microphone for good. */
export async function newPair(granted = true): Promise<void> {
  world = await Pair.create(granted);
  ({ ada, bob } = world);
}

export function phases(...tabs: Tab[]): CallPhase[] {
  return tabs.map(({ phase }) => phase);
}

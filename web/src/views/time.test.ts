import { describe, expect, it } from "vitest";
import { clockTime, duration, moment } from "./time";

describe("clockTime", () => {
  it.each([
    [-5, "0:00"],
    [999, "0:00"],
    [75_000, "1:15"],
    [3_723_000, "1:02:03"],
  ])("%d ms are %s", (ms, text) => expect(clockTime(ms)).toBe(text));
});

describe("duration", () => {
  it.each([
    [45_400, "45 sec"],
    [59_600, "1 min"],
    [754_000, "13 min"],
    [3_600_000, "1 h"],
    [3_900_000, "1 h 5 min"],
  ])("%d ms are %s", (ms, text) => expect(duration(ms)).toBe(text));
});

describe("moment", () => {
  const now = new Date(2026, 10, 25, 0, 1).getTime();
  it.each([
    ["today", new Date(2026, 10, 25, 0, 0), "12:00 AM"],
    ["two minutes ago, but yesterday", new Date(2026, 10, 24, 23, 59), "Yesterday"],
    ["this week", new Date(2026, 10, 22, 8, 0), "Sun"],
    ["this year", new Date(2026, 4, 3, 8, 0), "May 3"],
    ["an earlier year", new Date(2024, 4, 3, 8, 0), "May 3, 2024"],
  ])("%s", (_when, at, text) => {
    // Some versions of ICU put a narrow space before AM and PM.
    expect(moment(at.getTime(), now, "en-US").replace(/\s/g, " ")).toBe(text);
  });
});

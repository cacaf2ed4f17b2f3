import { describe, expect, it } from "vitest";
import type { EndReason, MediaProblem } from "../call/model";
import { apiMessage, type EndedCall, endMessage, mediaConsequence, mediaMessage } from "./texts";

const ended = (reason: EndReason, more: Partial<EndedCall> = {}): EndedCall => ({
  ended: { reason },
  peer: { userId: "u-1", name: "Ada" },
  direction: "outgoing",
  answeredAt: null,
  ...more,
});

describe("endMessage", () => {
  it.each<[string, EndedCall, string]>([
    ["hung up", ended("hangup"), "Call ended"],
    ["hung up there", ended("remote_hangup"), "Call ended"],
    ["declined there", ended("declined"), "Ada can’t talk right now"],
    ["declined here", ended("declined", { direction: "incoming" }), "Call declined"],
    ["given up there", ended("cancelled", { direction: "incoming" }), "Missed call from Ada"],
    ["no answer there", ended("timeout"), "No answer"],
    ["no answer here", ended("timeout", { direction: "incoming" }), "Missed call from Ada"],
    ["busy", ended("busy"), "Ada is in another call"],
    ["offline", ended("offline"), "Ada is offline"],
    ["answered elsewhere", ended("answered_elsewhere"), "Answered on another device"],
    ["declined elsewhere", ended("declined_elsewhere"), "Declined on another device"],
    ["lost in the call", ended("lost", { direction: "incoming", answeredAt: 1 }), "Connection lost"],
    ["lost while ringing here", ended("lost", { direction: "incoming" }), "Missed call from Ada"],
    ["no contacts any more", ended("not_allowed"), "You can’t call Ada"],
    ["in another call", ended("in_call"), "You are in another call"],
    ["failed", ended("failed"), "The call failed"],
  ])("%s", (_what, call, title) => expect(endMessage(call).title).toBe(title));

  it("hands on what failed", () => {
    const call = ended("failed", { ended: { reason: "failed", message: "The server does not answer." } });
    expect(endMessage(call).detail).toBe("The server does not answer.");
  });
});

describe("mediaMessage", () => {
  const problems: MediaProblem["problem"][] = ["denied", "missing", "in_use", "insecure", "failed"];
  const devices: MediaProblem["device"][] = ["camera", "microphone", "both"];
  const all = problems.flatMap((problem) => devices.map((device) => ({ problem, device })));

  it("is another one for every problem of every device, and says what to do", () => {
    const messages = all.map(mediaMessage);
    expect(new Set(messages.map(({ title }) => title)).size).toBe(all.length);
    for (const { title, detail } of messages) {
      expect(title).not.toMatch(/undefined/);
      expect(detail).toMatch(/\.$/);
    }
  });

  it("says what the other side gets", () => {
    expect(mediaConsequence({ device: "camera", problem: "denied" })).toBe(
      "They can hear you but not see you.",
    );
  });
});

describe("apiMessage", () => {
  it("knows the codes of the contract and has words for the others", () => {
    expect(apiMessage("user_not_found")).toMatch(/^Nobody here has this email address/);
    expect(apiMessage("something_new")).toBe("That did not work. Try again.");
  });
});

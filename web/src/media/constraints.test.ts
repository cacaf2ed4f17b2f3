import { expect, test, vi } from "vitest";
import { type Chosen, openInputs } from "./constraints";

const chosen: Chosen = { camera: "c1", microphone: null, speaker: null, ringer: null };
const stream = {} as MediaStream;
const away = new DOMException("", "OverconstrainedError");

function devicesThat(...answers: (MediaStream | DOMException)[]) {
  const asked: MediaStreamConstraints[] = [];
  const getUserMedia = vi.fn(async (constraints: MediaStreamConstraints = {}) => {
    asked.push(constraints);
    const answer = answers.shift();
    if (!answer || answer instanceof DOMException) throw answer ?? new Error("asked too often");
    return answer;
  });
  return { getUserMedia, asked };
}

test("a device that was chosen is the one that is opened, and no other", async () => {
  const devices = devicesThat(stream);
  expect(await openInputs(devices, ["camera"], chosen)).toBe(stream);
  expect(devices.asked).toEqual([
    { audio: false, video: expect.objectContaining({ deviceId: { exact: "c1" } }) },
  ]);
});

test("another one is opened when it is away", async () => {
  const devices = devicesThat(away, stream);
  expect(await openInputs(devices, ["camera"], chosen)).toBe(stream);
  expect(devices.asked.at(-1)?.video).not.toHaveProperty("deviceId");
});

test.each([
  ["the person says no", ["camera"], new DOMException("", "NotAllowedError")],
  ["it is in use", ["camera"], new DOMException("", "NotReadableError")],
  ["nothing was chosen", ["microphone"], away],
  ["there are two, and either may be away", ["camera", "microphone"], away],
] as const)("whoever asks is told when %s", async (_, kinds, error) => {
  const devices = devicesThat(error);
  await expect(openInputs(devices, kinds, chosen)).rejects.toBe(error);
  expect(devices.getUserMedia).toHaveBeenCalledOnce();
});

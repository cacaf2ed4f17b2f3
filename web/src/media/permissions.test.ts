import { expect, test } from "vitest";
import { settled } from "../signaling/scheduler.fake";
import { InputPermissions, type PermissionQueries } from "./permissions";

class FakeStatus extends EventTarget {
  state: PermissionState = "prompt";

  becomes(state: PermissionState): void {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}

function create() {
  const statuses = { camera: new FakeStatus(), microphone: new FakeStatus() };
  const query = async ({ name }: PermissionDescriptor) => statuses[name as "camera"];
  return { ...statuses, queries: { query } as unknown as PermissionQueries };
}

test("both have to be granted, and what changes counts at once", async () => {
  const { camera, microphone, queries } = create();
  camera.state = "granted";
  const permissions = new InputPermissions(queries);
  expect(permissions.granted).toBe(false);
  await settled();
  expect(permissions.granted).toBe(false);
  microphone.becomes("granted");
  expect(permissions.granted).toBe(true);
  camera.becomes("denied");
  expect(permissions.granted).toBe(false);
});

test("a browser that does not tell may ask the person", async () => {
  const refusing = { query: () => Promise.reject(new TypeError("camera")) } as unknown as PermissionQueries;
  const some = [new InputPermissions(undefined), new InputPermissions(refusing)];
  await settled();
  expect(some.map(({ granted }) => granted)).toEqual([false, false]);
});

/** What the readers of frames and payloads are made of: small predicates over unknown values. */

export type Guard = (value: unknown) => boolean;

const ID = /^[A-Za-z0-9_\-.=:@+]{1,128}$/;
const HASH = /^[0-9a-f]{64}$/;
const CALL_ID = /^[A-Za-z0-9_-]{8,64}$/;

export const isString: Guard = (value) => typeof value === "string";
export const isBoolean: Guard = (value) => typeof value === "boolean";
export const isCount: Guard = (value) => Number.isInteger(value) && (value as number) >= 0;
export const isId: Guard = (value) => typeof value === "string" && ID.test(value);
export const isCallId: Guard = (value) => typeof value === "string" && CALL_ID.test(value);
/** 32 bytes as lower-case hexadecimal digits. */
export const isHash: Guard = (value) => typeof value === "string" && HASH.test(value);
export const isPresent: Guard = (value) => value !== undefined;

export const isTicket: Guard = (value) => typeof value === "string" && value !== "";

export function isUpTo(length: number): Guard {
  // Characters as JSON Schema counts them: code points, not UTF-16 units.
  return (value) => typeof value === "string" && (value.length <= length || [...value].length <= length);
}

export function isFromTo(minimum: number, maximum: number): Guard {
  const isShort = isUpTo(maximum);
  return (value) => isShort(value) && (value as string).length >= minimum;
}

export function isOneOf(...values: readonly unknown[]): Guard {
  return (value) => values.includes(value);
}

export function isNullOr(guard: Guard): Guard {
  return (value) => value === null || guard(value);
}

export function isListOf(guard: Guard, maximum = Number.POSITIVE_INFINITY): Guard {
  return (value) => Array.isArray(value) && value.length <= maximum && value.every(guard);
}

/** A plain object with these fields and any others; those whose name ends in `?` may be missing. */
export function isObject(fields: Readonly<Record<string, Guard>>): Guard {
  const checks = Object.entries(fields).map(([key, guard]) => {
    const optional = key.endsWith("?");
    return { name: optional ? key.slice(0, -1) : key, optional, guard };
  });
  return (value) =>
    isRecord(value) &&
    checks.every(({ name, optional, guard }) => (Object.hasOwn(value, name) ? guard(value[name]) : optional));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

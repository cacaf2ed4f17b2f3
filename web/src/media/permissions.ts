/** Whether camera and microphone may be opened without a question to the person, as far as the browser tells beforehand. */

/** The part of `navigator.permissions` that is used. */
export type PermissionQueries = Pick<Permissions, "query">;

const NAMES = ["camera", "microphone"] as const;

export class InputPermissions {
  readonly #states = new Map<string, PermissionState>();
  readonly #watched: PermissionStatus[] = [];

  /** `permissions`: absent in old browsers and insecure contexts. */
  constructor(permissions: PermissionQueries | undefined) {
    for (const name of NAMES) {
      permissions?.query({ name }).then(
        (status) => {
          this.#states.set(name, status.state);
          // Kept, or it could be collected and tell nothing any more.
          this.#watched.push(status);
          status.addEventListener("change", () => this.#states.set(name, status.state));
        },
        () => {
          // A browser that does not tell: then there may be a question.
        },
      );
    }
  }

  /** Whether neither needs a question. */
  get granted(): boolean {
    return NAMES.every((name) => this.#states.get(name) === "granted");
  }
}

/**
 * A request that did not succeed. `code` is the stable code of the problem document (RFC 9457), or one of
 * `network` (no answer at all), `bad_answer` (not what the contract says), `sign_in_required` (no valid token).
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 0, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = status;
  }
}

/** The {@link ApiError} that an answer outside 200 to 299 stands for. */
export async function problemOf(response: Response): Promise<ApiError> {
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    // A proxy's error page: the status has to do.
    body = null;
  }
  const problem = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const code = typeof problem["code"] === "string" ? problem["code"] : `http_${response.status}`;
  const detail = typeof problem["detail"] === "string" ? problem["detail"] : response.statusText;
  return new ApiError(code, detail, response.status);
}

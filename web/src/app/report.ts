/** For whoever looks into the console: what went wrong and was dealt with. Never told a token, an SDP or a candidate. */
export function report(problem: string, error?: unknown): void {
  // biome-ignore lint/suspicious/noConsole: this is the one place
  console.warn(
    `Video Chat: ${problem}`,
    ...(error instanceof Error ? [`${error.name}: ${error.message}`] : []),
  );
}

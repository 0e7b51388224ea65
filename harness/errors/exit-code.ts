/** Exit codes of every command; documented in README and never reused for another meaning. */
export const exitCode = {
  /** GO, or the command did what was asked. */
  ok: 0,
  /** NO-GO: a condition is violated, or (for `check`) the check failed. */
  violated: 1,
  /** Usage, policy, plan or input file invalid; nothing was run. */
  usage: 2,
  /** NO-GO: not proven. */
  notProven: 3,
  /** The harness or its environment failed. */
  harness: 4,
  /** Evidence altered, stale or of another subject. */
  evidence: 5,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

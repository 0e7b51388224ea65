/** Exit codes of every command. A code is never reused for another meaning. */
export const exitCode = {
  ok: 0,
  violated: 1,
  usage: 2,
  notProven: 3,
  harness: 4,
  evidence: 5,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** What each exit code means; the table in README is generated from it. */
export const exitCodeMeanings: Readonly<Record<keyof typeof exitCode, string>> = {
  ok: 'GO, or the command succeeded',
  violated: 'NO-GO, a condition is violated; for `check`: the check failed',
  usage: 'usage, policy, plan or input file invalid; nothing ran',
  notProven: 'NO-GO, not proven',
  harness: 'the harness or its environment failed',
  evidence: 'evidence altered, stale or from another plan',
  interrupted: 'interrupted by Ctrl-C; the partial report is never GO',
  terminated: 'terminated by SIGTERM, SIGHUP or the end of npm; the partial report is never GO',
};

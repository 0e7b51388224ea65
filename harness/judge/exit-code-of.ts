import { type ExitCode, exitCode } from '../errors/exit-code.ts';
import type { Verdict } from './result.ts';

const codes: Readonly<Record<Verdict['basis'], ExitCode>> = {
  proven: exitCode.ok,
  violated: exitCode.violated,
  'not-proven': exitCode.notProven,
  'harness-failed': exitCode.harness,
};

/** The exit code of a verdict. A failure to write the reports replaces it. */
export function exitCodeOf({ verdict }: { readonly verdict: Verdict }): ExitCode {
  return codes[verdict.basis];
}

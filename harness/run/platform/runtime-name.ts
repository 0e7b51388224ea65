import { ReadinessError } from '../../errors/readiness-error.ts';
import type { StackAddition } from './stack-addition.ts';

/** The runtimes that boot the platform, as the command line names them. */
export const runtimeNames = ['process', 'testcontainers', 'compose'] as const;
export type RuntimeName = (typeof runtimeNames)[number];

/** @throws ReadinessError (exit code 2) for a part that the runtime cannot add to the platform */
export function rejectAdditions(runtime: RuntimeName, additions: readonly StackAddition[] = []): void {
  if (runtime === 'process' || !additions.includes('high-availability')) return;
  throw new ReadinessError(
    'addition-unsupported',
    `--with high-availability cannot be combined with --runtime ${runtime}.`,
    {
      hint: 'The harness promotes a standby only in the process runtime. Use --runtime process, or remove --with high-availability: its checks are then unmeasured.',
    },
  );
}

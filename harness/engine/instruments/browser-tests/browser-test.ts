import { z } from 'zod';

/** What the program of the browser tests reports, one line each; see `e2e/result-lines.ts`. */
export const ResultLine = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('result'),
    /** `@` with the id of the check. */
    tags: z.array(z.string()),
    title: z.string(),
    project: z.string().optional(),
    status: z.enum(['passed', 'failed', 'timedOut', 'skipped', 'interrupted']),
    durationMs: z.number(),
    /** `done`, or the error, by name of the step. */
    steps: z.record(z.string(), z.string()),
    observed: z.record(z.string(), z.json()),
    errors: z.array(z.string()),
    attachments: z.array(z.object({ name: z.string(), path: z.string() })),
  }),
  z.object({ type: z.literal('account'), email: z.string(), password: z.string() }),
  z.object({ type: z.literal('error'), message: z.string() }),
  z.object({ type: z.literal('end'), status: z.string() }),
]);
export type ResultLine = z.infer<typeof ResultLine>;

/** The result of one browser test. */
export type BrowserTestResult = Extract<ResultLine, { type: 'result' }>;

const mark = '@@e2e ';

/** Reads a line of the program's output; undefined for one that is no report. */
export function parseResultLine(line: string): ResultLine | undefined {
  if (!line.startsWith(mark)) return undefined;
  return ResultLine.parse(JSON.parse(line.slice(mark.length)));
}

/** Whether the browser itself failed, which says nothing about the platform. */
export function isBrowserFailure({ errors }: Pick<BrowserTestResult, 'errors'>): boolean {
  return errors.some((error) =>
    /browserType\.launch|Failed to launch|Executable doesn't exist|Target (page, context or browser has been closed|crashed)|browser has disconnected/.test(
      error,
    ),
  );
}

import { equals } from '../../harness/engine/index.ts';

/** Result of a step that succeeded. */
export const done = 'done';

/** Expects every named step to succeed. */
export function allDone<const Name extends string>(...names: readonly Name[]) {
  return Object.fromEntries(names.map((name) => [name, equals(done)])) as Record<
    Name,
    ReturnType<typeof equals>
  >;
}

/**
 * Runs the steps in order. The result of a step is `done` or its error message. Steps after the first failure are
 * `not reached`, since they would fail for the same reason.
 */
export async function journey<Name extends string>(
  steps: Readonly<Record<Name, () => Promise<unknown>>>,
  signal: AbortSignal,
): Promise<Record<Name, string>> {
  const results = {} as Record<Name, string>;
  let failed = false;
  for (const [name, step] of Object.entries(steps) as [Name, () => Promise<unknown>][]) {
    if (failed) {
      results[name] = 'not reached';
      continue;
    }
    try {
      await step();
      results[name] = done;
    } catch (error) {
      // An aborted check says nothing about the product.
      signal.throwIfAborted();
      failed = true;
      results[name] = firstLines(error);
    }
  }
  return results;
}

/** @throws Error with the message when the condition of a step does not hold. */
export function must(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with a control character.
const colours = /\u001b\[[0-9;]*m/g;

/** The first lines of an error message. A browser's call log is long and coloured. */
function firstLines(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(colours, '').split('\n').slice(0, 6).join(' ').slice(0, 500);
}

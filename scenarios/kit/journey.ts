import { equals } from '../../harness/engine/index.ts';

/** A step that did what it should. */
export const done = 'done';

/** Expects every one of the named steps to be done. */
export function allDone<const Name extends string>(...names: readonly Name[]) {
  return Object.fromEntries(names.map((name) => [name, equals(done)])) as Record<
    Name,
    ReturnType<typeof equals>
  >;
}

/**
 * Goes through the steps in order. Each has its own outcome: `done`, or what went wrong; after the first that
 * fails the others are `not reached`, since they would only fail for the same reason.
 */
export async function journey<Name extends string>(
  steps: Readonly<Record<Name, () => Promise<unknown>>>,
  signal: AbortSignal,
): Promise<Record<Name, string>> {
  const outcomes = {} as Record<Name, string>;
  let failed = false;
  for (const [name, step] of Object.entries(steps) as [Name, () => Promise<unknown>][]) {
    if (failed) {
      outcomes[name] = 'not reached';
      continue;
    }
    try {
      await step();
      outcomes[name] = done;
    } catch (error) {
      // The check was told to stop: that is no observation about the product.
      signal.throwIfAborted();
      failed = true;
      outcomes[name] = firstLines(error);
    }
  }
  return outcomes;
}

/** Fails a step with a sentence. */
export function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal begin with one.
const colours = /\u001b\[[0-9;]*m/g;

/** The beginning of an error's message; a browser's call log is long and coloured. */
function firstLines(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(colours, '').split('\n').slice(0, 6).join(' ').slice(0, 500);
}

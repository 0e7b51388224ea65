/** The last line that a program printed, as JSON; undefined if it is none. */
export function lastLineOf(output: string): unknown {
  try {
    return JSON.parse(output.trim().split('\n').at(-1) ?? '');
  } catch {
    return undefined;
  }
}

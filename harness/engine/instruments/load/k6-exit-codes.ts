/** Exit codes of k6 (`errext/exitcodes`): what each says about the run. */
export const k6ExitCodes: Readonly<Record<number, string>> = {
  99: 'a threshold was crossed',
  100: 'setup took too long',
  101: 'teardown took too long',
  102: 'generic timeout',
  103: 'the generator could not be started',
  104: 'its configuration is invalid',
  105: 'it was stopped by another process',
  106: 'its control interface could not be opened',
  107: 'the script threw',
  108: 'the script stopped the test',
  109: 'it panicked',
  110: 'the script marked the test as failed',
};

/** For messages, e.g. `code 107 (the script threw)`. */
export function describeK6Exit(code: number | null): string {
  return code === null
    ? 'a signal (it was killed)'
    : `code ${code} (${k6ExitCodes[code] ?? 'unknown reason'})`;
}

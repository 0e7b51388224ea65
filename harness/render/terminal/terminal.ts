/** The features of the output, decided once from the stream and the environment. */
export interface Terminal {
  columns: number;
  rows: number;
  colour: boolean;
  /** Whether lines already written can be redrawn. */
  interactive: boolean;
}

export interface TerminalSource {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  rows?: number | undefined;
}

/**
 * Obeys NO_COLOR (no-color.org: any non-empty value), FORCE_COLOR, CI (plain lines even on a
 * pseudo-terminal) and TERM=dumb. Without a terminal the width is 100 columns.
 */
export function terminalOf(
  source: TerminalSource,
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const attached = source.isTTY === true && env.TERM !== 'dumb';
  const forced = isOn(env.FORCE_COLOR);
  return {
    columns: source.isTTY === true ? Math.max(20, source.columns ?? 80) : 100,
    rows: Math.max(4, source.rows ?? 24),
    colour: !env.NO_COLOR && (attached || forced),
    interactive: attached && !isOn(env.CI),
  };
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}

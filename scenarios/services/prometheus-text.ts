/** One sample line of the Prometheus text format. */
export interface Sample {
  name: string;
  /** Values without escapes. */
  labels: Readonly<Record<string, string>>;
  value: number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: (-?\d+))?$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/gy;

/**
 * Parses the Prometheus text format 0.0.4.
 * @returns the samples, and the lines that are not valid.
 */
export function parsePrometheus(text: string): { samples: Sample[]; invalid: string[] } {
  const samples: Sample[] = [];
  const invalid: string[] = [];
  for (const raw of text.split('\n')) {
    const content = raw.trim();
    if (content === '' || content.startsWith('#')) continue;
    const match = line.exec(content);
    const labels = match && parseLabels(match[2] ?? '');
    const value = Number(match?.[3]?.replace('+Inf', 'Infinity').replace('-Inf', '-Infinity'));
    if (!match || !labels || (Number.isNaN(value) && !/^nan$/i.test(match[3] ?? ''))) invalid.push(content);
    else samples.push({ name: match[1] as string, labels, value });
  }
  return { samples, invalid };
}

function parseLabels(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  let end = 0;
  for (const match of text.matchAll(label)) {
    const [whole, name = '', escaped = ''] = match;
    labels[name] = escaped.replaceAll(/\\(.)/g, (_escape, character) =>
      character === 'n' ? '\n' : character,
    );
    end = match.index + whole.length;
  }
  return end === text.length ? labels : undefined;
}

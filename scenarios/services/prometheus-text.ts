/** One sample line of the Prometheus text format. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: (-?\d+))?$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/gy;

/**
 * Parses the Prometheus text format 0.0.4.
 * @returns the samples, and the lines that are none.
 */
export function parsePrometheus(text: string): { samples: Sample[]; broken: string[] } {
  const samples: Sample[] = [];
  const broken: string[] = [];
  for (const raw of text.split('\n')) {
    const content = raw.trim();
    if (content === '' || content.startsWith('#')) continue;
    const match = line.exec(content);
    const labels = match && parseLabels(match[2] ?? '');
    const value = Number(match?.[3]?.replace('+Inf', 'Infinity').replace('-Inf', '-Infinity'));
    if (!match || !labels || (Number.isNaN(value) && !/^nan$/i.test(match[3] ?? ''))) broken.push(content);
    else samples.push({ name: match[1] as string, labels, value });
  }
  return { samples, broken };
}

function parseLabels(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  let end = 0;
  for (const match of text.matchAll(label)) {
    labels[match[1] as string] = match[2] as string;
    end = match.index + match[0].length;
  }
  return end === text.length ? labels : undefined;
}

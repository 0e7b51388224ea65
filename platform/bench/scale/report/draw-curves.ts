import { digits, shortSize } from './digits.ts';

export interface Curve {
  side: 'ours' | 'floor';
  points: readonly { size: number; value: number }[];
}

/** One small picture: a figure over the size, both axes logarithmic. */
export interface Chart {
  title: string;
  unit: string;
  curves: readonly Curve[];
}

const columns = 3;
const chart = { width: 320, height: 210, left: 56, right: 16, top: 34, bottom: 28 } as const;

/** The colours differ in brightness too. `currentColor` is not inherited by a picture in a page, so both are named. */
const style = `
  text { font: 11px system-ui, sans-serif; fill: #333; }
  .title { font-weight: 600; }
  .grid { stroke: #ddd; }
  .ours { stroke: #0b5fcc; fill: #0b5fcc; }
  .floor { stroke: #b45309; fill: #b45309; stroke-dasharray: 5 3; }
  path.ours, path.floor { fill: none; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd; }
    .grid { stroke: #444; }
    .ours { stroke: #6cb2ff; fill: #6cb2ff; }
    .floor { stroke: #f5b041; fill: #f5b041; }
  }`;

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Powers of ten that enclose positive values. */
export function decades(values: readonly number[]): number[] {
  if (values.length === 0) return [1, 10];
  const first = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

/** Maps a range onto another one by logarithms. */
function logScale(domain: readonly number[], from: number, to: number): (value: number) => number {
  const low = Math.log10(domain[0] as number);
  const high = Math.log10(domain.at(-1) as number);
  return (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
}

function drawChart({ title, unit, curves }: Chart): string {
  const drawable = curves.map(({ side, points }) => ({
    side,
    points: points.filter(({ value }) => value > 0),
  }));
  const points = drawable.flatMap((curve) => curve.points);
  const sizes = decades(points.map(({ size }) => size));
  const values = decades(points.map(({ value }) => value));
  const right = chart.width - chart.right;
  const bottom = chart.height - chart.bottom;
  const x = logScale(sizes, chart.left, right);
  const y = logScale(values, bottom, chart.top);
  const parts = [`<text class="title" x="8" y="18">${escapeXml(title)}</text>`];
  for (const size of sizes)
    parts.push(
      `<line class="grid" x1="${x(size).toFixed(1)}" y1="${chart.top}" x2="${x(size).toFixed(1)}" y2="${bottom}"/>`,
      `<text x="${x(size).toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${shortSize(size)}</text>`,
    );
  for (const value of values)
    parts.push(
      `<line class="grid" x1="${chart.left}" y1="${y(value).toFixed(1)}" x2="${right}" y2="${y(value).toFixed(1)}"/>`,
      `<text x="${chart.left - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${value >= 1 ? shortSize(value) : digits(value)} ${unit}</text>`,
    );
  for (const { side, points: own } of drawable) {
    const at = own.map(({ size, value }) => ({ x: x(size).toFixed(1), y: y(value).toFixed(1) }));
    if (at.length > 1)
      parts.push(`<path class="${side}" d="M${at.map((point) => `${point.x} ${point.y}`).join('L')}"/>`);
    parts.push(...at.map((point) => `<circle class="${side}" cx="${point.x}" cy="${point.y}" r="3"/>`));
  }
  return parts.join('\n');
}

/** An SVG document with a picture per chart, three in a line. Readable on light and on dark pages, and titled for readers who do not see it. */
export function drawCurves(title: string, charts: readonly Chart[]): string {
  const legend = 26;
  const width = columns * chart.width;
  const height = legend + Math.ceil(charts.length / columns) * chart.height;
  const groups = charts.map((one, index) => {
    const left = (index % columns) * chart.width;
    const top = legend + Math.floor(index / columns) * chart.height;
    return `<g transform="translate(${left} ${top})">\n${drawChart(one)}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeXml(title)}</title>
<style>${style}
</style>
<path class="ours" d="M8 14L38 14"/><text x="44" y="18">ours</text>
<path class="floor" d="M100 14L130 14"/><text x="136" y="18">floor</text>
${groups.join('\n')}
</svg>
`;
}

import { printable } from '../terminal/printable.ts';

/**
 * Untrusted text as one line of Markdown prose or as a table cell: nothing in it is markup, HTML, a link or
 * the end of a cell. Line breaks become a space.
 */
export function markdownText(text: string): string {
  return printable(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_[\]|~#$!]/g, '\\$&')
    .trim()
    .replace(/^[-+=]/, '\\$&')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2');
}

/**
 * Untrusted text as inline code, also for a table cell. A text with a pipe is escaped as prose instead,
 * because a pipe ends the cell even within code. An empty text stays empty.
 */
export function markdownCode(text: string): string {
  const line = printable(text).trim();
  if (line.includes('|')) return markdownText(line);
  if (line === '') return '';
  const ticks = fenceFor(line, 1);
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${space}${line}${space}${ticks}`;
}

/** Untrusted lines as a fenced block that no line can close. */
export function markdownBlock(lines: readonly string[]): string {
  const safe = lines.map(printable);
  const fence = fenceFor(safe.join('\n'), 3);
  return [`${fence}text`, ...safe, fence].join('\n');
}

/** Backticks: one more than the longest run in the text, but at least `minimum`. */
function fenceFor(text: string, minimum: number): string {
  const longest = (text.match(/`+/g) ?? []).reduce((length, run) => Math.max(length, run.length), 0);
  return '`'.repeat(Math.max(minimum, longest + 1));
}

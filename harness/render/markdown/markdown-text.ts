import { printable } from '../terminal/printable.ts';

/**
 * Foreign text as one line of Markdown prose or as a table cell: nothing in it is markup, HTML, a link or the
 * end of a cell. Line breaks become a space.
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
 * Foreign text as inline code; also fit for a table cell, which is why a text with a pipe, which would end
 * the cell even inside code, is escaped as prose instead. An empty text gives nothing.
 */
export function markdownCode(text: string): string {
  const line = printable(text).trim();
  if (line.includes('|')) return markdownText(line);
  if (line === '') return '';
  const ticks = fenceFor(line, 1);
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${space}${line}${space}${ticks}`;
}

/** Lines as a fenced block that nothing in them can close. */
export function markdownBlock(lines: readonly string[]): string {
  const safe = lines.map(printable);
  const fence = fenceFor(safe.join('\n'), 3);
  return [`${fence}text`, ...safe, fence].join('\n');
}

/** Backticks, one more than the longest run in the text, at least so many. */
function fenceFor(text: string, least: number): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  return '`'.repeat(Math.max(least, longest + 1));
}

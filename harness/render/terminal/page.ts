import { type Palette, palette } from './palette.ts';
import type { Terminal } from './terminal.ts';
import { wrap } from './text-width.ts';

/** How a text for a person is laid out: what paints it, and the columns right of its margin. */
export interface Page {
  paint: Palette;
  width: number;
}

const margin = '  ';
/** Longer lines are harder to read than more lines. */
const widest = 110;

export function pageOf(terminal: Terminal): Page {
  return {
    paint: palette(terminal.colour),
    width: Math.max(30, Math.min(terminal.columns, widest)) - margin.length,
  };
}

/** Sections apart by an empty line; empty sections are left out. */
export function sections(all: readonly (readonly string[])[]): string {
  const filled = all.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${filled.join('\n\n')}\n`;
}

/** A title; as many lines as it takes, since it may end in a figure. */
export function heading(text: string, page: Page): string {
  return wrap(text, page.width + margin.length)
    .map(page.paint.strong)
    .join('\n');
}

export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => margin + line);
}

/** A text behind a mark, its further lines under its first. */
export function hanging(mark: string, text: string, width: number): string[] {
  return wrap(text, width - mark.length).map(
    (line, index) => (index === 0 ? mark : ' '.repeat(mark.length)) + line,
  );
}

/** The line that counts what a capped list leaves out; none when nothing is. */
export function more(count: number, what: string, page: Page): string[] {
  return count > 0 ? [page.paint.faint(`and ${count} more ${what} in the report`)] : [];
}

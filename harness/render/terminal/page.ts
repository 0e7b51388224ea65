import { type Palette, palette } from './palette.ts';
import type { Terminal } from './terminal.ts';
import { wrap } from './text-width.ts';

/** The layout of a text on a terminal. `width`: columns right of the margin. */
export interface Page {
  paint: Palette;
  width: number;
}

const margin = '  ';
/** Maximum width, columns. Longer lines are hard to read. */
const maxWidth = 110;

export function pageOf(terminal: Terminal): Page {
  return {
    paint: palette(terminal.colour),
    width: Math.max(30, Math.min(terminal.columns, maxWidth)) - margin.length,
  };
}

/** Joins sections with an empty line between them, without empty sections. */
export function sections(all: readonly (readonly string[])[]): string {
  const filled = all.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${filled.join('\n\n')}\n`;
}

/** A title. It wraps instead of being cut, because it may end in a figure. */
export function heading(text: string, page: Page): string {
  return wrap(text, page.width + margin.length)
    .map(page.paint.strong)
    .join('\n');
}

export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => margin + line);
}

/** A text behind a mark; the following lines are indented by the width of the mark. */
export function hanging(mark: string, text: string, width: number): string[] {
  return wrap(text, width - mark.length).map(
    (line, index) => (index === 0 ? mark : ' '.repeat(mark.length)) + line,
  );
}

/** The line that counts the omitted entries of a shortened list; none for 0. */
export function more(count: number, what: string, page: Page): string[] {
  return count > 0 ? [page.paint.faint(`and ${count} more ${what} in the report`)] : [];
}

import { styleText } from 'node:util';

type Paint = (text: string) => string;

/** What colours mean here. Colour only repeats what the words already say. */
export interface Palette {
  good: Paint;
  bad: Paint;
  /** Not proven, not measured. */
  open: Paint;
  strong: Paint;
  faint: Paint;
  /** Something to copy: commands and paths. */
  code: Paint;
}

/** The palette of a terminal, or one that leaves text as it is. */
export function palette(colour: boolean): Palette {
  const paint = (format: Parameters<typeof styleText>[0]): Paint =>
    colour ? (text) => styleText(format, text, { validateStream: false }) : (text) => text;
  return {
    good: paint('green'),
    bad: paint('red'),
    open: paint('yellow'),
    strong: paint('bold'),
    faint: paint('dim'),
    code: paint('cyan'),
  };
}

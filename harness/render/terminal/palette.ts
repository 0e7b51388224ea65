import { styleText } from 'node:util';

type Paint = (text: string) => string;

/** The meaning of colours. They only repeat what the text says. */
export interface Palette {
  good: Paint;
  bad: Paint;
  /** Not proven, not measured. */
  open: Paint;
  strong: Paint;
  faint: Paint;
  /** Text to copy: commands and paths. */
  code: Paint;
}

/** The palette of a terminal; without colour it returns the text unchanged. */
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

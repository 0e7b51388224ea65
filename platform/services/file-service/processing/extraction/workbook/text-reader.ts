import type { XmlEvents } from './read-xml.ts';

export interface TextReader extends Required<XmlEvents> {
  reset(): void;
  value(): string;
}

/** Characters that XML cannot contain are written as `_x000D_` (ECMA-376, part 1, 22.9.2.19). */
const unescapeText = (text: string) =>
  text.replaceAll(/_x([0-9A-F]{4})_/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/**
 * Collects the text of a cell from its runs, without reading aids (`rPh`). Spaces at the ends of a run count only with
 * `xml:space="preserve"`.
 */
export function createTextReader(): TextReader {
  let runs: string[] = [];
  let run: { text: string; preserve: boolean } | undefined;
  let isAid = false;
  return {
    open(name, { space }) {
      if (name === 'rPh') isAid = true;
      else if (name === 't' && !isAid) run = { text: '', preserve: space === 'preserve' };
    },
    text(text) {
      if (run !== undefined) run.text += text;
    },
    close(name) {
      if (name === 'rPh') isAid = false;
      if (name !== 't' || run === undefined) return;
      runs.push(unescapeText(run.preserve ? run.text : run.text.trim()));
      run = undefined;
    },
    reset() {
      runs = [];
    },
    value: () => runs.join(''),
  };
}

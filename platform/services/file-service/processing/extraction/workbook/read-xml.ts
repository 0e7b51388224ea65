import { Parser } from 'saxen';
import { ExtractionError } from '../extracted.ts';

/** Names are without their namespace prefix. */
export interface XmlEvents {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  close?(name: string): void;
  text?(text: string): void;
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1);

function damaged(cause?: unknown): ExtractionError {
  return new ExtractionError('The workbook is damaged.', { cause });
}

/** Reads a part of a workbook. @throws ExtractionError when it is not XML or declares a document type */
export function readXml(xml: string, events: XmlEvents): void {
  const parser = new Parser();
  parser.on('error', (error) => {
    throw damaged(error);
  });
  // A document type can declare entities; workbooks have none.
  parser.on('attention', () => {
    throw damaged();
  });
  parser.on('openTag', (name, attributes, decode) => {
    const entries = Object.entries(attributes()).map(([key, value]) => [localName(key), decode(value)]);
    events.open(localName(name), Object.fromEntries(entries));
  });
  parser.on('closeTag', (name) => events.close?.(localName(name)));
  parser.on('text', (text, decode) => events.text?.(decode(text)));
  parser.on('cdata', (text) => events.text?.(text));
  parser.parse(xml);
}

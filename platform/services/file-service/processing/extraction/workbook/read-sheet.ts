import type { Cell } from '../row-collector.ts';
import type { Workbook } from './open-workbook.ts';
import { readXml } from './read-xml.ts';
import { readSerial } from './serial-number.ts';
import { createTextReader } from './text-reader.ts';

/** Position of a cell in its row from 0, from a reference such as `AB12`; undefined for another text. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^([A-Z]{1,3})\d*$/i.exec(reference ?? '')?.[1]?.toUpperCase();
  if (letters === undefined) return undefined;
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

interface RawCell {
  type: string;
  style: number;
  value: string;
  preserve: boolean;
}

function toCell({ type, style, value, preserve }: RawCell, inline: string, workbook: Workbook): Cell {
  const text = preserve ? value : value.trim();
  switch (type) {
    case 's':
      return workbook.sharedStrings[Number(text)] || null;
    case 'inlineStr':
      return inline || null;
    case 'b':
      return text === '' ? null : text === '1' || text === 'true';
    case 'n': {
      const number = Number(text);
      if (text === '' || Number.isNaN(number)) return text || null;
      const meaning = workbook.meanings[style] ?? { kind: 'number' };
      return readSerial(number, meaning, workbook.dateSystem);
    }
    case 'd': {
      const time = Date.parse(text);
      return Number.isNaN(time) ? text || null : new Date(time).toISOString();
    }
    // An error such as `#DIV/0!` is no value.
    case 'e':
      return null;
    // The text of a formula (`str`).
    default:
      return text || null;
  }
}

/** Reads the rows of a sheet that have content. `onRow` gets at most `maxColumns` cells of each. */
export function readSheet(
  xml: string,
  workbook: Workbook,
  { maxColumns, onRow }: { maxColumns: number; onRow: (cells: Cell[], isCut: boolean) => void },
): void {
  const inline = createTextReader();
  let cells: Cell[] = [];
  let isCut = false;
  let next = 0;
  let cell: RawCell | undefined;
  let isValue = false;
  readXml(xml, {
    open(name, attributes) {
      if (name === 'row') {
        cells = [];
        isCut = false;
        next = 0;
      } else if (name === 'c') {
        next = columnOf(attributes.r) ?? next;
        const { t: type = 'n', s: style = '0' } = attributes;
        cell = { type, style: Number(style), value: '', preserve: false };
        inline.reset();
      } else if (name === 'v' && cell !== undefined) {
        isValue = true;
        cell.preserve = attributes.space === 'preserve';
      } else inline.open(name, attributes);
    },
    text(text) {
      if (isValue && cell !== undefined) cell.value += text;
      else inline.text(text);
    },
    close(name) {
      if (name === 'v') isValue = false;
      inline.close(name);
      if (name === 'c' && cell !== undefined) {
        const found = toCell(cell, inline.value(), workbook);
        cell = undefined;
        if (found !== null && next >= maxColumns) isCut = true;
        else if (found !== null) {
          while (cells.length < next) cells.push(null);
          cells[next] = found;
        }
        next += 1;
      } else if (name === 'row' && (cells.length > 0 || isCut)) onRow(cells, isCut);
    },
  });
}

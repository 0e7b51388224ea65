import { posix } from 'node:path';
import { ExtractionError } from '../extracted.ts';
import { meaningOf, type NumberMeaning } from './number-format.ts';
import type { Parts } from './open-parts.ts';
import { readXml } from './read-xml.ts';
import type { DateSystem } from './serial-number.ts';
import { createTextReader } from './text-reader.ts';

export interface Workbook {
  /** Worksheets in order, each with the name of its part. */
  sheets: readonly { name: string; part: string }[];
  /** Texts that cells refer to by index. */
  sharedStrings: readonly string[];
  /** What numbers mean, by index of the cell's style. */
  meanings: readonly NumberMeaning[];
  dateSystem: DateSystem;
}

interface Relation {
  type: string;
  target: string;
}

/** The relations of a part by id, with the full names of their targets. */
async function readRelations(parts: Parts, part: string): Promise<Map<string, Relation>> {
  const folder = posix.dirname(part);
  const xml = await parts.read(posix.join(folder, '_rels', `${posix.basename(part)}.rels`));
  const relations = new Map<string, Relation>();
  readXml(xml ?? '<none/>', {
    open(name, { Id, Type = '', Target }) {
      if (name !== 'Relationship' || Id === undefined || Target === undefined) return;
      relations.set(Id, {
        type: posix.basename(Type),
        target: posix.resolve('/', folder, Target).slice(1),
      });
    },
  });
  return relations;
}

const targetOf = (relations: ReadonlyMap<string, Relation>, type: string) =>
  relations.values().find((relation) => relation.type === type)?.target;

function readMeanings(xml: string): NumberMeaning[] {
  const codes = new Map<number, string>();
  const meanings: NumberMeaning[] = [];
  let isCellStyle = false;
  readXml(xml, {
    open(name, attributes) {
      if (name === 'numFmt') codes.set(Number(attributes.numFmtId), attributes.formatCode ?? '');
      else if (name === 'cellXfs') isCellStyle = true;
      else if (name === 'xf' && isCellStyle) {
        const id = Number(attributes.numFmtId ?? 0);
        meanings.push(meaningOf(id, codes.get(id)));
      }
    },
    close(name) {
      if (name === 'cellXfs') isCellStyle = false;
    },
  });
  return meanings;
}

function readSharedStrings(xml: string): string[] {
  const strings: string[] = [];
  const reader = createTextReader();
  readXml(xml, {
    open(name, attributes) {
      if (name === 'si') reader.reset();
      reader.open(name, attributes);
    },
    close(name) {
      reader.close(name);
      if (name === 'si') strings.push(reader.value());
    },
    text: reader.text,
  });
  return strings;
}

/** Reads what all sheets of a workbook share. @throws ExtractionError when it is damaged */
export async function openWorkbook(parts: Parts): Promise<Workbook> {
  const part = targetOf(await readRelations(parts, ''), 'officeDocument') ?? 'xl/workbook.xml';
  const xml = await parts.read(part);
  if (xml === undefined) throw new ExtractionError('The workbook is damaged.');
  const relations = await readRelations(parts, part);
  const sheets: { name: string; part: string }[] = [];
  let dateSystem: DateSystem = 1900;
  readXml(xml, {
    open(name, { date1904, id = '', name: title = '' }) {
      if (name === 'workbookPr' && (date1904 === '1' || date1904 === 'true')) dateSystem = 1904;
      const relation = name === 'sheet' ? relations.get(id) : undefined;
      if (relation?.type === 'worksheet') sheets.push({ name: title, part: relation.target });
    },
  });
  if (sheets.length === 0) throw new ExtractionError('The workbook has no sheet.');
  const readPart = async (type: string) => {
    const name = targetOf(relations, type);
    return (name === undefined ? undefined : await parts.read(name)) ?? '<none/>';
  };
  return {
    sheets,
    sharedStrings: readSharedStrings(await readPart('sharedStrings')),
    meanings: readMeanings(await readPart('styles')),
    dateSystem,
  };
}

/** How text is extracted from a file; `none` when that is not supported. */
export type Extraction = 'csv' | 'text' | 'json' | 'pdf' | 'docx' | 'xlsx' | 'image' | 'none';

export interface FileType {
  contentType: string;
  /** Kind of content; `text` for formats without a signature. */
  content: 'text' | 'image' | 'pdf' | 'office-archive' | 'compound';
  /** The type that the signature must identify; absent for text. */
  signature?: string;
  /** Streams of a compound file. At least one must exist. */
  streams?: readonly string[];
  /** Types that clients declare for it, in addition to `contentType` and the general types. */
  aliases: readonly string[];
  extraction: Extraction;
}

const office = 'application/vnd.openxmlformats-officedocument';
const compound = 'application/x-cfb';
const jpeg: FileType = {
  contentType: 'image/jpeg',
  content: 'image',
  signature: 'image/jpeg',
  aliases: ['image/jpg', 'image/pjpeg'],
  extraction: 'image',
};

/** Every accepted extension. */
const fileTypes: ReadonlyMap<string, FileType> = new Map([
  [
    'csv',
    {
      contentType: 'text/csv',
      content: 'text',
      // Browsers on Windows declare the type that Excel registers.
      aliases: ['application/csv', 'application/vnd.ms-excel'],
      extraction: 'csv',
    },
  ],
  ['txt', { contentType: 'text/plain', content: 'text', aliases: [], extraction: 'text' }],
  ['json', { contentType: 'application/json', content: 'text', aliases: ['text/json'], extraction: 'json' }],
  [
    'pdf',
    {
      contentType: 'application/pdf',
      content: 'pdf',
      signature: 'application/pdf',
      aliases: ['application/x-pdf'],
      extraction: 'pdf',
    },
  ],
  [
    'doc',
    {
      contentType: 'application/msword',
      content: 'compound',
      signature: compound,
      streams: ['WordDocument'],
      aliases: [],
      extraction: 'none',
    },
  ],
  [
    'xls',
    {
      contentType: 'application/vnd.ms-excel',
      content: 'compound',
      signature: compound,
      streams: ['Workbook', 'Book'],
      aliases: [],
      extraction: 'none',
    },
  ],
  [
    'docx',
    {
      contentType: `${office}.wordprocessingml.document`,
      content: 'office-archive',
      signature: `${office}.wordprocessingml.document`,
      aliases: [],
      extraction: 'docx',
    },
  ],
  [
    'xlsx',
    {
      contentType: `${office}.spreadsheetml.sheet`,
      content: 'office-archive',
      signature: `${office}.spreadsheetml.sheet`,
      aliases: [],
      extraction: 'xlsx',
    },
  ],
  ['jpg', jpeg],
  ['jpeg', jpeg],
  [
    'png',
    {
      contentType: 'image/png',
      content: 'image',
      signature: 'image/png',
      aliases: ['image/x-png'],
      extraction: 'image',
    },
  ],
  [
    'webp',
    {
      contentType: 'image/webp',
      content: 'image',
      signature: 'image/webp',
      aliases: [],
      extraction: 'image',
    },
  ],
] satisfies [string, FileType][]);

/** Declared types that clients use for unknown content. */
const generalTypes = new Set(['', 'application/octet-stream', 'binary/octet-stream', 'text/plain']);

/** The type of an extension (lower case, no dot); undefined when it is not accepted. */
export function fileTypeOf(extension: string): FileType | undefined {
  return fileTypes.get(extension);
}

/** Whether the type that the client declared is compatible with the type of the extension. */
export function matchesDeclared(type: FileType, declared: string): boolean {
  const essence = (declared.split(';', 1)[0] ?? '').trim().toLowerCase();
  return generalTypes.has(essence) || essence === type.contentType || type.aliases.includes(essence);
}

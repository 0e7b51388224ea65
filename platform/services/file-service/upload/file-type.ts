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

/** What clients declare for Excel files of any kind: browsers on Windows know only the type that Excel registers. */
const excelTypes = [
  'application/vnd.ms-excel',
  'application/vnd.msexcel',
  'application/msexcel',
  'application/x-msexcel',
  'application/x-ms-excel',
  'application/x-excel',
  'application/excel',
  'application/xls',
  'application/x-xls',
];
const wordTypes = [
  'application/msword',
  'application/x-msword',
  'application/vnd.ms-word',
  'application/doc',
];
/** What clients that look at the first bytes only declare for Office documents. */
const zipTypes = ['application/zip', 'application/x-zip', 'application/x-zip-compressed'];
const compoundTypes = ['application/x-cfb', 'application/x-ole-storage', 'application/cdfv2'];

const text = (contentType: string, extraction: Extraction, ...aliases: string[]): FileType => ({
  contentType,
  content: 'text',
  aliases,
  extraction,
});

function image(name: string, ...aliases: string[]): FileType {
  const contentType = `image/${name}`;
  return { contentType, content: 'image', signature: contentType, aliases, extraction: 'image' };
}

function office(name: string, extraction: Extraction, ...aliases: string[]): FileType {
  const contentType = `application/vnd.openxmlformats-officedocument.${name}`;
  return {
    contentType,
    content: 'office-archive',
    signature: contentType,
    aliases: [...aliases, ...zipTypes],
    extraction,
  };
}

/** An old Office format, in a compound file with at least one of the streams. */
const compound = (contentType: string, aliases: readonly string[], ...streams: string[]): FileType => ({
  contentType,
  content: 'compound',
  signature: 'application/x-cfb',
  streams,
  aliases: [...aliases, ...compoundTypes],
  extraction: 'none',
});

const jpeg = image('jpeg', 'image/jpg', 'image/pjpeg', 'image/x-jpeg');
const pdf: FileType = {
  contentType: 'application/pdf',
  content: 'pdf',
  signature: 'application/pdf',
  aliases: ['application/x-pdf', 'application/acrobat', 'application/vnd.pdf', 'text/pdf'],
  extraction: 'pdf',
};

/** Accepted file types by extension. */
const fileTypes: ReadonlyMap<string, FileType> = new Map([
  [
    'csv',
    text(
      'text/csv',
      'csv',
      'text/x-csv',
      'application/csv',
      'application/x-csv',
      'text/comma-separated-values',
      'text/x-comma-separated-values',
      'application/comma-separated-values',
      'text/tab-separated-values',
      ...excelTypes,
    ),
  ],
  ['txt', text('text/plain', 'text', 'text/txt', 'application/txt', 'application/x-txt')],
  [
    'json',
    text(
      'application/json',
      'json',
      'text/json',
      'text/x-json',
      'application/x-json',
      'application/geo+json',
      'application/ld+json',
    ),
  ],
  ['pdf', pdf],
  ['doc', compound('application/msword', wordTypes, 'WordDocument')],
  ['xls', compound('application/vnd.ms-excel', excelTypes, 'Workbook', 'Book')],
  ['docx', office('wordprocessingml.document', 'docx', ...wordTypes)],
  ['xlsx', office('spreadsheetml.sheet', 'xlsx', ...excelTypes)],
  ['jpg', jpeg],
  ['jpeg', jpeg],
  ['png', image('png', 'image/x-png')],
  ['webp', image('webp')],
]);

/** Declared types that clients use for unknown content. */
const generalTypes = new Set([
  '',
  'application/octet-stream',
  'application/x-octet-stream',
  'binary/octet-stream',
  'application/binary',
  'application/unknown',
  'application/download',
  'application/x-download',
  'application/force-download',
  'text/plain',
]);

/** The type of an extension (lower case, no dot); undefined when it is not accepted. */
export function fileTypeOf(extension: string): FileType | undefined {
  return fileTypes.get(extension);
}

/** Whether the type that the client declared is compatible with the type of the extension. */
export function matchesDeclared(type: FileType, declared: string): boolean {
  const essence = (declared.split(';', 1)[0] ?? '').trim().toLowerCase();
  return generalTypes.has(essence) || essence === type.contentType || type.aliases.includes(essence);
}

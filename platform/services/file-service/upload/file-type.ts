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

function office(name: string, extraction: Extraction): FileType {
  const contentType = `application/vnd.openxmlformats-officedocument.${name}`;
  return { contentType, content: 'office-archive', signature: contentType, aliases: [], extraction };
}

/** An old Office format, in a compound file with at least one of the streams. */
const compound = (contentType: string, ...streams: string[]): FileType => ({
  contentType,
  content: 'compound',
  signature: 'application/x-cfb',
  streams,
  aliases: [],
  extraction: 'none',
});

const jpeg = image('jpeg', 'image/jpg', 'image/pjpeg');
const pdf: FileType = {
  contentType: 'application/pdf',
  content: 'pdf',
  signature: 'application/pdf',
  aliases: ['application/x-pdf'],
  extraction: 'pdf',
};

/** Accepted file types by extension. */
const fileTypes: ReadonlyMap<string, FileType> = new Map([
  // Browsers on Windows declare the type that Excel registers.
  ['csv', text('text/csv', 'csv', 'application/csv', 'application/vnd.ms-excel')],
  ['txt', text('text/plain', 'text')],
  ['json', text('application/json', 'json', 'text/json')],
  ['pdf', pdf],
  ['doc', compound('application/msword', 'WordDocument')],
  ['xls', compound('application/vnd.ms-excel', 'Workbook', 'Book')],
  ['docx', office('wordprocessingml.document', 'docx')],
  ['xlsx', office('spreadsheetml.sheet', 'xlsx')],
  ['jpg', jpeg],
  ['jpeg', jpeg],
  ['png', image('png', 'image/x-png')],
  ['webp', image('webp')],
]);

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

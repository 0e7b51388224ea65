import type { Extraction } from '../../upload/file-type.ts';
import { extractCsv } from './extract-csv.ts';
import { extractDocx } from './extract-docx.ts';
import { extractImage } from './extract-image.ts';
import { extractJson } from './extract-json.ts';
import { extractPdf } from './extract-pdf.ts';
import { extractText } from './extract-text.ts';
import { extractXlsx } from './extract-xlsx.ts';
import { type Extracted, ExtractionError } from './extracted.ts';

const extractors: Readonly<Record<Exclude<Extraction, 'none'>, (path: string) => Promise<Extracted>>> = {
  csv: extractCsv,
  text: extractText,
  json: extractJson,
  pdf: extractPdf,
  docx: extractDocx,
  xlsx: extractXlsx,
  image: extractImage,
};

/**
 * Extracts text and structure of a file. Run it in a worker thread: it may use much processor time.
 * @throws ExtractionError when the content cannot be read
 */
export async function extract(path: string, extraction: Extraction): Promise<Extracted> {
  if (extraction === 'none')
    throw new ExtractionError('Text of this format cannot be extracted; save it as docx or xlsx.');
  return extractors[extraction](path);
}

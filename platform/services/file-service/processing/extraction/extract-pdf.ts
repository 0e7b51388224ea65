import { readFile } from 'node:fs/promises';
import { type Extracted, ExtractionError } from './extracted.ts';
import { limitText } from './limit-text.ts';
import { extractionLimits } from './limits.ts';

/** Properties of the document that are stored. */
const storedProperties = ['Title', 'Author', 'Subject', 'Creator', 'Producer'] as const;

/** @throws ExtractionError when the document needs a password or is damaged */
export async function extractPdf(path: string): Promise<Extracted> {
  const { getDocumentProxy, getMeta } = await import('unpdf');
  const document = await getDocumentProxy(new Uint8Array(await readFile(path))).catch((error: Error) => {
    throw new ExtractionError(
      error.name === 'PasswordException' ? 'The document needs a password.' : 'The document is damaged.',
    );
  });
  const pages: string[] = [];
  let length = 0;
  const maxPages = Math.min(document.numPages, extractionLimits.pages);
  for (let number = 1; number <= maxPages && length <= extractionLimits.text; number += 1) {
    const page = await document.getPage(number);
    const content = await page.getTextContent();
    const text = content.items
      .map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : ''))
      .join('');
    page.cleanup();
    pages.push(text);
    length += text.length + 2;
  }
  const { info } = await getMeta(document).catch(() => ({ info: {} as Record<string, unknown> }));
  const { text, truncated } = limitText(pages.join('\n\n'));
  return {
    text,
    metadata: {
      pages: document.numPages,
      ...Object.fromEntries(
        storedProperties.flatMap((name) => {
          const value = info[name];
          return typeof value === 'string' && value !== ''
            ? [[name.toLowerCase(), limitText(value, 500).text]]
            : [];
        }),
      ),
      truncated: truncated || pages.length < document.numPages,
    },
  };
}

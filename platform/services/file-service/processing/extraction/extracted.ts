/** The extracted content of a file. */
export interface Extracted {
  text: string;
  /** Rows of a table, by column name. */
  rows?: Record<string, unknown>[];
  metadata: Record<string, unknown>;
}

/** The content cannot be read. The message is for the owner of the file. */
export class ExtractionError extends Error {
  override readonly name = 'ExtractionError';
}

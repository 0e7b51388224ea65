/** What is known of a file's content after processing. */
export interface Extracted {
  text: string;
  /** For tables, by column name. */
  rows?: Record<string, unknown>[];
  metadata: Record<string, unknown>;
}

/** The content cannot be read, for a reason the owner of the file can understand. */
export class ExtractionError extends Error {
  override readonly name = 'ExtractionError';
}

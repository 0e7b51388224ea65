/** Where a check's evidence goes. Content must be free of secrets before it gets here. */
export interface EvidenceSink {
  /** Keeps a file; a name used before gets a number. */
  write(name: string, content: string | Uint8Array): Promise<void>;
}

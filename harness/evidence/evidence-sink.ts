/** Stores the evidence of a check. The content must not contain secrets. */
export interface EvidenceSink {
  /** Writes a file; a number makes a repeated name unique. */
  write(name: string, content: string | Uint8Array): Promise<void>;
}

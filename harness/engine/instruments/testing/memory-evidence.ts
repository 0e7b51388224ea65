import type { EvidenceSink } from '../../../evidence/evidence-sink.ts';

/** An evidence sink in memory. */
export class MemoryEvidence implements EvidenceSink {
  readonly files = new Map<string, string | Uint8Array>();

  async write(name: string, content: string | Uint8Array): Promise<void> {
    this.files.set(name, content);
  }

  /** The content of a text file; fails when it was not written. */
  text(name: string): string {
    const content = this.files.get(name);
    if (typeof content !== 'string')
      throw new Error(`No text ${name} among ${[...this.files.keys()].join(', ')}`);
    return content;
  }
}

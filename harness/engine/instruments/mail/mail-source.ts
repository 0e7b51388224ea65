/** Where the mails are that the platform sends. */
export interface MailSource {
  /**
   * Mails that may be to this address, oldest first.
   * @throws Error with the reason when the source cannot be read
   */
  mentioning(address: string): Promise<StoredMail[]>;
}

export interface StoredMail {
  /** Unique within the source. */
  name: string;
  /** The bytes of the mail as latin1 (RFC 5322). */
  source: string;
}

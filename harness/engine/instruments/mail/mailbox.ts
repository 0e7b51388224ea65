/** A mail that the platform has written. */
export interface ReceivedMail {
  /** Name of its file; files sort by time. */
  file: string;
  messageId: string;
  from: string;
  to: string;
  subject: string;
  /** The part in plain text. */
  text: string;
  /** The part in HTML. */
  html: string;
  /** Addresses in the text, e.g. of the page that a token opens. */
  links: readonly string[];
}

export interface MailboxInstrument {
  /** Mails to an address so far, oldest first. */
  to(address: string): Promise<ReceivedMail[]>;
  /**
   * Waits for a mail to the address with this subject, beyond the first `after` ones with it.
   * @throws ProductFailure when none comes within the time, milliseconds
   */
  waitFor(options: {
    to: string;
    subject: RegExp;
    after?: number;
    timeoutMs?: number;
  }): Promise<ReceivedMail>;
}

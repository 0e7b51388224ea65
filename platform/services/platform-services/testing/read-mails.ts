import { expect } from 'vitest';
import type { TemporaryPlatformServices } from './temporary-platform-services.ts';

/** A mail of the folder, as far as tests read it. */
export interface TestMail {
  to: string;
  subject: string;
  /** The whole message, without the encoding of long lines. */
  source: string;
  /** The token in its link; empty without one. */
  token: string;
}

function parse(raw: string): TestMail {
  const source = raw.replaceAll(/=\r?\n/g, '').replaceAll('=3D', '=');
  return {
    to: /^To: (.*?)\r?$/m.exec(source)?.[1] ?? '',
    subject: /^Subject: (.*?)\r?$/m.exec(source)?.[1] ?? '',
    source,
    token: /\?token=([\w-]+)/.exec(source)?.[1] ?? '',
  };
}

/** Mails to an address with the subject so far, oldest first. */
export async function mailsTo(
  service: TemporaryPlatformServices,
  to: string,
  subject: string,
): Promise<TestMail[]> {
  return (await service.mails()).map(parse).filter((mail) => mail.to === to && mail.subject === subject);
}

/** Waits for the n-th mail to an address with the subject, and returns it. */
export async function mailTo(
  service: TemporaryPlatformServices,
  to: string,
  subject: string,
  nth = 1,
): Promise<TestMail> {
  await expect
    .poll(async () => (await mailsTo(service, to, subject)).length, { timeout: 10_000, interval: 20 })
    .toBeGreaterThanOrEqual(nth);
  return (await mailsTo(service, to, subject))[nth - 1] as TestMail;
}

import { expect, it } from 'vitest';
import { readMail } from './read-mail.ts';

const source = [
  'From: PyAirtable <no-reply@example.com>',
  'To: ada@example.com',
  'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?= =?UTF-8?B?IQ==?=',
  'Message-ID:',
  ' <1@example.com>',
  'Content-Type: multipart/alternative;',
  ' boundary="b1"',
  '',
  '--b1',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Open this:',
  'https://example.com/auth/reset-password?token=3Dab-=',
  'c',
  '',
  'Gr=C3=BC=C3=9Fe',
  '--b1',
  'Content-Type: text/html; charset=utf-8',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('<p>Grüße</p>').toString('base64'),
  '--b1--',
  '',
];

it.each(['\r\n', '\n'])('reads headers and both parts of a mail with line ends %j', (lineEnd) => {
  expect(readMail('1.eml', source.join(lineEnd))).toEqual({
    file: '1.eml',
    from: 'PyAirtable <no-reply@example.com>',
    to: 'ada@example.com',
    subject: 'Grüße!',
    messageId: '<1@example.com>',
    text: 'Open this:\nhttps://example.com/auth/reset-password?token=ab-c\n\nGrüße',
    html: '<p>Grüße</p>',
    links: ['https://example.com/auth/reset-password?token=ab-c'],
  });
});

it('reads a mail of one part', () => {
  const mail = readMail('2.eml', 'To: a@example.com\r\nSubject: Hi\r\n\r\nHello\r\n');
  expect(mail).toMatchObject({ subject: 'Hi', text: 'Hello\n', html: '', links: [] });
});

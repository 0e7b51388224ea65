import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { binaryForm } from '../../kit/binary-form.ts';
import { summary } from '../../kit/response.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { nameBreaks } from './name-breaks.ts';
import { sampleArchives } from './sample-archives.ts';

/** Names as sent, and as they may be shown; undefined where the name must be rejected. */
const names: readonly (readonly [sent: string, shown: string | undefined])[] = [
  ['../../etc/passwd.txt', 'passwd.txt'],
  ['..\\..\\windows\\win.txt', 'win.txt'],
  ['/etc/absolute.txt', 'absolute.txt'],
  ['C:\\Users\\me\\drive.txt', 'drive.txt'],
  ['%2e%2e%2fescaped.txt', '%2e%2e%2fescaped.txt'],
  ['a\u2215b\uff0fslash.txt', 'slash.txt'],
  ["x'; drop table files; --.txt", "x'; drop table files; --.txt"],
  ['zero\0.txt', undefined],
  ['..', undefined],
  [`${'a'.repeat(5_000)}.txt`, undefined],
  ['order\u202etxt.exe.txt', undefined],
];

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const zip = Buffer.from('UEsFBgAAAAABAAEAAAAAAAAAAAAAAA==', 'base64');

/** Content that is not what its name says, or two things at once. */
const contents: readonly (readonly [what: string, name: string, content: Buffer])[] = [
  ['a program called txt', 'a.txt', Buffer.from('MZ\u0090\u0000\u0003')],
  ['a page called txt', 'a.txt', Buffer.from(' <!DOCTYPE html><script>alert(1)</script>')],
  ['a page called png', 'a.png', Buffer.from('<html><body onload="alert(1)"></html>')],
  [
    'an SVG image with a script',
    'a.svg',
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
  ],
  ['an SVG image called csv', 'a.csv', Buffer.from('<svg onload="alert(1)"/>')],
  ['a PNG image called jpg', 'a.jpg', png],
  ['an image that is also an archive', 'a.png', Buffer.concat([png, zip])],
  ['an image that is also a page', 'a.png', Buffer.concat([png, Buffer.from('<script>alert(1)</script>')])],
  ['a text called pdf', 'a.pdf', Buffer.from('just text')],
  ['a page called html', 'a.html', Buffer.from('<p>hello</p>')],
];

export const namesAndTypes = defineCheck({
  ...furtherSecurity,
  id: 'security.files.names-and-types-are-safe',
  title: 'Names and contents of files cannot attack anybody',
  failureTitle: 'A file with a hostile name or content is accepted',
  why: 'Names become paths, and a stored page runs in the origin of the platform. Both must be impossible, not only unlikely (ASVS 5.2, 5.3, 5.4).',
  standards: [
    'ASVS 5.2.2',
    'ASVS 5.2.3',
    'ASVS 5.2.5',
    'ASVS 5.3.2',
    'ASVS 5.3.3',
    'ASVS 5.4.1',
    'ASVS 3.2.1',
  ],
  needs: [registrationWorks, 'services.file-service.available'],
  services: ['gateway', 'platform-services', 'user-service', 'file-service'],
  timeoutMs: 120_000,
  remediation: {
    text: 'Store under a generated name, show the last part of the sent one, judge the content by its bytes, and send every download as an attachment with nosniff.',
    effort: 'days',
  },
  expects: {
    wrongNames: empty(),
    acceptedContents: empty(),
    acceptedArchives: empty(),
    validArchive: equals(201),
    downloadHeaders: empty(),
    traversals: empty(),
    kept: equals(names.filter(([, shown]) => shown !== undefined).length + 1),
  },
  breaks: nameBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const upload = (name: string, content: Buffer) =>
      context.http.request('gateway', '/api/files/upload', {
        method: 'POST',
        token: account.accessToken,
        from: account.address,
        ...binaryForm(name, content),
      });
    const wrongNames: string[] = [];
    let id = '';
    for (const [sent, shown] of names) {
      const response = await upload(sent, Buffer.from('text'));
      const name = textAt(response.json, 'filename');
      const isRight =
        shown === undefined ? response.status === 422 : response.status === 201 && name === shown;
      if (!isRight) wrongNames.push(`${JSON.stringify(sent.slice(0, 60))}: ${summary(response)}`);
      if (response.status === 201) id = textAt(response.json, 'id');
    }
    const acceptedContents: string[] = [];
    for (const [what, name, content] of contents) {
      const response = await upload(name, content);
      if (response.status !== 415) acceptedContents.push(`${what}: ${summary(response)}`);
    }
    const { valid, hostile } = await sampleArchives();
    const acceptedArchives: string[] = [];
    for (const [what, content] of Object.entries(hostile)) {
      const response = await upload('a.docx', content);
      if (response.status !== 415 && response.status !== 413)
        acceptedArchives.push(`${what}: ${summary(response)}`);
    }
    const validArchive = await upload('valid.docx', valid);
    const { headers } = await send('GET', `/api/files/${id}/download`);
    const required: Readonly<Record<string, RegExp>> = {
      'content-disposition': /^attachment; filename=/,
      'x-content-type-options': /^nosniff$/,
      'content-type': /^application\/octet-stream$/,
      'content-security-policy': /default-src 'none'/,
    };
    const traversals: string[] = [];
    for (const path of ['..%2f..%2fetc%2fpasswd', '%2e%2e', '....//', '..%5c..%5c', '%00', `${id}%2f..`]) {
      const response = await send('GET', `/api/files/${path}/download`);
      if (response.status < 400 || response.status >= 500 || /root:/.test(response.text))
        traversals.push(`${path}: ${summary(response)}`);
    }
    const list = await send('GET', '/api/files?page_size=100');
    return {
      wrongNames,
      acceptedContents,
      acceptedArchives,
      validArchive: validArchive.status,
      downloadHeaders: Object.entries(required)
        .filter(([name, pattern]) => !pattern.test(headers[name] ?? ''))
        .map(([name]) => `${name} is "${headers[name] ?? ''}"`),
      traversals,
      kept: Number(valueAt(list.json, 'total') ?? -1),
    };
  },
});

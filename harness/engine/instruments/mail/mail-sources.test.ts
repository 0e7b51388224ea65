import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openMailFolder } from './mail-folder.ts';
import { openMailServer } from './mail-server.ts';
import { openMailpit } from './mailpit.ts';

const mailTo = (address: string): string => `To: ${address}\r\nSubject: Grüße\r\n\r\nhello\r\n`;

describe('a folder of mails', () => {
  it('has the complete mails that name the address, in the order of their names', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mails-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, '2.eml'), mailTo('Ada@example.com'));
    await writeFile(join(folder, '1.eml'), mailTo('ada@example.com'));
    await writeFile(join(folder, '3.eml'), mailTo('bob@example.com'));
    await writeFile(join(folder, '.4.eml'), mailTo('ada@example.com'));
    const found = await openMailFolder(folder).mentioning('ada@example.com');
    expect(found.map(({ name }) => name)).toEqual(['1.eml', '2.eml']);
  });

  it('is empty before the first mail', async () => {
    expect(await openMailFolder('/nonexistent/mails').mentioning('ada@example.com')).toEqual([]);
  });
});

describe('a server of mails', () => {
  const message = (to: string, text: string) => ({ from: 'platform@example.com', to, subject: text, text });

  it('keeps the mails that name the address, oldest first, byte by byte', async () => {
    await using server = await openMailServer();
    const transport = createTransport(server.url);
    await transport.sendMail(message('Ada@example.com', 'first'));
    await transport.sendMail(message('bob@example.com', 'second'));
    await transport.sendMail({ ...message('ada@example.com', 'third'), text: '.a line\nGrüße' });
    const found = await server.mentioning('ADA@example.com');
    expect(found.map(({ source }) => /^Subject: (.*)\r$/m.exec(source)?.[1])).toEqual(['first', 'third']);
    expect(new Set(found.map(({ name }) => name)).size).toBe(2);
    expect(found[1]?.source).toContain('\r\n.a line\r\nGr=C3=BC=C3=9Fe');
  });

  it('has no part of a mail whose sender goes in the middle', async () => {
    await using server = await openMailServer();
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'data');
    for (const command of ['EHLO a', 'MAIL FROM:<a@example.com>', 'RCPT TO:<ada@example.com>', 'DATA']) {
      socket.write(`${command}\r\n`);
      await once(socket, 'data');
    }
    socket.write('To: ada@example.com\r\n\r\nhalf');
    socket.destroy();
    await once(socket, 'close');
    await createTransport(server.url).sendMail(message('ada@example.com', 'whole'));
    const found = await server.mentioning('ada@example.com');
    expect(found.map(({ source }) => source.includes('half'))).toEqual([false]);
  });
});

/** A server that speaks as much of Mailpit's API as the harness uses, with mails from the newest to the oldest. */
async function startMailpit(mails: Readonly<Record<string, string>>, status = 200) {
  const asked: { path: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push({ path, authorization: request.headers.authorization });
    const raw = /^\/api\/v1\/message\/(\w+)\/raw$/.exec(path)?.[1];
    if (raw === undefined)
      response.writeHead(status).end(JSON.stringify({ messages: Object.keys(mails).map((ID) => ({ ID })) }));
    else response.writeHead(200).end(Buffer.from(mails[raw] ?? '', 'utf8'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe('mails in Mailpit', () => {
  const { signal } = new AbortController();

  it('are searched by address, come oldest first with their bytes, and are each read once', async () => {
    const { url, asked } = await startMailpit({
      second: mailTo('a+b@example.com'),
      first: mailTo('a+b@example.com'),
    });
    const source = openMailpit({ url, login: 'harness:secret', signal });
    const found = await source.mentioning('a+b@example.com');
    expect(found.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(Buffer.from(found[0]?.source ?? '', 'latin1').toString('utf8')).toContain('Grüße');
    await source.mentioning('a+b@example.com');
    expect(asked.map(({ path }) => path)).toEqual([
      '/api/v1/search?query=to%3A%22a%2Bb%40example.com%22&limit=200',
      '/api/v1/message/first/raw',
      '/api/v1/message/second/raw',
      '/api/v1/search?query=to%3A%22a%2Bb%40example.com%22&limit=200',
    ]);
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(
      new Set([`Basic ${Buffer.from('harness:secret').toString('base64')}`]),
    );
  });

  it('cannot be read where the API refuses', async () => {
    const { url } = await startMailpit({}, 401);
    await expect(openMailpit({ url, signal }).mentioning('ada@example.com')).rejects.toThrow(
      /\/api\/v1\/search.*: 401$/,
    );
  });
});

import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type MailServer, startMailServer } from '../testing/mail-server.ts';
import { renderMail } from './mail-content.ts';
import { createMailTransport, MailRejected, type OutgoingMail } from './mail-transport.ts';

const from = 'PyAirtable <no-reply@example.com>';
const mail: OutgoingMail = {
  ...renderMail({
    subject: 'Grüße',
    paragraphs: ['One line.'],
    link: { label: 'Open', url: 'https://a.example/?t=1' },
  }),
  id: '6f0c2d7e-0000-4000-8000-000000000001',
  recipient: 'ada@example.org',
  createdAt: new Date('2026-01-02T03:04:05Z'),
};
const { signal } = new AbortController();
const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

async function serverWith(options?: Parameters<typeof startMailServer>[0]): Promise<MailServer> {
  const server = await startMailServer(options);
  opened.push(server);
  return server;
}

function transportTo(smtpUrl: string) {
  return createMailTransport({ smtpUrl, from, folder: '/nonexistent' });
}

it('sends text and HTML with a stable Message-ID', async () => {
  const server = await serverWith();
  const send = transportTo(`smtp://127.0.0.1:${server.port}`);
  await send(mail, signal);
  await send(mail, signal);
  expect(server.messages).toHaveLength(2);
  for (const message of server.messages) {
    expect(message).toContain(`Message-ID: <${mail.id}@example.com>`);
    expect(message).toContain('From: PyAirtable <no-reply@example.com>');
    expect(message).toContain('To: ada@example.org');
    expect(message).toMatch(/Subject: =\?UTF-8\?/);
    expect(message).toMatch(/Content-Type: text\/plain[\s\S]*Content-Type: text\/html/);
    expect(message).toContain('Auto-Submitted: auto-generated');
  }
});

it('adds no header and no recipient from a subject or an address', async () => {
  const envelopes: string[][] = [];
  const server = await serverWith({
    onRcptTo(address, _session, done) {
      envelopes.push([address.address]);
      done();
    },
  });
  const send = transportTo(`smtp://127.0.0.1:${server.port}`);
  await send({ ...mail, subject: 'A\r\nBcc: eve@example.org' }, signal);
  expect(envelopes).toEqual([['ada@example.org']]);
  expect(server.messages[0]).not.toMatch(/^Bcc:/m);
});

it('signs in over TLS', async () => {
  const names: (string | undefined)[] = [];
  const server = await serverWith({
    secure: true,
    authOptional: false,
    disabledCommands: [],
    onAuth(auth, _session, done) {
      names.push(auth.username);
      if (auth.username === 'user' && auth.password === 'p@ss') done(null, { user: 'user' });
      else done(new Error('no'));
    },
  });
  const query = '?tls.rejectUnauthorized=false';
  await transportTo(`smtps://user:p%40ss@127.0.0.1:${server.port}/${query}`)(mail, signal);
  expect(server.messages).toHaveLength(1);
  expect(names).toEqual(['user']);
  const wrong = transportTo(`smtps://user:wrong@127.0.0.1:${server.port}/${query}`)(mail, signal);
  await expect(wrong).rejects.toMatchObject({ code: 'EAUTH' });
  await expect(wrong).rejects.not.toBeInstanceOf(MailRejected);
});

it('trusts no server with an unknown certificate', async () => {
  const server = await serverWith({ secure: true });
  await expect(transportTo(`smtps://127.0.0.1:${server.port}`)(mail, signal)).rejects.toThrow(/certificate/i);
  expect(server.messages).toEqual([]);
});

const rejecting = (responseCode: number) => ({
  onRcptTo(_address: unknown, _session: unknown, done: (error?: Error) => void) {
    done(Object.assign(new Error('mailbox unavailable'), { responseCode }));
  },
});

it('reports a 5xx reply as final, with the reply', async () => {
  const server = await serverWith(rejecting(550));
  const sent = transportTo(`smtp://127.0.0.1:${server.port}`)(mail, signal);
  await expect(sent).rejects.toBeInstanceOf(MailRejected);
  await expect(sent).rejects.toThrow(/550 mailbox unavailable/);
});

it('reports a 4xx reply as temporary', async () => {
  const server = await serverWith(rejecting(451));
  const sent = transportTo(`smtp://127.0.0.1:${server.port}`)(mail, signal);
  await expect(sent).rejects.toMatchObject({ responseCode: 451 });
  await expect(sent).rejects.not.toBeInstanceOf(MailRejected);
});

it('reports a cut connection as temporary', async () => {
  const server = await serverWith({
    onData(stream) {
      stream.resume();
      stream.on('end', () => server.cut());
    },
  });
  const sent = transportTo(`smtp://127.0.0.1:${server.port}`)(mail, signal);
  await expect(sent).rejects.toThrow();
  await expect(sent).rejects.not.toBeInstanceOf(MailRejected);
});

it('waits for no server that never replies once it is told to stop', async () => {
  const silent = createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as { port: number };
  const stopping = new AbortController();
  const sent = transportTo(`smtp://127.0.0.1:${port}`)(mail, stopping.signal);
  const [socket] = await once(silent, 'connection');
  stopping.abort(new Error('stopping'));
  await expect(sent).rejects.toThrow('stopping');
  socket.destroy();
  silent.close();
});

it('writes one file per mail into the folder without a server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'transport-'));
  const send = createMailTransport({ smtpUrl: undefined, from, folder: join(folder, 'mail') });
  await send(mail, signal);
  await send(mail, signal);
  const names = await readdir(join(folder, 'mail'));
  expect(names).toEqual([`2026-01-02T03-04-05-000Z-${mail.id}.eml`]);
  expect(await readFile(join(folder, 'mail', names[0] as string), 'utf8')).toContain('To: ada@example.org');
  await rm(folder, { recursive: true });
});

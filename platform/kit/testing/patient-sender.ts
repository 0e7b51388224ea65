import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface PatientSender extends AsyncDisposable {
  /** What has come back so far. */
  readonly received: string;
  /** Resolves as soon as what came back holds the text. @throws when the connection breaks before. */
  until(text: string): Promise<void>;
  /** Sends bytes and waits until they have left. @throws when the connection is gone. */
  send(bytes: string | Uint8Array): Promise<void>;
  /** Resolves when the other side has closed, in order or not. */
  readonly closed: Promise<unknown>;
}

/** A client that sees each byte: for what happens on a connection before, between and after requests. */
export async function openPatientSender(port: number): Promise<PatientSender> {
  const socket: Socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  let received = '';
  let broken: Error | undefined;
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', (error) => {
    broken = error;
  });
  const closed = once(socket, 'close').catch(() => undefined);
  return {
    get received() {
      return received;
    },
    closed,
    async until(text) {
      while (!received.includes(text)) {
        if (broken !== undefined || socket.closed)
          throw broken ?? new Error(`closed before "${text}" came: ${received}`);
        await Promise.race([once(socket, 'data'), closed]);
      }
    },
    send(bytes) {
      if (broken !== undefined) return Promise.reject(broken);
      return new Promise((resolve, reject) =>
        socket.write(bytes, (error) => (error ? reject(error) : resolve())),
      );
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await closed;
    },
  };
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface PatientSender extends AsyncDisposable {
  /** Everything received so far. */
  readonly received: string;
  /** Resolves when the received text contains `text`. @throws Error when the connection closes first. */
  until(text: string): Promise<void>;
  /** Sends bytes and waits until they are written. @throws Error when the connection is closed. */
  send(bytes: string | Uint8Array): Promise<void>;
  /** Resolves when the connection is closed, cleanly or not. */
  readonly closed: Promise<unknown>;
}

/** Opens a raw TCP connection, for tests that send partial requests or wait between bytes. */
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
          throw broken ?? new Error(`closed before "${text}" was received: ${received}`);
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

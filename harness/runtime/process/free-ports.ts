import { openListeningSocket } from './listening-socket.ts';

/**
 * Different free TCP ports of 127.0.0.1, for programs that cannot inherit a socket. The kernel gives a port that was
 * just closed to nobody who does not ask for it, unless nearly all are in use.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const sockets = await Promise.all(Array.from({ length: count }, () => openListeningSocket()));
  for (const socket of sockets) socket.close();
  return sockets.map(({ port }) => port);
}

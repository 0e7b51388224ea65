import type { OpenSocket } from '../../kit/open-socket.ts';
import { prepare, type Send } from '../../kit/send-as.ts';

/**
 * Creates a workspace, of which the user's sockets hear on the channel `account`, and waits for an event that had not
 * arrived before. What the platform sent to the socket earlier has arrived then.
 */
export async function awaitOwnEvent(socket: OpenSocket, send: Send, name: string): Promise<void> {
  const earlier = socket.events.length;
  await prepare(send, 'POST', '/api/workspaces', { name });
  // The onboarding of a new account may have sent one before.
  await socket.until(() =>
    socket.events.slice(earlier).some(({ type }) => type === 'account.rights_changed.v1'),
  );
}

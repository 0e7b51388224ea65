import { createHash } from 'node:crypto';
import { atMost, defineCheck, equals, ProductUnreachable } from '../../../harness/engine/index.ts';
import { SocketTicket } from '../../../platform/contracts/gateway/sockets.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { openSocket } from '../../kit/open-socket.ts';
import { sendAs } from '../../kit/send-as.ts';
import { socketCheck } from './check-fields.ts';

/** Where the gateway keeps a ticket. */
const keyOfTicket = (ticket: string) =>
  `socket-ticket:${createHash('sha256').update(ticket).digest('base64url')}`;

export const ticketsExpire = defineCheck({
  ...socketCheck,
  users: 1,
  id: 'api.websocket.tickets-expire',
  title: 'A WebSocket ticket expires when its response says',
  failureTitle: 'A WebSocket ticket lives longer than its response says',
  why: 'Tickets are in URLs, which proxies log and keep. One that nobody used must be worthless when somebody reads the log.',
  needs: [registrationWorks],
  services: ['gateway', 'platform-services'],
  requires: ['redis-admin'],
  standards: ['API2', 'ASVS 9.2.1'],
  remediation: {
    text: 'The gateway stores a ticket in Redis with its time to live (platform/services/gateway/sockets/tickets.ts).',
    effort: 'hours',
  },
  expects: { lifetime: atMost(60, 's'), beyondAnnounced: atMost(0, 's'), expired: equals('rejected') },
  breaks: [
    {
      defect: 'A ticket works for an hour.',
      changes: [
        {
          kind: 'source',
          file: 'platform/services/gateway/sockets/tickets.ts',
          find: "'EX', ticketSeconds)",
          replace: "'EX', ticketSeconds * 120)",
        },
      ],
      violates: ['lifetime', 'beyondAnnounced'],
    },
  ],
  async run(context) {
    const response = await sendAs(context, await context.account())('POST', '/api/websocket/ticket');
    const { ticket = 'none', expires_in = 0 } = SocketTicket.safeParse(response.json).data ?? {};
    const redis = context.redis();
    // Without an end Redis says -1.
    const left = await redis.ttl(keyOfTicket(ticket));
    const lifetime = left < 0 ? Number.MAX_SAFE_INTEGER : left;
    // What the clock would do.
    await redis.pexpire(keyOfTicket(ticket), 0);
    const expired = await openSocket(context, { ticket }).then(
      (socket) => {
        socket.close();
        return 'accepted';
      },
      (error: unknown) => {
        if (error instanceof ProductUnreachable) return 'rejected';
        throw error;
      },
    );
    return { lifetime, beyondAnnounced: Math.max(0, lifetime - expires_in), expired };
  },
});

import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import type { AnnounceAuthority } from '../../../kit/rights/authority-changes.ts';

/** Announces changed rights to the services, then to the users themselves. */
export function announceToPeople(announce: AnnounceAuthority, publish: PublishLiveEvent): AnnounceAuthority {
  return async (userIds) => {
    await announce(userIds);
    for (const userId of new Set(userIds))
      publish('account.rights_changed.v1', { userId, subject: userId, data: {} });
  };
}

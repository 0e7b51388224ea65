import { defineCheck, equals, type Json } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { asJson, listAt, textAt, valueAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { profileBreaks } from './account-breaks.ts';
import { accountCheck } from './account-check.ts';

export const profilesAreKept = defineCheck({
  ...accountCheck,
  needs: [registrationWorks, 'services.user-service.available'],
  id: 'services.user-service.values-of-profiles',
  title: 'Profiles, preferences and counts of users are right',
  failureTitle: 'A profile, a preference or a count of users is wrong',
  why: 'People see each other by these profiles, and pages act by the preferences.',
  remediation: {
    text: 'user-service stores profiles by user; its lists and counts are of the tenant.',
    effort: 'hours',
  },
  expects: {
    changed: equals({
      display_name: 'Ada L.',
      first_name: 'Ada',
      bio: 'Line 1\nLine 2',
      phone: '+44 20 7946',
      theme: 'dark',
    }),
    readBack: equals({
      display_name: 'Ada L.',
      first_name: 'Ada',
      bio: 'Line 1\nLine 2',
      phone: '+44 20 7946',
      theme: 'dark',
    }),
    cleared: equals([null, 'Ada L.']),
    stats: equals([3, 3, 3]),
    list: equals([3, 3, 2, 1, 2]),
    found: equals([1, 1, 0]),
    byId: equals(['Ada L.', 404]),
    strangerStats: equals([1, 1, 1]),
  },
  breaks: profileBreaks,
  async run(context) {
    const [owner, stranger] = [await context.account(), await context.account()];
    const [send, foreign] = [sendAs(context, owner), sendAs(context, stranger)];
    const workspaceId = await defaultWorkspace(send);
    const members = [
      await addMember(context, send, { workspaceId, role: 'viewer' }),
      await addMember(context, send, { workspaceId, role: 'editor' }),
    ];
    // The first request of a user makes the profile.
    for (const member of members) await prepare(member.send, 'GET', '/api/users/me');
    await prepare(foreign, 'GET', '/api/users/me');
    const change = { display_name: 'Ada L.', first_name: 'Ada', bio: 'Line 1\nLine 2', phone: '+44 20 7946' };
    const put = await prepare(send, 'PUT', '/api/users/me', { ...change, preferences: { theme: 'dark' } });
    const shown = (profile: unknown): Json => ({
      ...Object.fromEntries(Object.keys(change).map((name) => [name, textAt(profile, name)])),
      theme: textAt(profile, 'preferences', 'theme'),
    });
    const read = await prepare(send, 'GET', '/api/users/me');
    await prepare(send, 'PUT', '/api/users/me', { bio: null });
    const cleared = await prepare(send, 'GET', '/api/users/me');
    const stats = async (act: typeof send) => {
      const found = await prepare(act, 'GET', '/api/users/stats');
      return ['total', 'active', 'created_last_30_days'].map((name) => Number(valueAt(found, name)));
    };
    const list = async (query: string) => prepare(send, 'GET', `/api/users?${query}`);
    const [one, two] = [await list('page=1&page_size=2'), await list('page=2&page_size=2')];
    const ids = [one, two].flatMap((page) => listAt(page, 'users').map((user) => textAt(user, 'id')));
    const search = async (text: string) =>
      listAt(await list(`search=${encodeURIComponent(text)}`), 'users').length;
    const byId = await prepare(send, 'GET', `/api/users/${owner.userId}`);
    return {
      changed: shown(put),
      readBack: shown(read),
      cleared: [asJson(valueAt(cleared, 'bio')), textAt(cleared, 'display_name')],
      stats: await stats(send),
      list: [
        // Of a page: the number of all, and not of the page.
        Number(valueAt(two, 'total')),
        new Set(ids).size,
        listAt(one, 'users').length,
        listAt(two, 'users').length,
        Number(valueAt(one, 'total_pages')),
      ],
      found: [
        await search('ada l'),
        await search(members[0]?.email ?? ''),
        await search('nobody-of-this-name'),
      ],
      byId: [textAt(byId, 'display_name'), (await foreign('GET', `/api/users/${owner.userId}`)).status],
      strangerStats: await stats(foreign),
    };
  },
});

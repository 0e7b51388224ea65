import { createHash } from 'node:crypto';
import { defineCheck, equals, type Json } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { fileForm } from '../../kit/file-form.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { listAt } from '../workflows/workflow-runs.ts';
import { fileBreaks, profileBreaks, usageBreaks, workspaceBreaks } from './account-breaks.ts';

const accountCheck = {
  category: 'services',
  severity: 'high',
  needs: [registrationWorks],
  services: ['gateway', 'platform-services', 'user-service'],
  timeoutMs: 60_000,
} as const;

const json = (value: unknown): Json => (value ?? null) as Json;

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
      cleared: [json(valueAt(cleared, 'bio')), textAt(cleared, 'display_name')],
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

export const usageCounts = defineCheck({
  ...accountCheck,
  id: 'services.platform-services.values-of-usage',
  title: 'Usage counts every event by name, day and user',
  failureTitle: 'The usage of a tenant is counted wrongly',
  why: 'Product decisions and bills come from these sums. Nobody can check them from outside.',
  remediation: {
    text: 'GET /analytics/usage of platform-services counts analytics events of the tenant.',
    effort: 'hours',
  },
  expects: {
    accepted: equals([3, 2]),
    total: equals(5),
    users: equals(2),
    byEvent: equals(['base.opened 3', 'record.created 2']),
    byDay: equals(['today 3', 'two days before 2']),
    oneEvent: equals([3, ['base.opened 3']]),
    range: equals([2, ['two days before 2']]),
    stranger: equals([0, 0]),
    future: equals(422),
  },
  breaks: usageBreaks,
  async run(context) {
    const [owner, stranger] = [await context.account(), await context.account()];
    const [send, foreign] = [sendAs(context, owner), sendAs(context, stranger)];
    const member = await addMember(context, send, {
      workspaceId: await defaultWorkspace(send),
      role: 'viewer',
    });
    const now = Date.now();
    const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
    const before = now - 2 * 86_400_000;
    const old = { occurred_at: new Date(before).toISOString() };
    const first = await prepare(send, 'POST', '/api/analytics/events', {
      events: [
        { event: 'base.opened' },
        { event: 'base.opened', ...old },
        { event: 'record.created', ...old },
      ],
    });
    const second = await prepare(member.send, 'POST', '/api/analytics/events', {
      events: [{ event: 'base.opened', properties: { n: 1 } }, { event: 'record.created' }],
    });
    const future = await send('POST', '/api/analytics/events', {
      events: [{ event: 'base.opened', occurred_at: new Date(now + 86_400_000).toISOString() }],
    });
    const usage = (query: string, act = send) => prepare(act, 'GET', `/api/analytics/usage?${query}`);
    const all = await usage('');
    const names = new Map([
      [dayOf(now), 'today'],
      [dayOf(before), 'two days before'],
    ]);
    const days = (found: unknown) =>
      listAt(found, 'by_day')
        .map((one) => `${names.get(textAt(one, 'day')) ?? textAt(one, 'day')} ${valueAt(one, 'count')}`)
        .sort();
    const events = (found: unknown) =>
      listAt(found, 'by_event')
        .map((one) => `${textAt(one, 'event')} ${valueAt(one, 'count')}`)
        .sort();
    const total = (found: unknown) => Number(valueAt(found, 'total'));
    const opened = await usage('event=base.opened');
    const range = await usage(`from=${dayOf(before)}&to=${dayOf(before)}`);
    const strange = await usage('', foreign);
    return {
      accepted: [Number(valueAt(first, 'accepted')), Number(valueAt(second, 'accepted'))],
      total: total(all),
      users: Number(valueAt(all, 'active_users')),
      byEvent: events(all),
      byDay: days(all),
      oneEvent: [total(opened), events(opened)],
      range: [total(range), days(range)],
      stranger: [total(strange), Number(valueAt(strange, 'active_users'))],
      future: future.status,
    };
  },
});

const csv = 'City,Amount\r\n"Rome, ""old""",1\r\nOslo,2\r\nBerlin,3\r\n';
const document = JSON.stringify([
  { a: 1, b: 'x' },
  { a: 2, b: 'ü' },
]);

export const filesAreCounted = defineCheck({
  ...accountCheck,
  needs: [registrationWorks, 'services.file-service.available'],
  services: ['gateway', 'platform-services', 'file-service'],
  id: 'services.file-service.values-of-files',
  title: 'Files, their text, lists and counts are right',
  failureTitle: 'A file, its text, a list or a count of files is wrong',
  why: 'Workflows and models read the extracted text, and quotas come from the counts.',
  remediation: { text: 'processing/ of file-service extracts, store/ lists and counts.', effort: 'days' },
  expects: {
    metadata: equals({ filename: 'cities.csv', size: csv.length, sha: true, status: 'pending' }),
    rows: equals(['Rome, "old" 1', 'Oslo 2', 'Berlin 3']),
    text: equals([true, true]),
    document: equals([2, 'ü']),
    plain: equals('one\ntwo'),
    before: equals(409),
    downloaded: equals(csv),
    range: equals([206, 'City']),
    stats: equals([3, csv.length + Buffer.byteLength(document) + 7, { completed: 3 }]),
    list: equals(['note.txt', 'data.json', 'cities.csv']),
    pages: equals([['note.txt', 'data.json'], ['cities.csv'], 3]),
    found: equals([['cities.csv'], ['cities.csv', 'data.json', 'note.txt'], []]),
    afterDeletion: equals([2, ['note.txt', 'data.json'], 404]),
    stranger: equals([0, 0, 404]),
  },
  breaks: fileBreaks,
  async run(context) {
    const [user, stranger] = [await context.account(), await context.account()];
    const [send, foreign] = [sendAs(context, user), sendAs(context, stranger)];
    const upload = async (name: string, content: string) => {
      const made = await prepare(
        () =>
          context.http.request('gateway', '/api/files/upload', {
            method: 'POST',
            token: user.accessToken,
            from: user.address,
            ...fileForm(name, content),
          }),
        'POST',
        '/api/files/upload',
      );
      return { made, id: textAt(made, 'id') };
    };
    const cities = await upload('cities.csv', csv);
    const before = await send('GET', `/api/files/${cities.id}/extract`);
    const data = await upload('data.json', document);
    const note = await upload('note.txt', 'one\ntwo');
    for (const { id } of [cities, data, note]) await prepare(send, 'POST', `/api/files/${id}/process`);
    const read = (path: string, act = send) => prepare(act, 'GET', path);
    await pollUntil(
      () => read('/api/files?status=completed'),
      (found) => valueAt(found, 'total') === 3,
      context.signal,
    );
    const extract = async (id: string) => (await send('GET', `/api/files/${id}/extract`)).json;
    const [table, list, text] = [await extract(cities.id), await extract(data.id), await extract(note.id)];
    const names = async (query: string) =>
      listAt(await read(`/api/files?${query}`), 'files').map((one) => textAt(one, 'filename'));
    const download = await send('GET', `/api/files/${cities.id}/download`);
    const range = await context.http.request('gateway', `/api/files/${cities.id}/download`, {
      token: user.accessToken,
      from: user.address,
      headers: { range: 'bytes=0-3' },
    });
    const stats = await read('/api/files/stats/summary');
    const byStatus = Object.fromEntries(
      Object.entries((valueAt(stats, 'by_status') ?? {}) as Record<string, number>).filter(
        ([, count]) => count > 0,
      ),
    );
    const foreignStats = await read('/api/files/stats/summary', foreign);
    const pages = [await names('page=1&page_size=2'), await names('page=2&page_size=2')];
    const whole = [await names(''), Number(valueAt(await read('/api/files?page_size=1'), 'total'))] as const;
    const found = [
      await names('search=CITI'),
      (await names('status=completed')).sort(),
      await names('status=failed'),
    ];
    const strange = [
      Number(valueAt(foreignStats, 'total')),
      Number(valueAt(await read('/api/files', foreign), 'total')),
      (await foreign('GET', `/api/files/${cities.id}`)).status,
    ];
    await prepare(send, 'DELETE', `/api/files/${cities.id}`);
    const after = await read('/api/files/stats/summary');
    return {
      metadata: {
        filename: textAt(cities.made, 'filename'),
        size: json(valueAt(cities.made, 'size')),
        sha: textAt(cities.made, 'sha256') === createHash('sha256').update(csv).digest('hex'),
        status: textAt(cities.made, 'status'),
      },
      rows: listAt(table, 'rows').map((row) => Object.values(row as object).join(' ')),
      text: [textAt(table, 'text').includes('Oslo'), textAt(list, 'text').includes('ü')],
      document: [listAt(list, 'rows').length, json(valueAt(list, 'rows', 1, 'b'))],
      plain: textAt(text, 'text').trim(),
      before: before.status,
      downloaded: download.text,
      range: [range.status, range.text],
      stats: [json(valueAt(stats, 'total')), json(valueAt(stats, 'total_bytes')), byStatus],
      list: whole[0],
      pages: [...pages, whole[1]],
      found,
      afterDeletion: [
        json(valueAt(after, 'total')),
        await names(''),
        (await send('GET', `/api/files/${cities.id}`)).status,
      ],
      stranger: strange,
    };
  },
});

export const workspacesAreListed = defineCheck({
  ...accountCheck,
  id: 'services.platform-services.values-of-workspaces',
  title: 'Workspaces, members, keys and audit show what happened',
  failureTitle: 'A list of workspaces, members, keys or events is wrong',
  why: 'Administrators decide by these lists who may do what, and look into the audit when something went wrong.',
  remediation: {
    text: 'platform-services lists them by tenant; each list has pages and a total.',
    effort: 'hours',
  },
  expects: {
    workspaces: equals(['Renamed text viewer', 'owner']),
    members: equals([['editor', 'owner'], 2]),
    role: equals('viewer'),
    invitation: equals(['pending', 1, 0]),
    tenant: equals(['Renamed tenant', 2]),
    tokens: equals([['key'], ['data.records:read'], 'renamed', 0]),
    sessions: equals([1, true]),
    removed: equals([1, 404]),
    audit: equals(true),
  },
  breaks: workspaceBreaks,
  async run(context) {
    const owner = await context.account();
    const send = sendAs(context, owner);
    const read = (path: string, act = send) => prepare(act, 'GET', path);
    const made = await prepare(send, 'POST', '/api/workspaces', { name: 'First', description: 'text' });
    const path = `/api/workspaces/${textAt(made, 'id')}`;
    await prepare(send, 'PATCH', path, { name: 'Renamed' });
    const member = await addMember(context, send, { workspaceId: textAt(made, 'id'), role: 'editor' });
    const members = await read(`${path}/members`);
    await prepare(send, 'PATCH', `${path}/members/${member.userId}`, { role: 'viewer' });
    const ofMember = await read(path, member.send);
    const email = `${context.unique('invited')}@readiness.example`.toLowerCase();
    const invitation = await prepare(send, 'POST', `${path}/invitations`, { email, role: 'viewer' });
    const invitations = async () =>
      listAt(await read(`${path}/invitations`), 'invitations').filter(
        (one) => textAt(one, 'email') === email,
      );
    const pending = await invitations();
    await prepare(send, 'DELETE', `${path}/invitations/${textAt(invitation, 'id')}`);
    const withdrawn = (await invitations()).filter((one) => textAt(one, 'status') === 'pending');
    await prepare(send, 'PATCH', '/api/tenant', { name: 'Renamed tenant' });
    const tenant = await read('/api/tenant');
    const users = await read('/api/tenant/users');
    const key = await prepare(send, 'POST', '/api/auth/tokens', {
      name: 'key',
      scopes: ['data.records:read'],
    });
    const tokens = async () => listAt(await read('/api/auth/tokens'), 'tokens');
    const before = await tokens();
    const ofKey = `/api/auth/tokens/${textAt(key, 'id')}`;
    await prepare(send, 'PATCH', ofKey, { name: 'renamed' });
    const renamed = await read(ofKey);
    await prepare(send, 'DELETE', ofKey);
    const sessions = listAt(await read('/api/auth/sessions'), 'sessions');
    const audit = JSON.stringify(await read('/api/audit/events'));
    await prepare(send, 'DELETE', `${path}/members/${member.userId}`);
    const left = await read(`${path}/members`);
    return {
      workspaces: [
        `${textAt(ofMember, 'name')} ${textAt(ofMember, 'description')} ${textAt(ofMember, 'role')}`,
        textAt(await read(path), 'role'),
      ],
      members: [
        listAt(members, 'members')
          .map((one) => textAt(one, 'role'))
          .sort(),
        Number(valueAt(members, 'total') ?? listAt(members, 'members').length),
      ],
      role: textAt(ofMember, 'role'),
      invitation: [textAt(pending[0], 'status'), pending.length, withdrawn.length],
      tenant: [textAt(tenant, 'name'), Number(valueAt(users, 'total'))],
      tokens: [
        before.map((one) => textAt(one, 'name')),
        json(valueAt(before[0], 'scopes')),
        textAt(renamed, 'name'),
        (await tokens()).length,
      ],
      sessions: [sessions.length, valueAt(sessions[0], 'current') === true],
      removed: [listAt(left, 'members').length, (await member.send('GET', path)).status],
      audit: audit.includes(owner.userId) && audit.includes(member.userId),
    };
  },
});

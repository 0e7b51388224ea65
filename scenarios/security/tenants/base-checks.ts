import { atLeast, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { type ForeignRequest, readsOf, writesOf } from './foreign-requests.ts';
import { makeWorld, peopleCount, snapshot, type World } from './tenant-world.ts';

const airtableCheck = {
  ...furtherSecurity,
  severity: 'blocker',
  needs: [registrationWorks, 'services.airtable-gateway.available'],
  services: ['gateway', 'platform-services', 'airtable-gateway'],
  remediation: {
    text: 'Read and write under the caller’s tenant only (withTenant; row-level security does the rest), resolve every id inside it, bind cursors to tenant and query, and answer as if the row did not exist.',
    effort: 'weeks',
  },
} as const;

const isRefused = (status: number): boolean => status === 404 || status === 403 || status === 422;

export const foreignBase = defineCheck({
  ...airtableCheck,
  id: 'security.tenants.bases-of-others-unreachable',
  title: 'Two tenants with the same data: no request reaches the other’s base, to read or to write',
  why: 'Ids travel in links, logs and screenshots. Whoever holds one must get no further with it than with a made-up one (API1), through none of the routes that take it.',
  expects: {
    reached: empty(),
    leaks: empty(),
    unlikeUnknown: empty(),
    changed: equals(false),
    refusedToOwner: empty(),
    requests: atLeast(30, 'requests'),
  },
  run: async (context) => {
    const [own, other] = await Promise.all([makeWorld(context), makeWorld(context)]);
    const before = await snapshot(other);
    const nowhere: World = {
      ...other,
      baseId: 'appAAAAAAAAAAAAAA',
      peopleId: 'tblAAAAAAAAAAAAAA',
      teamsId: 'tblBBBBBBBBBBBBBB',
      nameFieldId: 'fldAAAAAAAAAAAAAA',
      personIds: other.personIds.map((_, index) => `recAAAAAAAAAAAAA${index}`),
      commentId: 'comAAAAAAAAAAAAAA',
      webhookId: 'achAAAAAAAAAAAAAA',
    };
    const all = (world: World): ForeignRequest[] => [...readsOf(world), ...writesOf(world)];
    const reached: string[] = [];
    const leaks: string[] = [];
    const unlikeUnknown: string[] = [];
    for (const [index, { what, method, path, body }] of all(other).entries()) {
      const answer = await own.ask(method, path, body);
      if (!isRefused(answer.status)) reached.push(`${what}: ${summary(answer)}`);
      if (answer.text.includes(other.secret)) leaks.push(what);
      const made = all(nowhere)[index] as ForeignRequest;
      const unknown = await own.ask(made.method, made.path, made.body);
      if (unknown.status !== answer.status)
        unlikeUnknown.push(`${what}: ${answer.status}, not ${unknown.status}`);
    }
    const after = await snapshot(other);
    // Every one of these requests is sound: its owner may do it, in this order. Else its refusal would prove nothing.
    const refusedToOwner: string[] = [];
    for (const { what, method, path, body } of all(other)) {
      const answer = await other.ask(method, path, body);
      if (answer.status >= 300) refusedToOwner.push(`${what}: ${summary(answer)}`);
    }
    return {
      reached,
      leaks,
      unlikeUnknown,
      changed: after !== before,
      refusedToOwner,
      requests: all(other).length,
    };
  },
});

export const foreignRecords = defineCheck({
  ...airtableCheck,
  id: 'security.tenants.records-of-others-unreachable',
  title:
    'From inside the own base no cursor, formula, search, batch or link leads to another tenant’s records',
  why: 'The base in the address is the caller’s own here, so a guard on the address sees nothing wrong; only binding every single id and cursor to the tenant helps.',
  expects: {
    cursorOfOther: equals(422),
    cursorOfOwn: equals(200),
    followedLists: equals(peopleCount),
    foundByFormula: equals(0),
    foundOwnByFormula: equals(peopleCount),
    reached: empty(),
    leaks: empty(),
    ownChanged: equals(false),
    otherChanged: equals(false),
    foreignInLists: empty(),
  },
  run: async (context) => {
    const [own, other] = await Promise.all([makeWorld(context), makeWorld(context)]);
    const [ownBefore, otherBefore] = [await snapshot(own), await snapshot(other)];
    const seen: string[] = [];
    const ask: World['ask'] = async (method, path, body) => {
      const answer = await own.ask(method, path, body);
      seen.push(answer.text);
      return answer;
    };
    const list = `/api/airtable/v0/${own.baseId}/People`;
    const page = async (world: World, offset = '') => {
      const query = `pageSize=4${offset === '' ? '' : `&offset=${encodeURIComponent(offset)}`}`;
      return world.ask('GET', `/api/airtable/v0/${world.baseId}/People?${query}`);
    };
    const theirs = textAt((await page(other)).json, 'offset');
    const cursorOfOther = await ask('GET', `${list}?pageSize=4&offset=${encodeURIComponent(theirs)}`);
    const first = await page(own);
    const second = await page(own, textAt(first.json, 'offset'));
    const third = await page(own, textAt(second.json, 'offset'));
    const countIn = (json: unknown): number => {
      const records = valueAt(json, 'records');
      return Array.isArray(records) ? records.length : -1;
    };

    const foreign = other.personIds[0] as string;
    const formulas = [
      `{Secret} = '${other.secret}'`,
      `RECORD_ID() = '${foreign}'`,
      `OR(RECORD_ID() = '${foreign}', FIND('${other.secret}', {Secret} & {Team} & {Name}))`,
    ];
    let foundByFormula = 0;
    for (const formula of formulas) {
      const answer = await ask('POST', `${list}/listRecords`, { filterByFormula: formula });
      foundByFormula += answer.status === 200 ? countIn(answer.json) : 1000;
    }
    const ownByFormula = await ask('POST', `${list}/listRecords`, {
      filterByFormula: `{Secret} = '${own.secret}'`,
    });

    const fields = { Name: 'taken over' };
    const hooks = `/api/airtable/v0/bases/${own.baseId}/webhooks`;
    const watching = (recordChangeScope: string) => ({
      options: { filters: { dataTypes: ['tableData'], recordChangeScope } },
    });
    const attempts: readonly (readonly [string, string, string, unknown])[] = [
      ['a record by id', 'GET', `${list}/${foreign}`, undefined],
      ['changing it', 'PATCH', `${list}/${foreign}`, { fields }],
      ['replacing it', 'PUT', `${list}/${foreign}`, { fields }],
      ['deleting it', 'DELETE', `${list}/${foreign}`, undefined],
      ['its comments', 'GET', `${list}/${foreign}/comments`, undefined],
      ['commenting on it', 'POST', `${list}/${foreign}/comments`, { text: 'mine' }],
      [
        'a batch of an own and a foreign one',
        'PATCH',
        list,
        { records: [own.personIds[0], foreign].map((id) => ({ id, fields })) },
      ],
      [
        'an upsert by id',
        'PATCH',
        list,
        { performUpsert: { fieldsToMergeOn: ['Name'] }, records: [{ id: foreign, fields }] },
      ],
      ['deleting both', 'DELETE', `${list}?records[]=${own.personIds[0]}&records[]=${foreign}`, undefined],
      [
        'linking to a foreign record',
        'PATCH',
        `${list}/${own.personIds[0]}`,
        { fields: { Team: [other.teamId] } },
      ],
      [
        'creating with such a link',
        'POST',
        list,
        { fields: { Name: 'Spy', Team: [other.teamId] }, typecast: true },
      ],
      [
        'linking to a foreign table',
        'POST',
        `/api/airtable/v0/meta/bases/${own.baseId}/tables/${own.peopleId}/fields`,
        { name: 'Spy', type: 'multipleRecordLinks', options: { linkedTableId: other.teamsId } },
      ],
      [
        'a foreign table in the own base',
        'GET',
        `/api/airtable/v0/${own.baseId}/${other.peopleId}`,
        undefined,
      ],
      ['what a foreign webhook was told', 'GET', `${hooks}/${other.webhookId}/payloads`, undefined],
      ['deleting it', 'DELETE', `${hooks}/${other.webhookId}`, undefined],
      ['watching a foreign table', 'POST', hooks, { specification: watching(other.peopleId) }],
    ];
    const reached: string[] = [];
    for (const [what, method, path, body] of attempts) {
      const answer = await ask(method, path, body);
      if (!isRefused(answer.status)) reached.push(`${what}: ${summary(answer)}`);
    }
    const lists = [
      '/api/airtable/v0/meta/bases',
      '/api/airtable/bases',
      '/api/airtable/sync/logs?page_size=100',
    ];
    const foreignInLists: string[] = [];
    for (const path of lists) {
      const answer = await ask('GET', path);
      if (answer.status !== 200 || answer.text.includes(other.baseId) || !answer.text.includes(own.baseId))
        foreignInLists.push(`${path}: ${summary(answer)}`);
    }
    return {
      cursorOfOther: theirs === '' ? 'the other’s list has one page only' : cursorOfOther.status,
      cursorOfOwn: second.status,
      followedLists: countIn(first.json) + countIn(second.json) + countIn(third.json),
      foundByFormula,
      foundOwnByFormula: countIn(ownByFormula.json),
      reached,
      // A refusal may repeat what it was sent; nobody sent the secret except in formulas.
      leaks: seen
        .filter((text) => text.includes('"Secret"') && text.includes(other.secret))
        .map(() => 'an answer'),
      ownChanged: (await snapshot(own)) !== ownBefore,
      otherChanged: (await snapshot(other)) !== otherBefore,
      foreignInLists,
    };
  },
});

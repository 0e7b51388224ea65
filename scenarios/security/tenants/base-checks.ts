import { atLeast, defineCheck, empty, equals, ProductFailure } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { type ForeignRequest, readsOf, writesOf } from './foreign-requests.ts';
import { createSampleTenant, peopleCount, type SampleTenant, snapshot } from './sample-tenant.ts';
import { foreignBaseBreaks, foreignRecordBreaks } from './tenant-breaks.ts';

const airtableCheck = {
  ...furtherSecurity,
  severity: 'blocker',
  needs: [registrationWorks, 'services.airtable-gateway.available'],
  services: ['gateway', 'platform-services', 'airtable-gateway'],
  remediation: {
    text: 'Read and write under the caller’s tenant only (withTenant), where row-level security filters the rows. Resolve every id inside it, bind cursors to tenant and query, and respond as if the row did not exist.',
    effort: 'weeks',
  },
} as const;

const isRejected = (status: number): boolean => status === 404 || status === 403 || status === 422;
/** Whether a request was neither rejected nor fulfilled, e.g. because of a server error. That is no leak. */
const isInconclusive = (status: number): boolean => !isRejected(status) && status >= 300;

export const foreignBase = defineCheck({
  ...airtableCheck,
  id: 'security.tenants.bases-of-others-unreachable',
  users: 2,
  title: 'No request reads or changes another tenant’s base',
  failureTitle: 'A request reads or changes a base of another tenant',
  controls: ['rejectedForOwner', 'inconclusive', 'requests'],
  standards: ['ASVS 8.2.2', 'ASVS 8.4.1', 'API1'],
  why: 'Ids spread through links, logs and screenshots. On every route, a foreign id must have the same effect as a made-up one (API1).',
  expects: {
    reached: empty(),
    inconclusive: empty(),
    leaks: empty(),
    unlikeUnknown: empty(),
    changed: equals(false),
    rejectedForOwner: empty(),
    requests: atLeast(30, 'requests'),
  },
  breaks: foreignBaseBreaks,
  run: async (context) => {
    const [own, other] = await Promise.all([createSampleTenant(context), createSampleTenant(context)]);
    const before = await snapshot(other);
    const madeUp: SampleTenant = {
      ...other,
      baseId: 'appAAAAAAAAAAAAAA',
      peopleId: 'tblAAAAAAAAAAAAAA',
      teamsId: 'tblBBBBBBBBBBBBBB',
      nameFieldId: 'fldAAAAAAAAAAAAAA',
      personIds: other.personIds.map((_id, index) => `recAAAAAAAAAAAAA${index}`),
      commentId: 'comAAAAAAAAAAAAAA',
      webhookId: 'achAAAAAAAAAAAAAA',
    };
    const all = (tenant: SampleTenant): ForeignRequest[] => [...readsOf(tenant), ...writesOf(tenant)];
    const reached: string[] = [];
    const inconclusive: string[] = [];
    const leaks: string[] = [];
    const unlikeUnknown: string[] = [];
    for (const [index, { name, method, path, body }] of all(other).entries()) {
      const response = await own.send(method, path, body);
      if (response.text.includes(other.secret)) leaks.push(name);
      const twin = all(madeUp)[index] as ForeignRequest;
      const unknown = await own.send(twin.method, twin.path, twin.body);
      const failed = [response, unknown].find(({ status }) => isInconclusive(status));
      if (failed !== undefined) inconclusive.push(`${name}: ${summary(failed)}`);
      else if (unknown.status !== response.status)
        unlikeUnknown.push(`${name}: ${response.status}, not ${unknown.status}`);
      if (response.status < 300) reached.push(`${name}: ${summary(response)}`);
    }
    const after = await snapshot(other);
    // All requests must work for the owner in this order. Otherwise their rejection would prove nothing.
    const rejectedForOwner: string[] = [];
    for (const { name, method, path, body } of all(other)) {
      const response = await other.send(method, path, body);
      if (response.status >= 300) rejectedForOwner.push(`${name}: ${summary(response)}`);
    }
    return {
      reached,
      inconclusive,
      leaks,
      unlikeUnknown,
      changed: after !== before,
      rejectedForOwner,
      requests: all(other).length,
    };
  },
});

export const foreignRecords = defineCheck({
  ...airtableCheck,
  id: 'security.tenants.records-of-others-unreachable',
  users: 2,
  title: 'Requests in the caller’s own base reach no foreign record',
  failureTitle: 'A foreign record is reached, or an own one changed',
  controls: ['cursorOfOwn', 'ownRecordsListed', 'foundOwnByFormula', 'ownChanged', 'inconclusive'],
  standards: ['ASVS 8.2.2', 'ASVS 8.4.1', 'API1'],
  why: 'These requests name the caller’s own base, so access control by path cannot stop them. Every id, cursor, formula and link must be bound to the tenant.',
  expects: {
    cursorOfOther: equals(422),
    cursorOfOwn: equals(200),
    ownRecordsListed: equals(peopleCount),
    foundByFormula: equals(0),
    foundOwnByFormula: equals(peopleCount),
    reached: empty(),
    inconclusive: empty(),
    leaks: empty(),
    ownChanged: equals(false),
    otherChanged: equals(false),
    foreignInLists: empty(),
  },
  breaks: foreignRecordBreaks,
  run: async (context) => {
    const [own, other] = await Promise.all([createSampleTenant(context), createSampleTenant(context)]);
    const [ownBefore, otherBefore] = [await snapshot(own), await snapshot(other)];
    const seen: string[] = [];
    const send: SampleTenant['send'] = async (method, path, body) => {
      const response = await own.send(method, path, body);
      seen.push(response.text);
      return response;
    };
    const list = `/api/airtable/v0/${own.baseId}/People`;
    const page = async (tenant: SampleTenant, offset = '') => {
      const query = `pageSize=4${offset === '' ? '' : `&offset=${encodeURIComponent(offset)}`}`;
      return tenant.send('GET', `/api/airtable/v0/${tenant.baseId}/People?${query}`);
    };
    const foreignPage = await page(other);
    const foreignCursor = textAt(foreignPage.json, 'offset');
    if (foreignCursor === '')
      throw new ProductFailure(
        `A list of ${peopleCount} records has no second page: ${summary(foreignPage)}`,
      );
    const cursorOfOther = await send('GET', `${list}?pageSize=4&offset=${encodeURIComponent(foreignCursor)}`);
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
      const response = await send('POST', `${list}/listRecords`, { filterByFormula: formula });
      foundByFormula += response.status === 200 ? countIn(response.json) : 1000;
    }
    const ownByFormula = await send('POST', `${list}/listRecords`, {
      filterByFormula: `{Secret} = '${own.secret}'`,
    });

    const fields = { Name: 'taken over' };
    const hooks = `/api/airtable/v0/bases/${own.baseId}/webhooks`;
    const watching = (recordChangeScope: string) => ({
      options: { filters: { dataTypes: ['tableData'], recordChangeScope } },
    });
    const attempts: readonly (readonly [string, string, string, unknown])[] = [
      ['read a record', 'GET', `${list}/${foreign}`, undefined],
      ['update a record', 'PATCH', `${list}/${foreign}`, { fields }],
      ['replace a record', 'PUT', `${list}/${foreign}`, { fields }],
      ['delete a record', 'DELETE', `${list}/${foreign}`, undefined],
      ['list comments', 'GET', `${list}/${foreign}/comments`, undefined],
      ['create a comment', 'POST', `${list}/${foreign}/comments`, { text: 'mine' }],
      [
        'update a record of each tenant',
        'PATCH',
        list,
        { records: [own.personIds[0], foreign].map((id) => ({ id, fields })) },
      ],
      [
        'upsert by id',
        'PATCH',
        list,
        { performUpsert: { fieldsToMergeOn: ['Name'] }, records: [{ id: foreign, fields }] },
      ],
      [
        'delete a record of each tenant',
        'DELETE',
        `${list}?records[]=${own.personIds[0]}&records[]=${foreign}`,
        undefined,
      ],
      [
        'link to a foreign record',
        'PATCH',
        `${list}/${own.personIds[0]}`,
        { fields: { Team: [other.teamId] } },
      ],
      [
        'create a record with a foreign link',
        'POST',
        list,
        { fields: { Name: 'Spy', Team: [other.teamId] }, typecast: true },
      ],
      [
        'link to a foreign table',
        'POST',
        `/api/airtable/v0/meta/bases/${own.baseId}/tables/${own.peopleId}/fields`,
        { name: 'Spy', type: 'multipleRecordLinks', options: { linkedTableId: other.teamsId } },
      ],
      [
        'list a foreign table by the caller’s base id',
        'GET',
        `/api/airtable/v0/${own.baseId}/${other.peopleId}`,
        undefined,
      ],
      ['sort by a foreign field', 'GET', `${list}?sort[0][field]=${other.nameFieldId}`, undefined],
      ['show a foreign field', 'GET', `${list}?fields[]=${other.nameFieldId}`, undefined],
      ['sort by a field that does not exist', 'GET', `${list}?sort[0][field]=tenant_id`, undefined],
      ['list payloads of a foreign webhook', 'GET', `${hooks}/${other.webhookId}/payloads`, undefined],
      ['delete a foreign webhook', 'DELETE', `${hooks}/${other.webhookId}`, undefined],
      ['watch a foreign table', 'POST', hooks, { specification: watching(other.peopleId) }],
    ];
    const reached: string[] = [];
    const inconclusive: string[] = [];
    for (const [name, method, path, body] of attempts) {
      const response = await send(method, path, body);
      if (response.status < 300) reached.push(`${name}: ${summary(response)}`);
      else if (isInconclusive(response.status)) inconclusive.push(`${name}: ${summary(response)}`);
    }
    const lists = [
      '/api/airtable/v0/meta/bases',
      '/api/airtable/bases',
      '/api/airtable/sync/logs?page_size=100',
    ];
    const foreignInLists: string[] = [];
    for (const path of lists) {
      const response = await send('GET', path);
      const { status, text } = response;
      if (status !== 200 || text.includes(other.baseId) || !text.includes(own.baseId))
        foreignInLists.push(`${path}: ${summary(response)}`);
    }
    return {
      cursorOfOther: cursorOfOther.status,
      cursorOfOwn: second.status,
      ownRecordsListed: countIn(first.json) + countIn(second.json) + countIn(third.json),
      foundByFormula,
      foundOwnByFormula: countIn(ownByFormula.json),
      reached,
      inconclusive,
      // An error may repeat its request. Only formulas contain the secret, without a "Secret" key.
      leaks: seen
        .filter((text) => text.includes('"Secret"') && text.includes(other.secret))
        .map(() => 'a response'),
      ownChanged: (await snapshot(own)) !== ownBefore,
      otherChanged: (await snapshot(other)) !== otherBefore,
      foreignInLists,
    };
  },
});

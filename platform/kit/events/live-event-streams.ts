/** Maximum number of events that one user or workspace keeps for replay. */
export const maxStreamLength = 1_000;
/** How long events are kept after the newest one of the same user or workspace, seconds. */
export const retentionSeconds = 15 * 60;
/** Maximum size of the data of one event, characters of JSON. */
export const maxDataLength = 64 * 1024;

/**
 * Redis key of the stream, and name of the channel, of events for one user or one workspace. Nothing in the key is
 * chosen by clients.
 */
export function userStream(userId: string): string {
  return `live:user:${userId}`;
}
export function workspaceStream(workspaceId: string): string {
  return `live:workspace:${workspaceId}`;
}

/** Stream of at most one entry, whose ids order the events of all streams. */
export const clockKey = 'live:clock';
/** Id of the first position since Redis has had data. What came before an older one is not known. */
export const sinceKey = 'live:since';
/** Channel on which a gateway learns the position up to which it has received all events. */
export const positionChannel = 'live:position';

/**
 * Appends an event and publishes it. Redis runs it as one step, so subscribers get the events of all streams in the
 * order of their ids. KEYS: stream, clock, since. ARGV: the event (empty for none), number of events lost before it,
 * maximum length, retention in seconds. Returns the id of the last entry.
 */
export const appendScript = `
local function append(field, value)
  local id = redis.call('XADD', KEYS[2], 'MAXLEN', '=', 1, '*', 'v', '')
  redis.call('SETNX', KEYS[3], id)
  redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[3], id, field, value)
  redis.call('PUBLISH', KEYS[1], id .. ' ' .. field .. ' ' .. value)
  return id
end
local id = ''
if ARGV[2] ~= '0' then id = append('lost', ARGV[2]) end
if ARGV[1] ~= '' then id = append('event', ARGV[1]) end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return id`;

/**
 * Publishes the id of the newest event of all streams to `ARGV[1]` and returns it. Before the first event it is an id of
 * its own, so that every position that a client knows is at or after `live:since`. KEYS: clock, since.
 */
export const positionScript = `
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local id
if newest[1] then
  id = newest[1][1]
else
  id = redis.call('XADD', KEYS[1], 'MAXLEN', '=', 1, '*', 'v', '')
end
redis.call('SETNX', KEYS[2], id)
redis.call('PUBLISH', ARGV[1], id)
return id`;

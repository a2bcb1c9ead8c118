import { STORE_FORMAT } from '../../core/store-format';
import { script } from './script';

/**
 * All or nothing: lease, version check, resource locks, events, state, indexes.
 *
 * KEYS  log, wave hash, unheard set, lease of the work, open set, due waves, locks hash, list of the site's waves,
 *       set of all waves
 * ARGV  1 expected seq, 2 wave id, 3 state JSON, 4 head hash, 5 new seq, 6 'first', 'open' or 'ended', 7 plan or '',
 *       8 locks JSON array, 9 token of the lease or '', 10 'release' or '', 11 when work is due, 12 how many
 *       values there are of steps, 13 head hash that goes with the expected seq or '', 14.. fields of steps, each a name
 *       and its text; after them the texts of the events, in order
 * Returns {'appended', 1 when Slack had nothing to hear before}, {'conflict'}, {'fenced'}, {'locked', resource, wave} or
 * {'foreign', key} when a key holds something else, with 'count' when it is a log of fewer or more events. A server that may not write for the moment gives its own refusal.
 *
 * A script is not undone when it fails half-way: whatever could fail is looked at before the first write, or is that write.
 * An append that let go of its lease and was sent again, its answer lost with the connection, finds its own hash and has happened.
 * The last three keys are touched only by a wave's first and last event. A log is a list: event n is its n-th. One that was
 * begun in a form before the third is a stream and stays one.
 */
export const APPEND_SCRIPT = script(`
local function passing(err)
  for _, word in ipairs({'READONLY', 'NOREPLICAS', 'MISCONF', 'OOM', 'MASTERDOWN', 'CLUSTERDOWN', 'non local key'}) do
    if string.find(err, word, 1, true) then return true end
  end
  return false
end
local middle = ARGV[6] == 'open'
for i, wanted in ipairs(middle and {} or {'list', 'hash', 'set', 'none', 'set', 'zset', 'hash', 'list', 'set'}) do
  local found = redis.call('TYPE', KEYS[i]).ok
  if i == 1 and found == 'stream' then found = 'list' end
  if i ~= 4 and found ~= 'none' and found ~= wanted then return {'foreign', KEYS[i]} end
end
if ARGV[9] ~= '' and redis.call('GET', KEYS[4]) ~= ARGV[9] then
  local head = ARGV[10] == 'release' and redis.pcall('HGET', KEYS[2], 'head')
  if head == ARGV[4] then return {'appended', 1} end
  return {'fenced'}
end
local seq = redis.pcall('HGET', KEYS[2], 'seq')
local unheard = redis.pcall('SISMEMBER', KEYS[3], ARGV[2])
local open = redis.pcall('SISMEMBER', KEYS[5], ARGV[2])
local known = redis.pcall('ZSCORE', KEYS[6], ARGV[2])
for i, found in pairs({[2] = seq, [3] = unheard, [5] = open, [6] = known}) do
  if type(found) == 'table' and found.err then return passing(found.err) and found or {'foreign', KEYS[i]} end
end
if not seq and ARGV[7] ~= '' and redis.call('EXISTS', KEYS[2]) == 0 and redis.call('EXISTS', KEYS[1]) == 1 then
  return {'foreign', KEYS[1]}
end
if (seq or '0') ~= ARGV[1] then return {'conflict'} end
if ARGV[13] ~= '' and redis.call('HGET', KEYS[2], 'head') ~= ARGV[13] then return {'conflict'} end
local count = redis.pcall('LLEN', KEYS[1])
local stream = type(count) == 'table' and redis.call('TYPE', KEYS[1]).ok == 'stream'
if type(count) == 'table' and not stream then return passing(count.err) and count or {'foreign', KEYS[1]} end
if not stream and count ~= tonumber(ARGV[1]) then return {'foreign', KEYS[1], 'count'} end
local locks = middle and {} or cjson.decode(ARGV[8])
if ARGV[7] ~= '' then
  for _, resource in ipairs(locks) do
    local owner = redis.call('HGET', KEYS[7], resource)
    if owner and owner ~= ARGV[2] then return {'locked', resource, owner} end
  end
  for _, resource in ipairs(locks) do redis.call('HSET', KEYS[7], resource, ARGV[2]) end
  redis.call('HSET', KEYS[2], 'plan', ARGV[7])
  redis.call('RPUSH', KEYS[8], ARGV[2])
  redis.call('SADD', KEYS[9], ARGV[2])
end
local base, before = tonumber(ARGV[1]), 13 + tonumber(ARGV[12])
local added
if not stream then added = redis.pcall('RPUSH', KEYS[1], unpack(ARGV, before + 1)) end
for i = before + 1, stream and #ARGV or 0 do
  added = redis.pcall('XADD', KEYS[1], (base + i - before) .. '-0', 's', ARGV[i])
  if type(added) == 'table' and added.err then break end
end
if ARGV[7] == '' and type(added) == 'table' and added.err then
  return passing(added.err) and added or {'foreign', KEYS[1]}
end
redis.call('HSET', KEYS[2], 'seq', ARGV[5], 'state', ARGV[3], 'head', ARGV[4], 'format', '${STORE_FORMAT}',
  unpack(ARGV, 14, before))
if unheard == 0 then redis.call('SADD', KEYS[3], ARGV[2]) end
if ARGV[6] == 'ended' then
  redis.call('SREM', KEYS[5], ARGV[2])
  redis.call('ZREM', KEYS[6], ARGV[2])
  for _, resource in ipairs(locks) do
    if redis.call('HGET', KEYS[7], resource) == ARGV[2] then redis.call('HDEL', KEYS[7], resource) end
  end
else
  if open == 0 then redis.call('SADD', KEYS[5], ARGV[2]) end
  redis.call('ZADD', KEYS[6], ARGV[11], ARGV[2])
end
if ARGV[10] == 'release' then redis.call('DEL', KEYS[4]) end
return {'appended', 1 - unheard}
`);

/**
 * KEYS wave hash; ARGV what the asker knows of it, as head hash, lengths of state and plan, format and seq, or ''. Returns
 * 'same', or everything that the hash holds.
 */
export const LOAD_SCRIPT = script(`
local shape = function()
  return (redis.call('HGET', KEYS[1], 'head') or '') .. ':' .. redis.call('HSTRLEN', KEYS[1], 'state') .. ':' ..
    redis.call('HSTRLEN', KEYS[1], 'plan') .. ':' .. (redis.call('HGET', KEYS[1], 'format') or '') .. ':' ..
    (redis.call('HGET', KEYS[1], 'seq') or '')
end
if ARGV[1] ~= '' and shape() == ARGV[1] then return 'same' end
return redis.call('HGETALL', KEYS[1])
`);

/**
 * KEYS log, wave hash; ARGV number of the first event, most. Returns the type of the log, its entries from there, and with
 * the first of them the plan, or ''.
 */
export const READ_SCRIPT = script(`
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'list' and kind ~= 'stream' then return {kind, {}, ''} end
local plan = ARGV[1] == '1' and redis.call('HGET', KEYS[2], 'plan') or ''
if kind == 'stream' then
  return {kind, redis.call('XRANGE', KEYS[1], ARGV[1] .. '-0', '+', 'COUNT', ARGV[2]), plan}
end
return {kind, redis.call('LRANGE', KEYS[1], ARGV[1] - 1, ARGV[1] + ARGV[2] - 2), plan}
`);

/** KEYS wave hash, unheard set; ARGV seq, wave id. The wave is heard, 1, only when nothing was appended meanwhile. */
export const CAUGHT_UP_SCRIPT = script(`
if redis.call('HGET', KEYS[1], 'seq') ~= ARGV[1] then return 0 end
redis.call('SREM', KEYS[2], ARGV[2])
return 1
`);

/** KEYS cursor, lease of the thread; ARGV token, cursor JSON. 1 when the lease was ours and the cursor is noted. */
export const SAVE_CURSOR_SCRIPT = script(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`);

/** KEYS lease; ARGV token, ttl ms. 1 when it is ours now. One that never runs out was left by nobody of us. */
export const TAKE_LEASE_SCRIPT = script(`
if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('PTTL', KEYS[1]) ~= -1 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

/** KEYS lease; ARGV token, ttl ms. Renews, or releases with ttl 0, only what is ours; 1 when it was. */
export const LEASE_SCRIPT = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
`);

/**
 * KEYS due waves, open set; ARGV now, when to be named again, most, what stands before and after the wave in the key of its lease.
 * Returns the due waves that nobody holds. The leases' keys share the hash tag of the one that is named. A wave that is
 * not open was ended by a version that does not know this list: it goes.
 */
export const DUE_SCRIPT = script(`
local free = {}
for _, wave in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
  if redis.call('SISMEMBER', KEYS[2], wave) == 0 then
    redis.call('ZREM', KEYS[1], wave)
  elseif redis.call('EXISTS', ARGV[4] .. wave .. ARGV[5]) == 0 then
    free[#free + 1] = wave
    redis.call('ZADD', KEYS[1], 'XX', ARGV[2], wave)
  end
end
return free
`);

/** KEYS due waves, open set. How many open waves have no time: comparing the sizes would miss one for each that ended unseen. */
export const FORGOTTEN_SCRIPT = script(`
local forgotten = 0
for _, wave in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  if not redis.call('ZSCORE', KEYS[1], wave) then forgotten = forgotten + 1 end
end
return forgotten
`);

/** KEYS unheard set; ARGV most, what stands before and after the wave in the key of the thread's lease. */
export const SILENT_SCRIPT = script(`
local silent = {}
for _, wave in ipairs(redis.call('SRANDMEMBER', KEYS[1], ARGV[1])) do
  if redis.call('EXISTS', ARGV[2] .. wave .. ARGV[3]) == 0 then silent[#silent + 1] = wave end
end
return silent
`);

/** KEYS wave hash, open set, due waves; ARGV seq, wave id, when work is due. */
export const NOTE_DUE_SCRIPT = script(`
if redis.call('HGET', KEYS[1], 'seq') ~= ARGV[1] then return 0 end
if redis.call('SISMEMBER', KEYS[2], ARGV[2]) == 0 then return 0 end
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
return 1
`);

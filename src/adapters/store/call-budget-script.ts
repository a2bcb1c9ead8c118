/**
 * A token bucket whose tokens are reserved: a caller learns how long to wait for its turn, so nobody overtakes.
 *
 * KEYS  hash of the budget: `next` (when an empty bucket would be full again), `paused` (until when), `s0`..`s7` (calls
 *       of a slot of ten seconds, `slot:count`)
 * ARGV  1 'take', 'pause' or 'look', 2 now in ms or '' for Redis's own clock, 3 ms a call, 4 burst, 5 longest pause that
 *       a turn is reserved behind, 6 ms to pause
 * Returns {ms to wait, ms that the pause has left, calls of about the last minute}. What lies further ahead than any wait
 * can was written by a clock that has gone back, or by that of another machine before a failover, and is forgotten. A line
 * of callers is never two minutes long; a hand-over that stood so long behind nobody would cost calls.
 */
export const CALL_BUDGET_SCRIPT = `
local FARTHEST = 600000
local LONGEST_LINE = 120000
local now = tonumber(ARGV[2])
if now == nil then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local each = tonumber(ARGV[3])
local burst = tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'next', 'paused')
local full = tonumber(kept[1]) or now
local paused = tonumber(kept[2]) or 0
if full > now + LONGEST_LINE then full = now end
if paused > now + FARTHEST then paused = 0 end
if ARGV[1] == 'pause' then
  paused = math.max(paused, now + tonumber(ARGV[6]))
  redis.call('HSET', KEYS[1], 'paused', string.format('%.3f', paused))
end
local slot = math.floor(now / 10000)
local wait = 0
if ARGV[1] == 'take' and paused - now <= tonumber(ARGV[5]) then
  local turn = math.max(now, full - (burst - 1) * each, paused)
  redis.call('HSET', KEYS[1], 'next', string.format('%.3f', math.max(full, turn) + each))
  wait = turn - now
  local field = 's' .. (slot % 8)
  local at, count = string.match(redis.call('HGET', KEYS[1], field) or '', '^(%-?%d+):(%d+)$')
  if tonumber(at) ~= slot then count = 0 end
  redis.call('HSET', KEYS[1], field, string.format('%d:%d', slot, tonumber(count) + 1))
end
if ARGV[1] ~= 'look' then redis.call('PEXPIRE', KEYS[1], FARTHEST) end
local taken = 0
for i = 0, 7 do
  local at, count = string.match(redis.call('HGET', KEYS[1], 's' .. i) or '', '^(%-?%d+):(%d+)$')
  if at and tonumber(at) > slot - 6 and tonumber(at) <= slot then taken = taken + tonumber(count) end
end
return {tostring(wait), tostring(math.max(0, paused - now)), tostring(taken)}
`;

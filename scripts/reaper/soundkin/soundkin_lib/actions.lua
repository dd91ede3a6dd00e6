-- @noindex
-- The actions without a window: ask, wait in REAPER's loop, then change the project in one undo step.

local M = {}

local boot = require("boot")
local edit = require("edit")
local host = require("host")
local kit = require("kit")
local sampler = require("sampler")
local source = require("source")
local swap = require("swap")

local FEW = 8

-- Lets `start(client, on_end)` ask, waits without blocking, then calls `after(answers)` with what `on_end` was given.
local function with_client(start, after)
  local client, answers, told = host.client(), nil, false
  start(client, function(found) answers = found end)
  boot.loop(function()
    client:tick()
    if not answers then return true end
    if not told then
      told = true
      after(answers)
    end
    return edit.build_peaks()
  end, function()
    edit.finish_peaks()
    client:close()
  end)
end

local function with_answer(question, after)
  with_client(function(client, on_end) kit.one_by_one(client, { question }, on_end) end, after)
end

-- The selected items that can be swapped, why the first of the others cannot, and what those of them play that are heard.
local function candidates()
  local found, reason, kept = {}, nil, {}
  for _, item in ipairs(source.selected()) do
    local take = source.take(item)
    local query, why = source.from_take(take)
    local ok = false
    if query then ok, why = edit.can_replace(take) end
    if ok then
      local state = edit.read_state(take)
      local now = query.path
      if not state then
        state = { query = source.like(query), at = 0, original = edit.original(take, query) }
        state.looped = query.source_s and state.original.length > query.source_s or nil
      end
      found[#found + 1] = { item = item, take = take, state = state, at = state.at, path = now, back = state.original.path }
    else
      kept[#kept + 1] = query
      reason = reason or why
    end
  end
  return found, reason, kept
end

-- Carries out a plan of swap.plan in one undo step; how many items changed, and why the first of the others did not.
local function apply(name, plan)
  local policy = host.setting("fit", "0") == "1" and "sample" or "item"
  local changed, reason, possible = 0, nil, false
  for _, move in ipairs(plan) do
    possible = possible or move.hit ~= nil or move.reason == "original"
    reason = reason or not move.hit and move.reason or nil
  end
  if not possible then return 0, reason end
  reason = nil
  local ok, trace = edit.step(name, function()
    for _, move in ipairs(plan) do
      local entry, done, why = move.item, false, move.reason
      if not edit.alive(entry.take) then
        why = "the item is gone"
      elseif move.hit then
        entry.state.at = move.hit.rank + 1
        done, why = edit.replace(entry.take, move.hit.path, entry.state, policy)
      elseif move.reason == "original" then
        done, why = edit.restore(entry.take, entry.state)
      end
      if done then changed = changed + 1 else reason = reason or why end
    end
  end)
  if not ok then error(trace, 0) end
  return changed, reason
end

-- Puts one hit into all selected items: how many changed, and a reason where it is none. `query` and `at` are kept on
-- the takes, so that "next similar" goes on from there.
function M.replace_with(hit, query, at)
  local entries, reason = candidates()
  if #entries == 0 then return 0, reason or "select an audio item first" end
  local plan = {}
  for n, entry in ipairs(entries) do
    entry.state.query, entry.state.at = query, at
    plan[n] = { item = entry, hit = hit }
  end
  return apply("replace with similar", plan)
end

-- Replaces each selected item's sound by the next, previous or a random similar one; no sound is used twice.
function M.replace(direction)
  local entries, reason, kept = candidates()
  if #entries == 0 then return host.tell(reason or "select an audio item first") end
  local filter, paths = host.setting("filter", ""), {}
  for n, query in ipairs(kept) do paths[n] = query.path end
  with_client(function(client, on_end) kit.ask(client, direction, entries, kept, filter, on_end) end, function(answers)
    local plan = swap.plan(direction, entries, answers, math.random, paths)
    local changed, why = apply("replace with " .. direction .. " similar", plan)
    if changed == 0 then
      host.tell(why or "nothing changed")
    elseif #entries > 1 or why or reason then
      local count = ("%d of %d items changed"):format(changed, #entries)
      host.tell((why or reason) and count .. " (" .. (why or reason) .. ")" or count)
    end
  end)
end

-- Asks for what is similar to the query and calls `change(hit)` with the best that is not the asked sound itself.
local function with_best(query, change)
  local question = { like = { source.like(query) }, count = FEW, filter = host.setting("filter", "") }
  with_answer(question, function(answers)
    local move = swap.plan("next", { { path = query.path, at = 0 } }, answers, math.random)[1]
    if not move.hit then return host.tell(move.reason) end
    local ok, reason = change(move.hit)
    if not ok then host.tell(reason) end
  end)
end

-- Inserts the sound most similar to the selected item at the edit cursor.
function M.insert()
  local query, reason = source.from_selection()
  if not query then return host.tell(reason) end
  with_best(query, function(hit) return edit.insert(hit.path, 0, "insert most similar") end)
end

local function next_in_rs5k(track, fx, path)
  local state = sampler.state(track, path)
  local offset, count = swap.page(state.at, "next")
  local question = { like = { state.query }, offset = offset, count = count, filter = host.setting("filter", "") }
  with_answer(question, function(answers)
    local move = swap.plan("next", { { path = path, at = state.at } }, answers, math.random)[1]
    if not move.hit then return host.tell(move.reason) end
    if not edit.alive(track, "MediaTrack*") then return host.tell("the track is gone") end
    state.at = move.hit.rank + 1
    local ok, reason = sampler.load(track, fx, state, move.hit.path)
    if not ok then host.tell(reason) end
  end)
end

-- Swaps the file of the selected track's sampler for the next similar one; without a sampler, loads the sound most
-- similar to the selected item into a new one.
function M.rs5k()
  local track, fx, path = sampler.find()
  if track and path then return next_in_rs5k(track, fx, path) end
  local query, reason = source.from_selection()
  if not query then return host.tell(reason) end
  with_best(query, function(hit) return edit.insert(hit.path, 1024, "load similar into RS5k") end)
end

return M

-- @noindex
-- Which hit comes next for each of several items. Pure: chooses from answers, never touches a project.

local M = {}

local PAGE = 64
local SAME = 0.99995 -- so similar that it is the same recording

-- The page of hits that a move needs: offset and count. `at` is how many hits were passed (0: still the original).
function M.page(at, direction)
  if direction == "random" then return 0, PAGE end
  return math.max(0, at - PAGE // 2), PAGE
end

local function usable(hit, item, taken)
  if taken[hit.path] or hit.path == item.path then return false end
  return not (hit.score >= SAME and hit.rank == 0)
end

local function pick_random(item, hits, taken, random)
  local fit = {}
  for _, hit in ipairs(hits) do
    if usable(hit, item, taken) then fit[#fit + 1] = hit end
  end
  if #fit == 0 then return nil end
  return fit[random(#fit)]
end

-- The hit for one item: `item` = {path = what it plays now, at = place in the list}, `taken` = paths that other items got.
-- Returns the hit; or nil and "original" (before the first), or nil and a reason.
function M.choose(direction, item, hits, taken, random)
  if direction == "random" then
    local hit = pick_random(item, hits, taken, random)
    return hit, not hit and "no other similar sound" or nil
  end
  if direction == "previous" then
    for n = #hits, 1, -1 do
      if hits[n].rank < item.at - 1 and usable(hits[n], item, taken) then return hits[n] end
    end
    return nil, item.at > 0 and "original" or "this is the original"
  end
  for _, hit in ipairs(hits) do
    if hit.rank >= item.at and usable(hit, item, taken) then return hit end
  end
  return nil, #hits == 0 and "nothing similar in the library" or "no further similar sound"
end

local function choose_all(direction, items, answers, random, stays)
  local taken, out = {}, {}
  for path in pairs(stays) do taken[path] = true end
  for n, item in ipairs(items) do
    local reply = answers[n]
    local hit, reason
    if reply.ok then hit, reason = M.choose(direction, item, reply.hits, taken, random) else reason = reply.text end
    if hit then taken[hit.path] = true end
    out[n] = { item = item, hit = hit, reason = reason }
  end
  return out, taken
end

-- Chooses for all items in order, no sound twice, and none that an item goes on to play: list of {item, hit or nil, reason}.
-- `items` also: back = path of the original, which an item may return to; `kept` = paths that others go on to play.
function M.plan(direction, items, answers, random, kept)
  local stays = {}
  for _, path in ipairs(kept or {}) do stays[path] = true end
  while true do
    local out, taken = choose_all(direction, items, answers, random, stays)
    local clash = false
    for _, move in ipairs(out) do
      local path = not move.hit and (move.reason == "original" and move.item.back or move.item.path)
      if path and not stays[path] then
        stays[path] = true
        clash = clash or taken[path] ~= nil
      end
    end
    if not clash then return out end
  end
end

return M

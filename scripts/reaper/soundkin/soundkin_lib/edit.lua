-- @noindex
-- Changes to the project: everything happens inside one undo step that is closed whatever goes wrong.

local M = {}

local json = require("json")
local source = require("source")

local KEY = "P_EXT:soundkin"
local ORIGINAL = { path = "string", name = "string", offset = "number", length = "number", loop = "number" }
local PLAY_STOP = 40044 -- Transport: Play/stop
local LOCKED = 1
local NEW_TRACK, NUMBERED_TRACK = 1, 512

-- Runs `change()` as one undo step named after it; true and its result, or nil and the error.
function M.step(name, change)
  reaper.Undo_BeginBlock2(0)
  reaper.PreventUIRefresh(1)
  local ok, result = xpcall(change, debug.traceback)
  reaper.PreventUIRefresh(-1)
  reaper.UpdateArrange()
  reaper.Undo_EndBlock2(0, "Soundkin: " .. name, -1)
  if not ok then return nil, result end
  return true, result
end

-- Takes the last step of the project back, whoever made it; what to say about it.
function M.undo()
  local name = reaper.Undo_CanUndo2(0)
  if not name or name == "" then return "Nothing to undo." end
  reaper.Undo_DoUndo2(0)
  return "Undone: " .. name
end

-- Starts or stops REAPER's transport.
function M.play_stop() reaper.Main_OnCommand(PLAY_STOP, 0) end

-- Whether a take (or track, by the type's name) still exists; scripts wait, and users delete meanwhile.
function M.alive(object, kind) return reaper.ValidatePtr2(0, object, kind or "MediaItem_Take*") end

-- What an earlier swap left on the take, nil where there was none.
function M.read_state(take)
  local ok, text = reaper.GetSetMediaItemTakeInfo_String(take, KEY, "", false)
  if not ok or text == "" then return nil end
  local state = json.decode(text)
  local original = type(state) == "table" and state.original
  local whole = type(original) == "table" and type(state.query) == "table" and type(state.at) == "number"
  for field, kind in pairs(ORIGINAL) do whole = whole and type(original[field]) == kind end
  return whole and state or nil
end

-- The take as it is before its first swap, to come back to.
function M.original(take, query)
  local item = reaper.GetMediaItemTake_Item(take)
  local _, name = reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", "", false)
  return {
    path = query.path,
    name = name,
    offset = query.section and (query.start_s or 0) or reaper.GetMediaItemTakeInfo_Value(take, "D_STARTOFFS"),
    length = reaper.GetMediaItemInfo_Value(item, "D_LENGTH"),
    loop = reaper.GetMediaItemInfo_Value(item, "B_LOOPSRC"),
    reversed = query.reversed or nil,
  }
end

-- Whether a take may be swapped; a reason where it is better left alone.
function M.can_replace(take)
  if reaper.GetTakeNumStretchMarkers(take) > 0 then return nil, "the item has stretch markers" end
  local lock = math.floor(reaper.GetMediaItemInfo_Value(reaper.GetMediaItemTake_Item(take), "C_LOCK"))
  if lock & LOCKED ~= 0 then return nil, "the item is locked" end
  return true
end

local building = {}

-- Draws the waveforms of new sources piece by piece; true while there is work left. For the defer loop.
function M.build_peaks()
  local job = building[1]
  if not job then return false end
  local now = M.alive(job.take) and reaper.GetMediaItemTake_Source(job.take)
  if not now or now ~= job.source then
    table.remove(building, 1)
  elseif reaper.PCM_Source_BuildPeaks(job.source, 1) == 0 then
    reaper.PCM_Source_BuildPeaks(job.source, 2)
    reaper.UpdateItemInProject(job.item)
    table.remove(building, 1)
  end
  return #building > 0
end

-- Closes every peak build that is still open, as REAPER asks for.
function M.finish_peaks()
  while M.build_peaks() do end
end

-- How long the item stays: its own length, or that of the new sound at the take's speed.
local function fit_length(item, take, seconds, policy, state)
  local length = state.original.length
  local lasts = seconds / reaper.GetMediaItemTakeInfo_Value(take, "D_PLAYRATE")
  if policy == "sample" and lasts > 0 then length = lasts end
  reaper.SetMediaItemInfo_Value(item, "D_LENGTH", length)
  -- A shorter sound must not start over inside an item that did not loop before.
  local loops = state.original.loop ~= 0 and state.looped
  reaper.SetMediaItemInfo_Value(item, "B_LOOPSRC", (lasts >= length or loops) and state.original.loop or 0)
end

local function put_source(take, path, offset, name)
  local fresh = reaper.PCM_Source_CreateFromFile(path)
  if not fresh then return nil, "cannot open " .. source.name(path) end
  local seconds = reaper.GetMediaSourceLength(fresh)
  if seconds <= 0 then
    reaper.PCM_Source_Destroy(fresh)
    return nil, "cannot read " .. source.name(path)
  end
  local old = reaper.GetMediaItemTake_Source(take)
  if not reaper.SetMediaItemTake_Source(take, fresh) then
    reaper.PCM_Source_Destroy(fresh)
    return nil, "REAPER refused " .. source.name(path)
  end
  if old then reaper.PCM_Source_Destroy(old) end
  reaper.SetMediaItemTakeInfo_Value(take, "D_STARTOFFS", offset)
  reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", name, true)
  local item = reaper.GetMediaItemTake_Item(take)
  if reaper.PCM_Source_BuildPeaks(fresh, 0) ~= 0 then
    building[#building + 1] = { item = item, take = take, source = fresh }
  end
  return seconds
end

-- Puts a hit into a take: position, fades, gain, pitch and speed stay. Inside a `step` only.
-- state: {query, at, original, looped}; policy: "item" or "sample". nil and a reason where the file cannot be used.
function M.replace(take, path, state, policy)
  local seconds, reason = put_source(take, path, 0, source.name(path))
  if not seconds then return nil, reason end
  local item = reaper.GetMediaItemTake_Item(take)
  fit_length(item, take, seconds, policy, state)
  state.path = path
  reaper.GetSetMediaItemTakeInfo_String(take, KEY, json.encode(state), true)
  reaper.UpdateItemInProject(item)
  return true
end

-- Brings back what the take played before its first swap. Inside a `step` only.
function M.restore(take, state)
  local original = state.original
  if original.reversed then return nil, "the original was reversed: undo brings it back" end
  local seconds, reason = put_source(take, original.path, original.offset, original.name)
  if not seconds then return nil, reason end
  local item = reaper.GetMediaItemTake_Item(take)
  reaper.SetMediaItemInfo_Value(item, "D_LENGTH", original.length)
  reaper.SetMediaItemInfo_Value(item, "B_LOOPSRC", original.loop)
  reaper.GetSetMediaItemTakeInfo_String(take, KEY, "", true)
  reaper.UpdateItemInProject(item)
  return true
end

-- InsertMedia's mode for the selected track, or for a new one where none is selected.
local function on_track()
  local track = reaper.GetSelectedTrack(0, 0)
  if not track then return NEW_TRACK end
  local number = math.floor(reaper.GetMediaTrackInfo_Value(track, "IP_TRACKNUMBER"))
  return NUMBERED_TRACK | (number - 1) << 16
end

-- InsertMedia as one undo step: mode 0 on the selected track (a new one where none is), 3 as takes, 1024 in RS5k.
function M.insert(path, mode, name)
  if not reaper.file_exists(path) then return nil, "the file is gone: " .. source.name(path) end
  if mode == 0 then mode = on_track() end
  local ok, result = M.step(name, function() return reaper.InsertMedia(path, mode) end)
  if not ok then return nil, result end
  if result == 0 then return nil, "REAPER could not insert " .. source.name(path) end
  return true
end

return M
